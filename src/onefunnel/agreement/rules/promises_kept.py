"""Every promise says who owes whom what and by when, in the fields of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.rules.gap import Columns, Gap

_HOURS = "in business hours"


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    stages = {stage.name for stage in agreement.stages}
    for promise in agreement.promises:
        where = f"promise {promise.name}"
        needed = ("by_team", "to_team", *(() if promise.kind else ("from_stage", "to_stage")))
        for name in needed:
            if not getattr(promise, name).strip():
                yield Gap("promise", where, f"{name} is missing", f"write {name}:")
        for stage in (promise.from_stage, promise.to_stage):
            if stage and stage not in stages:
                yield Gap("promise", where, f"there is no stage {stage}", "name a stage above")
        for what, fix in _of_its_kind(promise):
            yield Gap("promise", where, what, fix)
        if promise.kept_share is not None and not 0 < promise.kept_share <= 1:
            yield Gap(
                "promise", where, f"kept_share is {promise.kept_share}", "a share: 0.9 for 90 %"
            )
        yield from _two_deadlines(agreement, promise, where)


def _of_its_kind(promise: Promise) -> Iterator[tuple[str, str]]:
    hours = promise.within_hours
    if (hours is not None and hours <= 0) or (hours is None and not promise.kind):
        yield "no time", f"write within_hours: {_HOURS}"
    if promise.kind == "volume":
        if promise.leads is None or promise.leads <= 0:
            yield "no number of leads", "write leads: how many"
        if not promise.per:
            yield "no period", "write per: week, month or quarter"
    if promise.kind == "quality" and promise.kept_share is None:
        yield "no share", "write kept_share: the share of leads that are accepted, as 0.8"
    if promise.kind == "attempts":
        if promise.attempts is None or promise.attempts <= 0:
            yield "no number of attempts", "write attempts: how many"
        if promise.within_days is None or promise.within_days <= 0:
            yield "no days", "write within_days: how many days after the lead was accepted"
        if not promise.counts:
            yield "no contacts that count", "write counts: kinds of contact, such as called"


def _two_deadlines(agreement: Agreement, promise: Promise, where: str) -> Iterator[Gap]:
    """An answer promised within other hours than the hand-over card gives."""
    if promise.kind != "answer" or promise.within_hours is None:
        return
    for card in agreement.handovers:
        sides = (card.to_team, card.from_team)
        hours = card.answer_within_hours
        if sides == (promise.by_team, promise.to_team) and hours != promise.within_hours:
            yield Gap(
                "promise", where, f"the hand-over {card.name} gives another time for the answer",
                "write the same hours in both, or leave within_hours out here",
            )  # fmt: skip
