"""Check with deptry that each package declares exactly the distributions it imports: `poe deps`.

deptry knows one project a run, so it runs once a package. What it cannot see is listed, with the reason, in the root's
pyproject.toml under `tool.deptry`.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run deptry over every package and return 1 if one of them has a finding."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["deptry"]
    ignores = ",".join(f"{rule}={'|'.join(names)}" for rule, names in configuration["per_rule_ignores"].items())
    failed = 0
    for project in sorted(ROOT.glob("packages/*/pyproject.toml")):
        command = [sys.executable, "-m", "deptry", "--no-ansi", "--config", str(project), "--per-rule-ignores", ignores, "src"]
        run = subprocess.run(command, cwd=project.parent, capture_output=True, text=True, check=False)
        if run.returncode:
            failed = 1
            print(f"{project.parent.name}:\n{run.stderr}{run.stdout}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
