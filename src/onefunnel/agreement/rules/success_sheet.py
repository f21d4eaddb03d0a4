"""The success sheet names one outcome with its number, its last day and its measures."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    outcome = agreement.outcome
    if not outcome.statement.strip():
        yield _gap("no outcome", "write statement: the one thing both teams want")
    if outcome.volume is None and outcome.margin is None:
        yield _gap("neither volume nor margin", "write volume: a number, or margin: an amount")
    if outcome.margin is not None and not agreement.currency.strip():
        yield _gap("a margin without a currency", "write currency: EUR, say, at the top")
    if outcome.by is None:
        yield _gap("no date", "write by: the last day, as 2026-12-31")
    if not outcome.measures:
        yield _gap("no measures", "write measures: what shows that it is reached")
    if outcome.segment and outcome.segment not in {each.name for each in agreement.segments}:
        yield _gap(
            f"segment {outcome.segment} is not defined", "add it to segments: with its predicate"
        )


def _gap(what: str, fix: str) -> Gap:
    return Gap("success-sheet", "outcome", what, fix)
