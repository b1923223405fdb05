"""What is said to a worker's child and what its answer means: a value, or an error with a sentence for a person.

The frames that carry the messages, and their shapes, are in `dam.core.worker_child`.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dam.core import exceptions
from dam.core.analysis import Analysis
from dam.core.exceptions import ContentError, DamError, WorkerCrashedError, WorkerError, WorkersClosedError, WorkerTimeoutError
from dam.core.worker_child import NO_SPACE

MAXIMUM_MESSAGE = 500  # characters
MAXIMUM_NAME = 64


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """What an analysis has found.

    `value` is the plain data that its function returned. `scratch` is the folder with the files that it left, if it left any:
    it is there until the `async with` block of the run ends, in the file system of the workers' scratch folder, so a file can be
    renamed away; `has_files` says whether there are any. `seconds` is what the function took, `looks` size and modification time (in
    nanoseconds) of the file after it, None if the file was gone by then. `missing_tool` names one that would have told more.
    """

    value: dict[str, Any]
    scratch: Path
    has_files: bool = False
    looks: tuple[int, int] | None = None
    seconds: float = 0.0
    missing_tool: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome` is the value or the error; `traceback` is for the log; the rest is as `WorkerAnswer` has it."""

    outcome: dict[str, Any] | DamError
    files: bool = False
    looks: tuple[int, int] | None = None
    traceback: str = ""
    seconds: float = 0.0
    missing_tool: str | None = None


def worker_answer(answer: Answer, value: dict[str, Any], scratch: Path) -> WorkerAnswer:
    """An answer as its caller gets it."""
    return WorkerAnswer(value, scratch, answer.files, answer.looks, answer.seconds, answer.missing_tool)


def run_message(
    number: int, analysis: Analysis, path: str, *, mime_type: str, size: int, settings: Mapping[str, Any], scratch: Path
) -> dict[str, Any]:
    """What makes a child run an analysis on a file."""
    if not path.startswith(os.sep):  # few do not, and pathlib takes its time
        path = str(Path(path).absolute())
    content = {"path": path, "mime_type": mime_type, "size": size, "scratch": str(scratch)}
    limits = {"memory": analysis.memory, "timeout": analysis.timeout}
    return {"run": number, "function": analysis.function, "content": content, "settings": dict(settings), **limits}


def read_answer(message: dict[str, Any], analysis: str) -> Answer:
    """Understand a child's answer to a run of the analysis of that name. The child is not trusted: raises ValueError for nonsense."""
    missing = message.get("missing_tool")
    missing_tool = one_line(missing)[:MAXIMUM_NAME] if isinstance(missing, str) else None
    if "error" in message:
        error = _error(str(message["error"]), str(message.get("message", "")), analysis)
        if isinstance(error, ContentError):
            error.missing_tool = missing_tool
        return Answer(error, traceback=str(message.get("traceback", "")))
    value = message.get("value")
    if not isinstance(value, dict):
        raise ValueError("The answer has no value.")  # noqa: TRY004 - one kind of error for all nonsense
    seconds, looks = message.get("seconds"), message.get("looks")
    return Answer(
        value,
        files=bool(message.get("files")),
        looks=(looks[0], looks[1]) if isinstance(looks, list) and len(looks) == 2 else None,
        seconds=seconds if isinstance(seconds, float) else 0.0,
        missing_tool=missing_tool,
    )


def _error(name: str, text: str, analysis: str) -> DamError:
    """The error of that class name, if it is one about content; one that is no file's fault, or that the analysis failed, else."""
    known = getattr(exceptions, name, None)
    if isinstance(known, type) and issubclass(known, ContentError):
        return known(one_line(text) or one_line(known.__doc__ or ""))
    if name == MemoryError.__name__:
        return memory_error(analysis)
    if name == NO_SPACE:
        return WorkerError("The disk that holds the scratch folder of the workers is full; free some space, then try again.")
    return WorkerCrashedError(one_line(f"{analysis} failed with {name}: {text}" if text else f"{analysis} failed with {name}."))


def crash_error(analysis: str, status: int | None, last_words: str, *, started: bool) -> WorkerError:
    """The error for a child process that ended with this exit status, or with the negative number of a signal."""
    if not started:
        return WorkerError(
            one_line(f"The process that reads files does not start: {last_words.splitlines()[-1] if last_words else status}")
        )
    if status is None:
        return WorkerCrashedError(f"{analysis} hangs in the system with this file; is its disk all right?")
    if status < 0:
        return WorkerCrashedError(f"{analysis} crashed on this file ({_signal_name(-status)}).")
    return WorkerCrashedError(f"{analysis} ended without an answer on this file (exit status {status}).")


def memory_error(analysis: str) -> WorkerCrashedError:
    """The error for a run that needed more memory than it may use."""
    return WorkerCrashedError(f"{analysis} needed more memory for this file than it may use.")


def timeout_error(analysis: Analysis) -> WorkerTimeoutError:
    """The error for a run that took longer than it may."""
    return WorkerTimeoutError(f"{analysis.name} took longer than {analysis.timeout:g} s for this file and was stopped.")


def closed_error() -> WorkerError:
    """The error for a run that the end of the workers has overtaken."""
    return WorkersClosedError("The workers that read files were closed.")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def one_line(text: str) -> str:
    """Printable characters only, in one line, shortened: what a hostile file says must neither move a cursor nor fill a page."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text[: 4 * MAXIMUM_MESSAGE]).split())
    return line if len(line) <= MAXIMUM_MESSAGE else line[: MAXIMUM_MESSAGE - 1] + "…"


def decode(message: bytes) -> dict[str, Any]:
    """The JSON object that a child has sent. The child is not trusted: raises ValueError for anything else."""
    try:
        decoded = _DECODER.decode(message.decode())
    except RecursionError:
        raise ValueError("The message is nested too deeply.") from None
    if not isinstance(decoded, dict):
        raise ValueError("The message is not an object.")  # noqa: TRY004 - one kind of error for all nonsense
    return decoded


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON.")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
