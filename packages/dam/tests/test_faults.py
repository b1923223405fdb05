"""Fault points: what they do when they are armed, and that they do nothing when they are not."""

from __future__ import annotations

import errno
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dam.core import faults as faults_module
from dam.core.faults import POINTS, VARIABLE, ArmedFaults, Fault, FaultError, fault, parse_faults
from dam_test_utils.fixtures import ArmFault

PASSED = re.compile(r"\bfault\(\s*[\"']([^\"']+)[\"']\s*\)")


def test_every_point_is_passed_somewhere_and_every_passed_one_is_in_the_list() -> None:
    packages = Path(__file__).resolve().parents[2]
    files = [file for file in packages.glob("*/src/**/*.py") if file.name != "faults.py"]
    passed = [name for file in files for name in PASSED.findall(file.read_text("utf-8"))]
    assert set(passed) == set(POINTS)
    assert sum(len(re.findall(r"\bfault\(", file.read_text("utf-8"))) for file in files) == len(passed), "a name must be written out"
    assert all(meaning.endswith(".") and len(meaning) > 30 for meaning in POINTS.values())


def test_nothing_happens_unless_armed() -> None:
    assert faults_module._armed is None
    for point in POINTS:
        fault(point)


def test_a_fault_happens_at_its_time(faults: ArmFault) -> None:
    armed = faults("store.before_fsync", "enospc", at=2)
    fault("store.before_fsync")
    with pytest.raises(OSError, match="No space left") as caught:
        fault("store.before_fsync")
    assert caught.value.errno == errno.ENOSPC
    fault("store.before_fsync")
    assert armed.passed["store.before_fsync"] == 3


def test_a_fault_may_happen_from_then_on(faults: ArmFault) -> None:
    armed = faults("unit.before_commit", "raise", at=2, always=True)
    fault("unit.before_commit")
    for _ in range(3):
        with pytest.raises(FaultError, match=r"unit\.before_commit"):
            fault("unit.before_commit")
    armed.clear()
    fault("unit.before_commit")


def test_an_unknown_point_is_an_error_when_armed(faults: ArmFault) -> None:
    faults("unit.before_commit", "eio")
    with pytest.raises(KeyError):
        fault("no.such_point")


def test_the_words_of_the_environment() -> None:
    assert parse_faults("") == []
    assert parse_faults("store.before_fsync=kill@3, unit.before_commit=delay:0.5@1+,unit.after_commit=eio") == [
        Fault("store.before_fsync", "kill", 3),
        Fault("unit.before_commit", "delay", 1, always=True, seconds=0.5),
        Fault("unit.after_commit", "eio"),
    ]


@pytest.mark.parametrize(
    "text", ["x=kill", "store.before_fsync", "store.before_fsync=explode", "store.before_fsync=kill@x", "store.before_fsync=kill@-1"]
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=VARIABLE):
        parse_faults(text)


def test_the_environment_kills_a_process() -> None:
    program = "from dam.core.faults import fault\nfor number in range(5):\n    print(number, flush=True)\n    fault('unit.before_commit')"
    run = subprocess.run(
        [sys.executable, "-c", program], env={VARIABLE: "unit.before_commit=kill@3"}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.split()) == (-signal.SIGKILL, ["0", "1", "2"]), run.stderr


def test_passing_is_counted() -> None:
    armed = ArmedFaults()
    armed.passing("unit.before_commit")
    assert armed.passed == {"unit.before_commit": 1}
