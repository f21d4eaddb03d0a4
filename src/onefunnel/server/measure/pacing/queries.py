"""Plan against actual: the months of the saved plans beside what came in, each with its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from onefunnel.facts.store import MissingFacts
from onefunnel.measures.steps.path import NoSuccessPath, Path
from onefunnel.planner.pacing import Planned, planned_by, verdict
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.answers import answer, calendar_of
from onefunnel.server.measure.asking import asked
from onefunnel.server.measure.figures import Figure, figure
from onefunnel.server.measure.refusals import REFUSALS
from onefunnel.server.plan.queries import PlanToFollow, plans_to_follow

_MARKS = {"behind": "▼ behind", "as planned": "as planned", "ahead": "▲ ahead"}
_TONES = {"behind": "bad", "as planned": "detail", "ahead": "good"}


@dataclass(frozen=True)
class Against:
    """A count beside what the plan has of it, and how far they are apart in words."""

    came: Figure | None
    planned: str
    status: str
    tone: str


@dataclass(frozen=True)
class MonthLine:
    """One month that has begun; the running one is counted so far, and planned as a whole."""

    since: date
    leads: Against
    wins: Against


@dataclass(frozen=True)
class Pace:
    """One plan: leads and wins since it began against what it has by now, month by month."""

    plan: PlanToFollow
    since: date
    leads: Against
    wins: Against
    months: tuple[MonthLine, ...]


def paces(basis: Basis) -> tuple[Pace, ...]:
    """How each saved plan goes; empty without data, and where nothing is planned yet."""
    if basis.is_empty or basis.facts.data_at is None:
        return ()
    found = (_pace(one, basis) for one in plans_to_follow(basis))
    return tuple(one for one in found if one is not None)


def _pace(plan: PlanToFollow, basis: Basis) -> Pace | None:
    at, calendar = basis.facts.data_at, calendar_of(basis)
    assert at is not None, "asked with data only"
    begun = [month for month in plan.months if month.since <= at]
    if not begun:
        return None
    first, last = calendar.day_of(begun[0].since), calendar.day_of(begun[-1].until)
    leads, wins = planned_by(plan.months, at)
    try:
        came, won = _counted(plan, basis, first, last)
        months = tuple(_month(month, plan, basis) for month in begun)
    except (*REFUSALS, MissingFacts, NoSuccessPath):
        return None
    return Pace(plan, first, _against(came, leads), _against(won, wins), months)


def _month(month: Planned, plan: PlanToFollow, basis: Basis) -> MonthLine:
    calendar, at = calendar_of(basis), basis.facts.data_at
    since = calendar.day_of(month.since)
    came, won = _counted(plan, basis, since, calendar.day_of(month.until))
    is_over = at is not None and month.until <= at
    return MonthLine(
        since,
        _against(came, month.leads, is_told=is_over),
        _against(won, month.wins, is_told=is_over),
    )


def _counted(
    plan: PlanToFollow, basis: Basis, since: date, until: date
) -> tuple[Figure | None, Figure | None]:
    """Leads that entered, and leads won, from one day on and before another."""
    words = {
        "reading": "flow", "since": since.isoformat(),
        "until": (until - timedelta(days=1)).isoformat(), "where": plan.where,
    }  # fmt: skip
    question = asked(
        words, agreement=basis.agreement, calendar=calendar_of(basis), data_at=basis.facts.data_at
    )
    result = answer("stages", basis, question)
    path = Path(basis.agreement)
    rows = {str(row["stage"]): row for row in result.rows}
    return (
        figure(result, question, "reached", rows[path.stages[0]]),
        figure(result, question, "reached", rows[path.stages[path.won]]),
    )


def _against(came: Figure | None, planned: float, *, is_told: bool = True) -> Against:
    count = int(str(came.value)) if came is not None else 0
    said = verdict(count, planned) if is_told else None
    return Against(
        came, f"{round(planned):,}", _MARKS[said] if said else "so far", _TONES.get(said or "", "")
    )
