"""Who may import whom: the contracts in pyproject.toml hold, and they know every package."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports


@pytest.fixture(scope="module")
def configuration(repository: Path) -> dict[str, Any]:
    """The section `tool.importlinter` of pyproject.toml."""
    section: dict[str, Any] = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    return section


def test_the_contracts_hold(repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(repository)
    monkeypatch.setattr("sys.path", ["", *__import__("sys").path])
    monkeypatch.setattr("importlinter.cli.logging_config.dictConfig", lambda _: None)  # it would silence the other tests' loggers
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert status == 0, capfd.readouterr().out


def test_the_contracts_know_every_package(configuration: dict[str, Any], packages: dict[str, Path]) -> None:
    assert set(configuration["root_packages"]) == set(packages)
    contracts = {contract["id"]: contract for contract in configuration["contracts"]}
    on_floors = {name.strip() for layer in contracts["floors"]["layers"] for name in layer.split("|")}
    assert on_floors == set(packages)
    assert set(contracts["rooms"]["containers"]) == set(packages) - {"dam", "dam_test_utils"} | {"dam.assets"}
