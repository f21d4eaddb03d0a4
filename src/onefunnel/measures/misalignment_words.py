"""What the cost of misalignment says in words: one sentence, and the notes beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from onefunnel.measures.steps.downstream import Worth
from onefunnel.measures.steps.misaligned import ALL, LOST, OFF, WASTED, Offered
from onefunnel.measures.words import money

Row = Mapping[str, object]


def sentence_of(rows: Sequence[Row]) -> str:
    """What was likely lost, what was surely wasted; the currency with most of it first."""
    parts = [part for part in (_lost(rows), _wasted(rows)) if part]
    return " ".join(parts) or "No lead was offered that anything went wrong with."


def _all(rows: Sequence[Row], ledger: str) -> list[Row]:
    found = [row for row in rows if row["ledger"] == ledger and row["cause"] == ALL]
    return sorted(found, key=lambda row: -float(str(row["cost"] or 0)))


def _lost(rows: Sequence[Row]) -> str:
    found = _all(rows, LOST)
    if not found:
        return ""
    first = found[0]
    if first["lost_wins"] is None:
        return "Too few leads that something went wrong with are decided to tell what it cost."
    wins, low, high = (float(str(first[f"lost_wins{end}"])) for end in ("", "_low", "_high"))
    sure = f"(80% interval {low:,.1f} to {high:,.1f})"
    if low <= 0 <= high:
        said = f"It cannot be told that wins were lost: {wins:,.1f} {sure}"
    elif wins < 0:
        said = f"Leads that something went wrong with were won more often: {wins:,.1f} lost {sure}"
    else:
        said = f"About {wins:,.1f} wins were likely lost between the teams {sure}"
    if isinstance(first["cost"], Decimal):
        shown = [
            money(str(first["currency"]), amount)
            for amount in (first["cost"], first["cost_low"], first["cost_high"])
            if isinstance(amount, Decimal)
        ]
        return f"{said}: {shown[0]} of margin ({shown[1]} to {shown[2]})."
    return f"{said}; what a win is worth is not known."


def _wasted(rows: Sequence[Row]) -> str:
    found = _all(rows, WASTED)
    if not found or not isinstance(found[0]["cost"], Decimal):
        return ""
    amount = money(str(found[0]["currency"]), found[0]["cost"])
    return f"{amount} was surely spent on leads that were not worked as agreed and brought nothing."


def notes_of(offered: Offered, worth: Worth, rows: Sequence[Row]) -> tuple[str, ...]:
    """How to read it, and what it does not hold."""
    notes = [
        "The two ledgers are never added: lost margin is what would have been, wasted spend is "
        "what was paid. Leads that are too young to be decided are not lost.",
        "Lost margin compares with leads of the same segment and channel; what else differs is "
        "not seen, and the upper bound takes all of it as caused. Parts of causes that overlap "
        "sum to the total, and one that is below zero is shown.",
        "Nothing is held against how much sales could have worked: that stands under Plan. Wasted "
        "spend is of leads that were not won: entered twice (the same address within 90 days), "
        "never worked, or accepted though late or outside the definition and lost since. Hours of "
        "people are not in it.",
    ]
    if OFF not in offered.causes:
        notes.append(
            "No hand-over card has a test that can be run, so nobody can tell which leads were "
            "outside the definition."
        )
    if not worth.margins:
        notes.append("No margin is known of won deals, so lost wins have no price.")
    elif worth.known < worth.of:
        notes.append(
            "The margin of some won deals is not known; a win is worth the mean of those whose "
            "margin is."
        )
    if not any(row["ledger"] == WASTED for row in rows):
        notes.append("No spend is known by channel, so nothing can be said of wasted spend.")
    return tuple(notes)
