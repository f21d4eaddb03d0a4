"""Which version came into force when: what both teams signed gives way only to what both signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush

from onefunnel.server.agree.models import Adoption


@dataclass(frozen=True)
class Decided:
    """That a version comes into use, and when the last of all who sign it did (None: not yet)."""

    adoption: Adoption
    signed_at: datetime | None

    def is_signed(self, moment: datetime) -> bool:
        """Whether all had signed it by then."""
        return self.signed_at is not None and self.signed_at <= moment


@dataclass(frozen=True)
class Course:
    """What came into force, with the moment it did, in order of time; and what waits: its day may
    have come or not, it follows a signed version and not all have signed it."""

    came: tuple[tuple[datetime, Decided], ...]
    waiting: tuple[Decided, ...]


def course_of(decided: Sequence[Decided]) -> Course:
    """What comes of decisions, given in the order of their days (of one day: as they were taken).

    A version comes into force on its day. Where the one in force then is signed by all, and it is
    not, it comes into force with its last signature; unless one decided for a later day has by
    then: that stays.
    """
    due = [(one.adoption.effective_from, place) for place, one in enumerate(decided)]
    heapify(due)
    came: list[tuple[datetime, Decided]] = []
    waiting: list[int] = []
    holding = -1
    while due:
        moment, place = heappop(due)
        one = decided[place]
        if place < holding:
            continue
        if holding >= 0 and _binds(decided[holding], one, moment):
            if one.signed_at is None:
                waiting.append(place)
            else:
                heappush(due, (one.signed_at, place))
            continue
        came.append((moment, one))
        holding = place
    return Course(tuple(came), tuple(decided[place] for place in waiting if place > holding))


def _binds(held: Decided, next_one: Decided, moment: datetime) -> bool:
    """Whether both teams signed what is in force and not what is to follow it. The simulated
    company's own agreement, which nobody put there, comes and goes with the company."""
    return (
        held.is_signed(moment)
        and not next_one.is_signed(moment)
        and held.adoption.version_id != next_one.adoption.version_id
        and next_one.adoption.adopted_by_id is not None
    )
