"""Handovers of a question, each with how it was answered."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.working_time import BadWorkingTime, calendar_of
from onefunnel.business_time import WorkCalendar
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import grouped, in_period, matching
from onefunnel.measures.steps.groups import NONE
from onefunnel.measures.steps.handed import answered, handed
from onefunnel.measures.steps.opening import hours_of
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

TEAMS = ("from_team", "to_team")


def offers_of(facts: Facts, agreement: Agreement, scope: Scope, by: str | None) -> ir.Table:
    """The offers in the scope with their answer and group; teams that are not said read "(none)".

    Raises BadWorkingTime where the agreement's business hours cannot be read.
    """
    as_of = scope.as_of
    if as_of is None:
        raise BadWorkingTime("the data hold no times", "import files that have some")
    hours = _hours(agreement)
    offers = handed(facts, as_of)
    found = _answered(offers, hours, agreement, scope, as_of)
    named = {name: found[name].strip().nullif("").fill_null(NONE) for name in TEAMS}
    found = matching(in_period(found.mutate(**named), scope), facts, scope.where)
    return grouped(found, facts, by, scope)


def _answered(
    offers: ir.Table, hours: float | None, agreement: Agreement, scope: Scope, as_of: datetime
) -> ir.Table:
    """The offers with their answers, each by the opening hours of the team that was to answer."""
    if not scope.hours:
        return answered(offers, hours, calendar_of(agreement, scope.zone), as_of)
    offers = offers.mutate(to_team=offers["to_team"].nullif(""))
    named = [row["to_team"] for row in rows(offers.select("to_team").distinct())]
    teams: dict[WorkCalendar, list[str]] = {}
    for team in sorted(one for one in named if one):
        calendar = hours_of(team, agreement, scope.hours, scope.zone)
        teams.setdefault(calendar, []).append(team)
    parts = [
        answered(offers.filter(offers["to_team"].isin(some)), hours, calendar, as_of)
        for calendar, some in teams.items()
    ]
    if None in named or not parts:
        nobody = offers.filter(offers["to_team"].isnull())
        parts.append(answered(nobody, hours, calendar_of(agreement, scope.zone), as_of))
    return reduce(lambda one, other: one.union(other), parts)


def _hours(agreement: Agreement) -> float | None:
    """The one time to answer that the hand-over cards give, where they give one: it stands in for
    a due time that nobody recorded."""
    given = {card.answer_within_hours for card in agreement.handovers}
    return given.pop() if len(given) == 1 else None
