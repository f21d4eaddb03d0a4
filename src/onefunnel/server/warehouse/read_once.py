"""Within one deed, what was read is not read again.

A deed asks many small questions of the same lead, each of which reads for itself. Behind the door
nobody else writes, so the first answer holds until the deed itself writes something.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_kept: ContextVar[dict[Hashable, object] | None] = ContextVar("read_once", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Keep what is read until this ends: for a deed behind the door, or one look at one lead."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def once(key: Hashable, read: Callable[[], T]) -> T:
    """What is read under this key, which says all that it depends on."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    return kept[key]  # type: ignore[return-value]


def read_anew() -> None:
    """Something was written: forget what was read."""
    if (kept := _kept.get()) is not None:
        kept.clear()
