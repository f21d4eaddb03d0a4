"""The desk between marketing and sales: answers to handovers, later as the load grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from onefunnel.simulate.company.days import WEEK, Seconds, lags, next_working_day, office_time
from onefunnel.simulate.company.leads import Ints, Leads
from onefunnel.simulate.company.parameters import (
    ACCEPTED_SHARE,
    ANSWER_HOURS,
    ANSWER_LOAD_POWER,
    ANSWER_SPREAD,
    DESK_GROWTH_PER_MONTH,
    DISQUALIFIED,
    EMPLOYEES_QUALIFIED,
    RECYCLED,
    REJECTED_RECYCLED_SHARE,
    SAL,
    UNANSWERED_SHARE,
)

_WEEKS_PER_MONTH = 30.4375 / 7


@dataclass(frozen=True)
class Answers:
    """One entry per lead offered to sales: when, due, answered (0: not), and where it then went."""

    lead: Ints
    offered: Seconds
    due: Seconds
    answered: Seconds
    to: Ints
    rejected: npt.NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """The answers of all rounds after one another."""
        if not parts:
            none = np.empty(0, dtype=np.int64)
            return cls(none, none, none, none, none, np.empty(0, dtype=np.bool_))
        names = [one.name for one in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True)
class Load:
    """New leads of each week over what the desk can take that week."""

    first_week: int
    by_week: npt.NDArray[np.float64]

    def at(self, moment: Seconds) -> npt.NDArray[np.float64]:
        week = (moment // WEEK - self.first_week).clip(0, len(self.by_week) - 1)
        load: npt.NDArray[np.float64] = self.by_week[week]
        return load


def load_by_week(created: Seconds) -> Load:
    """The desk is made for the first half-year's leads and grows more slowly than they do."""
    week = created // WEEK
    first = int(week.min())
    arrived = np.bincount(week - first).astype(np.float64)
    room = max(1.0, float(arrived[1:27].mean() if len(arrived) > 27 else arrived.mean()))
    months = np.arange(len(arrived)) / _WEEKS_PER_MONTH
    return Load(first, (arrived / (room * (1 + DESK_GROWTH_PER_MONTH) ** months)).clip(0.4, 2.5))


def answer(
    rng: np.random.Generator, leads: Leads, who: Ints, offered: Seconds, load: Load, until: int
) -> Answers:
    """Sales accepts by its own meaning of qualified, rejects, or (seldom) says nothing."""
    count = len(who)
    meets = leads.is_budget_known[who].astype(np.int64) + (
        leads.employees[who] >= EMPLOYEES_QUALIFIED
    )
    accepted = rng.random(count) < np.asarray(ACCEPTED_SHARE)[meets]
    recycled = rng.random(count) < REJECTED_RECYCLED_SHARE
    to = np.where(accepted, SAL, np.where(recycled, RECYCLED, DISQUALIFIED))
    hours = lags(rng, ANSWER_HOURS / 24, ANSWER_SPREAD, count)
    wait = (hours * load.at(offered) ** ANSWER_LOAD_POWER).astype(np.int64)
    answered = np.maximum(office_time(rng, offered + wait), offered + 60)
    silent = (rng.random(count) < UNANSWERED_SHARE) | (answered > until)
    to = np.where(silent, -1, to)
    return Answers(
        lead=who,
        offered=offered,
        due=next_working_day(office_time(rng, offered)),
        answered=np.where(silent, 0, answered),
        to=to,
        rejected=(to != SAL) & ~silent,
    )
