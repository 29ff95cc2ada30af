"""Ways to damage a file, by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from support.hostile.facts import sound
from tracetui.trace.journal.frame import MAX_HEAD, head


def flipped(chance: random.Random, data: bytes) -> bytes:
    """Flip some bits."""
    copy = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 3, 20)) if copy else 0):
        copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
    return bytes(copy)


def cut(chance: random.Random, data: bytes) -> bytes:
    """Cut the end off, or the beginning."""
    place = chance.randrange(len(data) + 1)
    return data[place:] if chance.random() < 0.2 else data[:place]


def overwritten(chance: random.Random, data: bytes) -> bytes:
    """Write zeros, noise, or another part of the file over a range."""
    begin, end = _range(chance, data)
    other = chance.randrange(len(data) + 1)
    fill = chance.choice((bytes(end - begin), chance.randbytes(end - begin), data[other : other + end - begin]))
    return data[:begin] + fill + data[begin + len(fill) :]


def removed(chance: random.Random, data: bytes) -> bytes:
    """Take a range out."""
    begin, end = _range(chance, data)
    return data[:begin] + data[end:]


def inserted(chance: random.Random, data: bytes) -> bytes:
    """Put noise in."""
    begin, end = _range(chance, data)
    return data[:begin] + chance.randbytes(end - begin) + data[begin:]


def doubled(chance: random.Random, data: bytes) -> bytes:
    """Put a range in once more, where it is or elsewhere."""
    begin, end = _range(chance, data)
    place = chance.choice((begin, end, chance.randrange(len(data) + 1)))
    return data[:place] + data[begin:end] + data[place:]


def swapped(chance: random.Random, data: bytes) -> bytes:
    """Let two ranges change places."""
    one, two, three, four = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    return data[:one] + data[three:four] + data[two:three] + data[one:two] + data[four:]


def records_moved(chance: random.Random, data: bytes) -> bytes:
    """Take out, double or swap whole records."""
    parts = list(_records(data))
    if len(parts) < 2:
        return data
    one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
    how = chance.randrange(3)
    if how == 0:
        del parts[min(one, two) : max(one, two, min(one, two) + 1)]
    elif how == 1:
        parts.insert(two, parts[one])
    else:
        parts[one], parts[two] = parts[two], parts[one]
    return b"".join(parts)


def of_another(chance: random.Random, data: bytes) -> bytes:
    """Put some records of another trace in."""
    parts = list(_records(data))
    others = list(_records(chance.choice(sound()).data))
    begin = chance.randrange(len(others))
    place = chance.randrange(len(parts) + 1)
    return b"".join([*parts[:place], *others[begin : begin + chance.randrange(1, 9)], *parts[place:]])


WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    flipped,
    flipped,
    cut,
    overwritten,
    removed,
    inserted,
    doubled,
    swapped,
    records_moved,
    of_another,
)


def _range(chance: random.Random, data: bytes) -> tuple[int, int]:
    begin = chance.randrange(len(data) + 1)
    return begin, min(len(data), begin + chance.choice((1, 1, 4, 40, 400, 4_000)))


def _records(data: bytes) -> Iterator[bytes]:
    begin = 0
    for end in _frames(data):
        yield data[begin:end]
        begin = end
    if data[begin:]:
        yield data[begin:]


def _frames(data: bytes) -> Iterator[int]:
    """Give the place after each record, as long as heads follow each other."""
    place = 0
    while (found := head(data[place : place + MAX_HEAD])) is not None and place + found[0] + found[1] <= len(data):
        place += found[0] + found[1]
        yield place
