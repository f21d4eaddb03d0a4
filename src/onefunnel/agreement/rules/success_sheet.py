"""The success sheet names one outcome with its number, its last day and its measures."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.measured import is_known
from onefunnel.agreement.rules.gap import Columns, Gap, Spot


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    outcome = agreement.outcome
    if not outcome.statement.strip():
        yield _gap("no outcome", "say the one thing both teams want", "statement")
    if outcome.volume is None and outcome.margin is None:
        yield _gap(
            "neither a number of won leads nor a margin", "say how many, or how much", "volume"
        )
    if outcome.margin is not None and not agreement.currency.strip():
        what, spot = "a margin without a currency", Spot("title", field="currency")
        yield Gap("success-sheet", "success", what, "say the currency, as EUR", spot)
    if outcome.by is None:
        yield _gap("no date", "say the last day, as 2026-12-31", "by")
    if not outcome.measures:
        yield _gap("no measures", "say what shows that it is reached", "measures")
    for measure in outcome.measures:
        if not is_known(measure, agreement):
            fix = "choose a known one, or say among the words what it means"
            yield _gap(f"the measure “{measure}” is not known", fix, "measures")
    if outcome.segment and outcome.segment not in {each.name for each in agreement.segments}:
        yield _gap(
            f"the segment {outcome.segment} is not defined", "choose one, or define it", "segment"
        )


def _gap(what: str, fix: str, field: str) -> Gap:
    return Gap("success-sheet", "success", what, fix, Spot("outcome", field=field))
