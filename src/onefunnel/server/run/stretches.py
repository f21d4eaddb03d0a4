"""Stretches of time to look for a page of leads in: near ones first, so that few files are read.

Leads and journeys are stored by entry. The fifty newest leads lie in the last of them, and so do
the fifty newest of nearly any question; only what is rare is looked for further back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

#: So many leads lie in the first stretch where they come in evenly; in each further one, more.
FIRST_ROWS, GROWTH = 20_000, 8


@dataclass(frozen=True)
class Span:
    """When leads came in: the first and the last entry, how many have one and how many there are.

    `is_stored`: they are read from files in this order; else each look would work them out anew.
    """

    first: datetime | None
    last: datetime | None
    dated: int
    rows: int
    is_stored: bool


@dataclass(frozen=True)
class Stretch:
    """Entries from `low` on and before `high`; None: without that bound."""

    low: datetime | None = None
    high: datetime | None = None

    def conditions(self, column: str) -> tuple[list[str], list[object]]:
        """SQL that an entry lies in the stretch, and the values of it."""
        bounds = (("low", ">="), ("high", "<"))
        found = [(f"{column} {sign} ?", getattr(self, name)) for name, sign in bounds]
        found = [(text, value) for text, value in found if value is not None]
        return [text for text, _ in found], [value for _, value in found]


def stretches(span: Span, start: datetime | None, *, is_up: bool) -> Iterator[Stretch]:
    """All time from `start` (None: the end of the list) in the direction asked, piece by piece."""
    if (
        not span.is_stored or span.dated <= FIRST_ROWS
        or span.first is None or span.last is None or span.first == span.last
    ):  # fmt: skip
        yield Stretch()
        return
    # Many leads within a few microseconds: a width that rounds to nothing would never get there.
    width = max((span.last - span.first) * (FIRST_ROWS / span.dated), timedelta(microseconds=1))
    edge: datetime | None = None
    at = start or (span.first if is_up else span.last)
    while True:
        to_go = span.last - at if is_up else at - span.first
        if to_go <= width:
            yield Stretch(low=edge) if is_up else Stretch(high=edge)
            return
        at = at + width if is_up else at - width
        yield Stretch(edge, at) if is_up else Stretch(at, edge)
        edge, width = at, width * GROWTH
