"""What the stages measure says in words: one sentence, and the notes beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.shares import estimate
from onefunnel.measures.steps.tally import Tally
from onefunnel.measures.words import money, percent, period_of

Totals = Mapping[str, object]


def sentence_of(totals: Totals, path: Path) -> str:
    """The reading in one plain sentence."""
    ends = [end for end in ("won", *path.ends, "open") if end in totals]
    parts = [f"{totals[end]:,} {end}" for end in ends]
    return f"Of {totals['leads']:,} leads {', '.join(parts[:-1])} and {parts[-1]}."


def notes_of(facts: Facts, agreement: Agreement, scope: Scope, totals: Totals) -> tuple[str, ...]:
    """How to read it, the totals in words, what is left out, and what it cannot tell yet."""
    notes = [
        "Cohort reading: of the leads that entered the funnel"
        f"{period_of(scope)}, what became of them; open leads are not counted as lost."
    ]
    notes += _totals_in_words(totals)
    if totals["never_in_a_stage"]:
        notes.append(
            f"{totals['never_in_a_stage']:,} leads were never in a stage of this agreement and are "
            "not counted."
        )
    if scope.within_days is not None:
        notes.append(
            f"Conversion window: stages reached more than {scope.within_days} days after entering "
            "the funnel do not count."
        )
    aware = totals.get("aware")
    if isinstance(aware, dict) and aware:
        readings = ", ".join(f"{kind} {value:,.0f}" for kind, value in aware.items())
        notes.append(
            f"Before the first stage, awareness in the period: {readings}. Not a cohort: no share "
            "of it becomes a lead."
        )
    notes += look_back_notes(facts, agreement, scope)
    return tuple(notes)


def look_back_notes(facts: Facts, agreement: Agreement, scope: Scope) -> list[str]:
    """A warning where the period is too close to the moment of looking for its leads to be done."""
    if scope.as_of is None or scope.since is None:
        return []
    cycle = cycle_p80_days(facts, agreement, scope)
    if cycle is None:
        return []
    look_back = (scope.as_of - scope.since) / timedelta(days=1)
    until = min(scope.until or scope.as_of, scope.as_of)
    follow_up = (scope.as_of - until) / timedelta(days=1)
    if look_back < cycle:
        return [
            f"The look-back of {look_back:.0f} days is shorter than the cycle: 80 % of wins take "
            f"up to {cycle:.0f} days. Shares of late stages are too low; choose an earlier period."
        ]
    if follow_up < cycle:
        return [
            f"The period ends {follow_up:.0f} days before the moment of looking, and 80 % of wins "
            f"take up to {cycle:.0f} days: its youngest leads are still under way (they count as "
            "open, not as lost)."
        ]
    return []


def cycle_p80_days(facts: Facts, agreement: Agreement, scope: Scope) -> float | None:
    """Days from entering the funnel by which 80 % of wins are won, over all leads there are."""
    path = Path(agreement)
    if path.won == 0:
        return None
    everyone = replace(scope, since=None, until=None, by=None, within_days=None)
    leads = cohort(facts, agreement, everyone)
    return estimate(Tally(leads, path, scope.as_of).overall("", path.won)).p80_days


def _totals_in_words(totals: Totals) -> list[str]:
    counts = ", ".join(
        f"{name.replace('_', ' ')} {totals[name]:,}"
        for name in ("leads", "won", "lost", "disqualified", "recycled", "late", "open")
        if name in totals
    )
    notes = [f"Totals: {counts}."]
    if "win_rate_of_closed" in totals:
        notes.append(
            f"Win rate of closed: {percent(totals['win_rate_of_closed'])} (95 % interval "
            f"{percent(totals['win_rate_low'])} to {percent(totals['win_rate_high'])})."
        )
    value = totals.get("won_value")
    if isinstance(value, dict) and value:
        notes.append(f"Won value: {'; '.join(money(*pair) for pair in value.items())}.")
    for end in ("won", "lost"):
        days = totals.get(f"mean_days_to_{end}")
        if isinstance(days, float):
            notes.append(f"Mean {days:.1f} days to {end}.")
    return notes
