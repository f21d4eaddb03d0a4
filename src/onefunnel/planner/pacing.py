"""Does it go as planned? Months of a plan against what came, up to a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Literal

Verdict = Literal["behind", "as planned", "ahead"]
#: Counts differ by chance alone by less than so many of their standard errors, 8 of 10 times.
_CHANCE = 1.2816


@dataclass(frozen=True)
class Planned:
    """One month of a plan, from `since` on and before `until`."""

    since: datetime
    until: datetime
    leads: float
    wins: float


def planned_by(months: Sequence[Planned], at: datetime) -> tuple[float, float]:
    """Leads and wins that the plan has by a moment: whole months, and of the running one the part
    of its time that has passed."""
    leads = wins = 0.0
    for month in months:
        passed = (at - month.since) / (month.until - month.since)
        part = min(max(passed, 0.0), 1.0)
        leads += month.leads * part
        wins += month.wins * part
    return leads, wins


def verdict(came: int, planned: float) -> Verdict:
    """Whether a count is further from the plan than chance alone would have it 8 of 10 times.

    A planned count varies like a Poisson one; below ten planned only more than that is told.
    """
    within = _CHANCE * sqrt(max(planned, 1.0))
    if came < planned - within:
        return "behind"
    return "ahead" if came > planned + within else "as planned"
