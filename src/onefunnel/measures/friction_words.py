"""What the scan for friction says in words: one sentence, and the notes beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from onefunnel.measures.steps.downstream import Worth
from onefunnel.measures.steps.friction_cells import GOES_BACK, GOES_ON, SENT_BACK, WAITS, Places
from onefunnel.measures.words import money, percent

Row = Mapping[str, object]
FLAGGED = frozenset({"persistent", "new", "not lately"})
_SURE = {
    "persistent": "It shows in both halves of the time by itself.",
    "new": "It shows in the later half only or in neither alone: new, to be confirmed.",
    "not lately": "It shows in the earlier half only, not lately.",
}


def sentence_of(rows: Sequence[Row], by: Sequence[str], *, has_scan: bool, has_owner: bool) -> str:
    """Where the funnel loses most, what it would bring back and how sure; no owner is named."""
    if not has_scan:
        return (
            "Owners cannot be compared: leads have none, or no time is known."
            if has_owner
            else "Nothing can be compared: leads have no segment, country or source, or no time."
        )
    flagged = [row for row in rows if row["verdict"] in FLAGGED]
    told = [row for row in rows if row["p"] is not None]
    if not told:
        return "Too few leads to compare any part of the funnel with the others."
    if not flagged:
        return "No part of the funnel does worse than the others by more than chance."
    if has_owner:
        return "Some leads fare worse with one owner than with others in the same mix of leads."
    first = flagged[0]
    return f"{_where(first, by)} {_back(first)}{_SURE[str(first['verdict'])]}"


def _where(row: Row, by: Sequence[str]) -> str:
    who, where = f"{row[by[0]]} leads", row["stage"]
    own, others = _shown(row["own_share"]), f"{_shown(row['others_share'])} of others"
    if row["kind"] == GOES_ON:
        return (
            f"The funnel loses most at {where} with {who}: {own} go on, against {others} in the "
            "same mix."
        )
    if row["kind"] == GOES_BACK:
        return (
            f"{who} stay the course at {where} in {own}, against {others} in the same mix; the "
            "rest go back."
        )
    if row["kind"] == SENT_BACK:
        return (
            f"Handovers {where} of {who} are accepted in {own}, against {others} in the same mix."
        )
    return (
        f"{who} wait longest at {where}: half have left after {_days(row['median_days'])}, of "
        f"others after {_days(row['others_days'])}."
    )


def _shown(share: object) -> str:
    return percent(share, 1) if isinstance(share, float) else "too few to tell"


def _days(days: object) -> str:
    return f"{days:.1f} days" if isinstance(days, float) else "longer than we look"


def waits_of(days: float | None, others: float | None) -> str:
    """How long leads of a cell stay, beside the others; empty where it is not told."""
    if days is None or others is None:
        return ""
    return f"half have left after {days:.1f} days, of others after {others:.1f} days"


def _back(row: Row) -> str:
    if row["kind"] == WAITS or not isinstance(row["leads_back"], float):
        return ""
    if row["kind"] != GOES_ON:
        return f"Closing the gap would spare {row['leads_back']:,.0f} leads this. "
    said = f"Closing the gap would bring {row['leads_back']:,.0f} leads further"
    amount, low, high = (row[f"recoverable{end}"] for end in ("", "_low", "_high"))
    if not all(isinstance(one, Decimal) for one in (amount, low, high)):
        return f"{said}; what a win is worth is not known. "
    currency = str(row["currency"] or "")
    shown = [money(currency, one) for one in (amount, low, high) if isinstance(one, Decimal)]
    return f"{said}, worth {shown[0]} in margin (95% interval {shown[1]} to {shown[2]}). "


def notes_of(places: Places, worth: Worth) -> tuple[str, ...]:
    """How to read it."""
    held = " and ".join(places.mix) or "nothing else, as the leads have no channel"
    notes = [
        "Each cell is compared with all the others, without itself, in the same mix of "
        f"{held}. The chance of false findings is kept at one in twenty over all cells together.",
        "All leads are followed equally long: as many days as nine in ten of those who go on "
        "take at the stage. Who came later is not counted yet, and no open lead is counted as "
        "lost.",
        "What going back, waiting and being sent back cost in wins is not known, so no money "
        "stands on it.",
    ]
    if not worth.margins:
        notes.append("No margin is known of won deals, so cells are ranked by leads.")
    elif worth.known < worth.of:
        notes.append(
            "The margin of some won deals is not known; a win is worth the mean of those whose "
            "margin is."
        )
    return tuple(notes)
