"""Did the won share move because leads do better, or because other leads came in?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.durations import ADVANCED, HOURS_A_DAY
from onefunnel.measures.steps.groups import group_columns
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.shares import MIN_LEADS
from onefunnel.measures.steps.tally import Tally
from onefunnel.measures.words import percent
from onefunnel.statistics.competing_risks import aalen_johansen
from onefunnel.statistics.mix import MixChange, kitagawa

#: What a change of mix is looked for in, where the question names nothing to split by.
USUAL_SPLITS = ("segment", "source", "channel")


def change_notes(facts: Facts, agreement: Agreement, scope: Scope) -> list[str]:
    """The change of the won share against the equal period before, split by Kitagawa.

    Only where the question has a start. Both periods are read up to the same age of lead: that of
    the period's first lead at the moment of looking.
    """
    if scope.since is None or scope.as_of is None or scope.as_of <= scope.since:
        return []
    by = scope.by or next((name for name in USUAL_SPLITS if name in group_columns(facts)), None)
    if by is None:
        return []
    until = min(scope.until or scope.as_of, scope.as_of)
    before = replace(scope, since=scope.since - (until - scope.since), until=scope.since, by=by)
    age_hours = (scope.as_of - scope.since) / timedelta(hours=1)
    change = _change(facts, agreement, before, replace(scope, by=by), age_hours)
    return [] if change is None else [_in_words(change, by, age_hours)]


def _change(
    facts: Facts, agreement: Agreement, before: Scope, now: Scope, age_hours: float
) -> MixChange | None:
    path = Path(agreement)
    old, new = (
        Tally(cohort(facts, agreement, scope), path, scope.as_of) for scope in (before, now)
    )
    if path.won == 0 or old.leads < MIN_LEADS or new.leads < MIN_LEADS:
        return None
    groups = sorted({*old.groups, *new.groups})
    weights = [[_leads(tally, group) for group in groups] for tally in (old, new)]
    shares = [[_share(tally, group, path, age_hours) for group in groups] for tally in (old, new)]
    p0 = [old_ if old_ is not None else (new_ or 0.0) for old_, new_ in zip(*shares, strict=True)]
    p1 = [new_ if new_ is not None else (old_ or 0.0) for old_, new_ in zip(*shares, strict=True)]
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
    return f"{sign}{percent(abs(share)).removesuffix(' %')} points"
