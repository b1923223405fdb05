"""What can be asked of a World about documents."""

from __future__ import annotations

from dam.assets.commands import ProcessDocumentCommand

__all__ = ["ProcessDocumentCommand"]
