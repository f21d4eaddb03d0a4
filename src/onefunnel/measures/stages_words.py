"""What the stages measure says in words: one sentence, and the notes beside it."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.measures.scope import Scope
from onefunnel.measures.stages_period import Compared, period_notes
from onefunnel.measures.steps.path import Path
from onefunnel.measures.words import count_of_leads, money, percent, period_of

Totals = Mapping[str, object]


def sentence_of(totals: Totals, path: Path) -> str:
    """The reading in one plain sentence."""
    if not totals["leads"]:
        return "No lead entered the funnel in what is asked for."
    ends = [end for end in ("won", *path.ends, "open") if end in totals]
    parts = [f"{totals[end]:,} {end}" for end in ends]
    return f"Of {count_of_leads(totals['leads'])} {', '.join(parts[:-1])} and {parts[-1]}."


def notes_of(scope: Scope, totals: Totals, found: Compared | None, path: Path) -> tuple[str, ...]:
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
    notes += period_notes(found, path)
    return tuple(notes)


def _totals_in_words(totals: Totals) -> list[str]:
    counts = ", ".join(
        f"{name.replace('_', ' ')} {totals[name]:,}"
        for name in ("leads", "won", "lost", "disqualified", "recycled", "late", "open")
        if name in totals
    )
    notes = [f"Totals: {counts}."]
    if "closed" in totals and totals["win_rate_of_closed"] is None:
        notes.append(
            f"Win rate of closed: {totals['won']:,} won of {totals['closed']:,} closed, too few to "
            "tell."
        )
    elif "closed" in totals:
        notes.append(
            f"Win rate of closed: {percent(totals['win_rate_of_closed'])} (95% interval "
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
