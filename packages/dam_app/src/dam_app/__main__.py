"""`python -m dam_app`: the command line, for where its script is not on the PATH."""

from __future__ import annotations

from dam_app.cli.main import main

if __name__ == "__main__":
    main()
