"""The signals that end a program: whoever works until one comes hears it here."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def heard_signals(tell: Callable[[signal.Signals], object]) -> Iterator[None]:
    """Call `tell` with every SIGINT and SIGTERM instead of what they do else, until the block ends.

    Where the system has no such signals (Windows), and in a thread that gets none (any but the main one), nothing is heard and nothing
    changes: what runs there is ended by whoever began it.
    """
    loop = asyncio.get_running_loop()
    heard: list[signal.Signals] = []
    for one in ENDING:
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows; and what asyncio documents for where no handler can be set
            loop.add_signal_handler(one, tell, one)
            heard.append(one)
    try:
        yield
    finally:
        for one in heard:
            loop.remove_signal_handler(one)
