"""Which differences belong together, so that people look at them, and settle them, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement

#: Fields of one stage where the second means nothing without the first.
_MEASURED = ("measure", "target")
#: Fields of a hand-over card and of a promised answer that give the same hours.
_HOURS = ("answer_within_hours", "within_hours")


@dataclass(frozen=True)
class Link:
    """Two differences of which one follows the other, and why: settled apart, they contradict."""

    one: str
    other: str
    why: str


def links(found: Sequence[Discrepancy], ours: Agreement, theirs: Agreement) -> tuple[Link, ...]:
    """The differences that hang on each other, by their keys.

    A stage's measure and its target; the hours of a hand-over card and those of the promised answer
    to it, where the promise is between the same two teams in either draft.
    """
    stages = {(each.our_name, each.field): each for each in found if each.thing == "stage"}
    made = [
        Link(each.key, stages[name, "target"].key, "a target is in the unit of its measure")
        for (name, field), each in stages.items()
        if field == _MEASURED[0] and (name, _MEASURED[1]) in stages
    ]
    cards = [each for each in found if (each.thing, each.field) == ("hand-over", _HOURS[0])]
    answers = [each for each in found if (each.thing, each.field) == ("promise", _HOURS[1])]
    for card in cards:
        for answer in answers:
            if _is_answered(ours, card.our_name, answer.our_name) or _is_answered(
                theirs, card.their_name, answer.their_name
            ):
                why = "both give the hours in which the hand-over is answered"
                made.append(Link(card.key, answer.key, why))
    return tuple(made)


def groups(
    found: Sequence[Discrepancy], hanging: Sequence[Link]
) -> tuple[tuple[Discrepancy, ...], ...]:
    """The differences of one thing each, things that hang on each other in one group.

    In the order of their first difference; within a group in their own order.
    """
    group_of = {each.key: _thing(each) for each in found}
    for link in hanging:
        kept, given_up = group_of[link.one], group_of[link.other]
        for key, group in group_of.items():
            if group == given_up:
                group_of[key] = kept
    gathered: dict[tuple[str, ...], list[Discrepancy]] = {}
    for each in found:
        gathered.setdefault(group_of[each.key], []).append(each)
    return tuple(tuple(group) for group in gathered.values())


def _thing(each: Discrepancy) -> tuple[str, ...]:
    return each.thing, each.our_name or "", each.their_name or ""


def _is_answered(draft: Agreement, handover: str | None, promise: str | None) -> bool:
    card = next((one for one in draft.handovers if one.name == handover), None)
    owed = next((one for one in draft.promises if one.name == promise), None)
    if card is None or owed is None or owed.kind != "answer":
        return False
    return (folded(owed.by_team), folded(owed.to_team)) == (
        folded(card.to_team), folded(card.from_team)
    )  # fmt: skip
