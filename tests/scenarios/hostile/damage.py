"""Damage: the same bytes with faults, always the same ones."""

from __future__ import annotations

import random

SEED = 20_260_101
EDGES = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\xff\xff", b"\xff\xff\xff\x7f")
HEAD = 600  # bytes in which most formats say what they are made of


def damaged(data: bytes, name: str) -> bytes:
    """The same bytes with one to eight faults, which depend on the name alone.

    Bits are turned, parts cut off, taken out, repeated or exchanged, and numbers set to their edges.
    """
    chance = random.Random(f"{SEED} {name}")
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        room = len(changed) if chance.random() < 0.5 else min(HEAD, len(changed))
        place, length = chance.randrange(max(1, room)), chance.randint(1, 64)
        match chance.randrange(7):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[place : place + 1] = bytes(one ^ 1 << chance.randrange(8) for one in changed[place : place + 1])
            case 2:
                changed[place : place + 4] = chance.choice(EDGES)
            case 3:
                del changed[place : place + length]
            case 4:
                changed[place:place] = changed[max(0, place - length) : place]
            case 5:
                changed[place : place + length] = chance.randbytes(length)
            case _ if chance.random() < 0.3:
                del changed[place:]
    return bytes(changed)
