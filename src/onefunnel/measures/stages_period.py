"""Is a period long enough ago to judge, and what changed against the one before?

The won share can move because leads do better, or because other leads came in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.durations import ADVANCED, HOURS_A_DAY
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.shares import MIN_LEADS, estimate, together
from onefunnel.measures.steps.tally import MAX_GROUPS, Tally, TooManyGroups
from onefunnel.measures.words import percent
from onefunnel.statistics.competing_risks import aalen_johansen
from onefunnel.statistics.mix import MixChange, kitagawa

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What a change of mix is looked for in, where the question names nothing to split by.
USUAL_SPLITS = ("segment", "source", "channel")

#: Marks put before a group: in the period asked for, in the equal one before it, asked for but not
#: before the moment of looking, or in none of them.
_MARKS = _NOW, _BEFORE, _LATER, _OTHER = "1", "0", "3", "2"


_EARLIEST = datetime(1, 1, 1)  # noqa: DTZ001, facts hold UTC without a zone


@dataclass(frozen=True)
class _Period:
    since: datetime
    until: datetime
    now: datetime


@dataclass(frozen=True)
class Compared:
    """All leads counted by the period they entered in, and by a column (None: there is none, or
    each has too many values)."""

    scope: Scope
    by: str | None
    tally: Tally
    period: _Period

    @property
    def has_scope(self) -> bool:
        """Whether what is asked for can be told from it."""
        return self.scope.by is None or self.scope.by == self.by

    def of_scope(self, path: Path) -> Tally:
        """The leads of the period asked for, by group where one is asked for."""
        inside = [group for group in self.tally.groups if group[0] in (_NOW, _LATER)]
        by = self.scope.by
        return self.tally.regrouped({g: "" if by is None else g[1:] for g in inside}, path)


def compared(facts: Facts, agreement: Agreement, scope: Scope) -> Compared | None:
    """One pass over all leads for the period asked for and what to know of it; None where the
    question has no start, or the agreement nothing to be won."""
    path, period = Path(agreement), _period(scope)
    if period is None or not path.won:
        return None
    for by in _splits(facts, scope):
        leads = _marked(facts, agreement, replace(scope, by=by), period)
        try:
            tally = Tally(leads, path, period.now, by=by, most=len(_MARKS) * MAX_GROUPS)
        except TooManyGroups:
            continue  # over all leads there are; the next column may do, and none always does
        return Compared(scope, by, tally, period)
    return None


def _splits(facts: Facts, scope: Scope) -> list[str | None]:
    """What to count by, best first: the column asked for, else a usual one, else nothing."""
    if scope.by is not None:
        return [scope.by, None]
    known = group_columns(facts)
    return [*(name for name in USUAL_SPLITS if name in known), None]


def period_notes(found: Compared | None, path: Path) -> list[str]:
    """What to know of a period: whether its leads have had time to be won, and what changed against
    the equal period before, split by Kitagawa."""
    if found is None:
        return []
    tally, period = found.tally, found.period
    notes = _look_back(period, _cycle_p80_days(tally, path))
    age_hours = (period.now - period.since) / timedelta(hours=1)
    change = _change(tally, path, age_hours) if found.by is not None else None
    return notes if change is None else [*notes, _in_words(change, str(found.by), age_hours)]


def _period(scope: Scope) -> _Period | None:
    if scope.since is None or scope.as_of is None or scope.as_of <= scope.since:
        return None
    return _Period(scope.since, min(scope.until or scope.as_of, scope.as_of), scope.as_of)


def _marked(facts: Facts, agreement: Agreement, scope: Scope, period: _Period) -> ir.Table:
    """All leads, their group marked by the period they entered in."""
    everyone = replace(scope, since=None, until=None, within_days=None)
    leads = cohort(facts, agreement, everyone)
    since, until = period.since, period.until
    before = since - min(until - since, since - _EARLIEST)
    at, literal = leads["entered_at"], ibis.literal
    mark = ibis.cases(
        ((at >= literal(since)) & (at < literal(until)), _NOW),
        ((at >= literal(before)) & (at < literal(since)), _BEFORE),
        (_is_asked_for(at, scope), _LATER),
        else_=_OTHER,
    )
    group = leads["group"] if scope.by is not None else literal("")
    return leads.mutate(group=mark + group)


def _is_asked_for(at: ir.Value, scope: Scope) -> ir.BooleanValue:
    after = at >= ibis.literal(scope.since)
    return after if scope.until is None else after & (at < ibis.literal(scope.until))


def _cycle_p80_days(tally: Tally, path: Path) -> float | None:
    """Days from entering the funnel by which 80% of wins are won, over all leads there are."""
    parts = [tally.overall(group, path.won) for group in tally.groups]
    return estimate(together(parts)).p80_days


def _look_back(period: _Period, cycle: float | None) -> list[str]:
    """A warning where the period is too close to the moment of looking for its leads to be done."""
    if cycle is None:
        return []
    look_back = (period.now - period.since) / timedelta(days=1)
    follow_up = (period.now - period.until) / timedelta(days=1)
    if look_back < cycle:
        return [
            f"The look-back of {look_back:.0f} days is shorter than the cycle: 80% of wins take "
            f"up to {cycle:.0f} days. Shares of late stages are too low; choose an earlier period."
        ]
    if follow_up < cycle:
        return [
            f"The period ends {follow_up:.0f} days before the moment of looking, and 80% of wins "
            f"take up to {cycle:.0f} days: its youngest leads are still under way (they count as "
            "open, not as lost)."
        ]
    return []


def _change(tally: Tally, path: Path, age_hours: float) -> MixChange | None:
    """Both periods read up to the same age of lead: that of the period's first lead now."""
    groups = sorted({group[1:] for group in tally.groups if group[0] in (_NOW, _BEFORE)})
    marks = (_BEFORE, _NOW)
    weights = [[_leads(tally, mark + group) for group in groups] for mark in marks]
    if min(sum(of_period) for of_period in weights) < MIN_LEADS:
        return None
    shares = [[_share(tally, mark + group, path, age_hours) for group in groups] for mark in marks]
    p0 = [old if old is not None else (new or 0.0) for old, new in zip(*shares, strict=True)]
    p1 = [new if new is not None else (old or 0.0) for old, new in zip(*shares, strict=True)]
    return kitagawa(p0, weights[0], p1, weights[1])


def _leads(tally: Tally, group: str) -> int:
    return tally.reached(group, 0) if group in tally.groups else 0


def _share(tally: Tally, group: str, path: Path, age_hours: float) -> float | None:
    """The group's share won by that age; None where it has no leads with times."""
    if not _leads(tally, group):
        return None
    took = tally.overall(group, path.won).dated
    if not len(took.hours):
        return None
    return aalen_johansen(took.hours, took.cause, took.leads, cause=ADVANCED).at(age_hours)


def _in_words(change: MixChange, by: str, age_hours: float) -> str:
    direction = "rose" if change.total > 0 else "fell"
    text = (
        f"Against the equal period before, the share won within {age_hours / HOURS_A_DAY:.0f} days "
        f"{direction} by {_points(change.total)}: {_points(change.rate, signed=True)} from the "
        f"shares inside each {by}, {_points(change.mix, signed=True)} from another mix of {by}."
    )
    if change.is_reversed:
        text += (
            f" Beware (Simpson's paradox): inside the {by} groups it moved the other way; the "
            "total moved because other leads came in."
        )
    return text


def _points(share: float, *, signed: bool = False) -> str:
    sign = "+" if signed and share >= 0 else "-" if signed else ""
    return f"{sign}{percent(abs(share)).removesuffix('%')} points"
