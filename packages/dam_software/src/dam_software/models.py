"""What is known about programs."""

from typing import Any, ClassVar

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import BaseComponent, UniqueComponent
from dam.models.types import JSONDocument

__all__ = ["InstallationComponent", "SoftwareInfoComponent"]


UNFINISHED = ("waiting", "running")


class SoftwareInfoComponent(UniqueComponent):
    """What a program says about itself; it has never been run for that.

    `format` is "pe", "elf", "appimage", "deb", "rpm", "apk" or "msi"; `machine` as `uname -m` calls it. `details` is all else that it says.
    `parts` are the files in it that are assets of their own, {"icon": its name there, "license": ...}.
    """

    __tablename__ = "component_software_info"
    derived: ClassVar[bool] = True
    metadata_namespace = "software"

    format: Mapped[str] = mapped_column(String(16))
    machine: Mapped[str | None] = mapped_column(String(32), default=None)
    product: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[str | None] = mapped_column(default=None)
    company: Mapped[str | None] = mapped_column(default=None)
    description: Mapped[str | None] = mapped_column(default=None)
    details: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
    parts: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class InstallationComponent(BaseComponent):
    """One installation that somebody asked for: the audit record.

    `outcome` is "declined", "unanswered", "waiting", "running", "done", "failed" or "cancelled". `who` is the person at the machine, as its
    system calls them, `command` what was to be run, `sha256` the content it was run on, `output` the last of what the installer said.
    `process` is the one that runs it, and `cancelled` whether somebody has said that it shall end.
    """

    bookkeeping: ClassVar[bool] = True
    __tablename__ = "component_installation"

    outcome: Mapped[str] = mapped_column(String(16))
    command: Mapped[list[str]] = mapped_column(JSONDocument, default_factory=list)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    exit_code: Mapped[int | None] = mapped_column(default=None)
    output: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(String(255), default="", server_default="")
    process: Mapped[str] = mapped_column(String(255), default="", server_default="")
    cancelled: Mapped[bool] = mapped_column(default=False, server_default=false())
