"""Every promise says who owes whom what and by when, in the fields of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.rules.gap import Columns, Gap, Spot

_NEEDED = {
    "by_team": ("it does not say who promises", "name the team that promises"),
    "to_team": ("it does not say to whom", "name the team it is promised to"),
    "from_stage": ("no stage at which the clock starts", "choose that stage"),
    "to_stage": ("no stage at which the clock stops", "choose that stage"),
}


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    stages = {stage.name for stage in agreement.stages}
    for promise in agreement.promises:
        for name in ("by_team", "to_team", *(() if promise.kind else ("from_stage", "to_stage"))):
            if not getattr(promise, name).strip():
                yield _gap(promise, *_NEEDED[name], name)
        for name in ("from_stage", "to_stage"):
            stage = getattr(promise, name)
            if stage and stage not in stages:
                yield _gap(promise, f"there is no stage {stage}", "choose a stage of this", name)
        for what, fix, name in _of_its_kind(promise):
            yield _gap(promise, what, fix, name)
        if promise.kept_share is not None and not 0 < promise.kept_share <= 1:
            what = f"it cannot be kept in {promise.kept_share * 100:g} % of cases"
            yield _gap(promise, what, "say more than 0 % and at most 100 %", "kept_share")
        yield from _two_deadlines(agreement, promise)


def _of_its_kind(promise: Promise) -> Iterator[tuple[str, str, str]]:
    hours = promise.within_hours
    if (hours is not None and hours <= 0) or (hours is None and not promise.kind):
        yield "no time", "say within how many business hours", "within_hours"
    if promise.kind == "volume":
        if promise.leads is None or promise.leads <= 0:
            yield "no number of leads", "say how many leads", "leads"
        if not promise.per:
            yield "no period", "choose week, month or quarter", "per"
    if promise.kind == "quality" and promise.kept_share is None:
        yield "no share", "say in which share of cases leads are accepted, as 80 %", "kept_share"
    if promise.kind == "attempts":
        if promise.attempts is None or promise.attempts <= 0:
            yield "no number of attempts", "say how many", "attempts"
        if promise.within_days is None or promise.within_days <= 0:
            yield "no days", "say how many days after the lead was accepted", "within_days"
        if not promise.counts:
            yield "no contacts that count", "say which contacts count, such as called", "counts"


def _two_deadlines(agreement: Agreement, promise: Promise) -> Iterator[Gap]:
    """An answer promised within other hours than the hand-over card gives."""
    if promise.kind != "answer" or promise.within_hours is None:
        return
    for card in agreement.handovers:
        sides = (card.to_team, card.from_team)
        hours = card.answer_within_hours
        if sides == (promise.by_team, promise.to_team) and hours != promise.within_hours:
            yield _gap(
                promise, f"the hand-over {card.name} gives another time for the answer",
                "write the same hours in both, or leave them out here", "within_hours",
            )  # fmt: skip


def _gap(promise: Promise, what: str, fix: str, field: str) -> Gap:
    spot = Spot("promises", promise.name, field)
    return Gap("promise", f"promise {promise.name}", what, fix, spot)
