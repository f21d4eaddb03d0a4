"""What is promised, in plain words: on pages, in comparisons and in the scorecard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise, PromiseKind

#: What each kind of promise is called.
KINDS: Mapping[PromiseKind, str] = {
    "": "a step in time",
    "volume": "number of leads",
    "quality": "leads that are accepted",
    "answer": "answers in time",
    "attempts": "attempts to reach a lead",
    "reply": "replies to rejections",
}


def promised(promise: Promise) -> str:
    """What the promise says, without who gives it and in which share of cases it shall be kept."""
    hours = promise.within_hours
    within = "by the due time"
    if hours is not None:
        within = f"within {hours:g} business hour{'' if hours == 1 else 's'}"
    match promise.kind:
        case "volume":
            return f"{promise.leads or 'no number of'} leads a {promise.per or 'period'}"
        case "quality":
            return "leads that are accepted"
        case "answer":
            return f"an answer {within}"
        case "attempts":
            until = f", or {promise.to_stage} before that" if promise.to_stage else ""
            return (
                f"{promise.attempts or 'no number of'} attempts within "
                f"{promise.within_days or 'no number of'} days{until}"
            )
        case "reply":
            return f"a reply to a rejection {within}"
        case _:
            step = f"{promise.from_stage or 'no stage'} to {promise.to_stage or 'no stage'}"
            return f"{step} {within if hours is not None else 'in no stated time'}"


def all_promises(agreement: Agreement) -> tuple[Promise, ...]:
    """The promises of the agreement, and the answers that its hand-over cards promise.

    A card promises for the team that takes, unless a promise says the same already. Handovers do
    not say by which card they were made: where cards between the same two teams give different
    times, only a due time that was recorded tells.
    """
    said = {
        (folded(one.by_team), folded(one.to_team))
        for one in agreement.promises
        if one.kind == "answer"
    }
    found: dict[tuple[str, str], Promise] = {}
    for card in agreement.handovers:
        sides = (folded(card.to_team), folded(card.from_team))
        if not card.answer_within_hours or not all(sides) or sides in said:
            continue
        before = found.get(sides)
        hours = card.answer_within_hours
        if before is not None and before.within_hours != hours:
            found[sides] = replace(before, within_hours=None)
        elif before is None:
            found[sides] = Promise(
                f"Answer to {card.name}", card.to_team, card.from_team, kind="answer",
                within_hours=hours,
            )  # fmt: skip
    return (*agreement.promises, *found.values())
