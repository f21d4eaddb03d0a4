"""Credit as a table: a few rules side by side, and the range of all of them as a bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from onefunnel.measures.attribution import UNASSIGNED
from onefunnel.measures.result import Result
from onefunnel.measures.steps.credit_policy import Policy
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.tables import Cell, Head, Span, TableView, table_of

#: Measures whose rows hold what each rule gives, and what it gives.
GIVEN = {"attribution": "credit", "returns": "margin"}
#: The rules that stand beside the agreed one.
BESIDE = ("first_touch", "w_shaped", "last_touch")
MOST_RULES = 3


def rules_shown(agreed: str) -> tuple[str, ...]:
    """The agreed rule and those that differ from it most."""
    return tuple(dict.fromkeys((agreed, *BESIDE)))[:MOST_RULES]


def credit_table(result: Result, question: Asked, currency: str, policy: Policy) -> TableView:
    """The table of a measure in GIVEN: three rules, what each costs, and the range of them all."""
    given = GIVEN[result.measure]
    agreed = f"{policy.rule}_{given}" if f"{policy.rule}_{given}" in result.columns else ""
    rules = rules_shown(policy.rule if agreed else "shapley")
    also = {f"{rule}_{kind}" for rule in rules for kind in (given, "cost")}
    if result.measure == "returns" and not policy.refusal:
        also |= {"return_share", "payback_months", "margin_missing"}
    view = _told(table_of(result, question, currency, also=frozenset(also)))
    spans = _spans(result, f"{rules[0]}_{given}", given)
    if not any(spans):
        return view
    rows = tuple((*row, Cell(span=span)) for row, span in zip(view.rows, spans, strict=False))
    return replace(view, heads=(*view.heads, Head("Range of all rules", False)), rows=rows)


def _told(view: TableView) -> TableView:
    """The table without the columns in which nothing is said."""
    said = [
        any(_is_said(row[place]) for row in view.rows) or not head.is_number
        for place, head in enumerate(view.heads)
    ]
    heads = tuple(head for head, is_said in zip(view.heads, said, strict=True) if is_said)
    rows = tuple(
        tuple(cell for cell, is_said in zip(row, said, strict=True) if is_said) for row in view.rows
    )
    return replace(view, heads=heads, rows=rows)


def _is_said(cell: Cell) -> bool:
    return cell.figure is not None and cell.figure.value is not None


def _spans(result: Result, at: str, given: str) -> list[Span | None]:
    """A span for each row, on one scale for each currency."""
    ends = (f"lowest_{given}", f"highest_{given}")
    tops: dict[object, float] = {}
    for row in result.rows:
        if row[ends[1]] is not None and row[result.columns[0]] != UNASSIGNED:
            place = row.get("currency")
            tops[place] = max(tops.get(place, 0.0), _number(row, ends[1]))
    return [_span(row, ends, at, tops.get(row.get("currency"), 0.0)) for row in result.rows]


def _span(row: Mapping[str, object], ends: tuple[str, str], at: str, top: float) -> Span | None:
    if row[ends[1]] is None or top <= 0:
        return None
    low, high, mark = (min(max(100 * _number(row, name) / top, 0.0), 100.0) for name in (*ends, at))
    return Span(low=round(low, 1), width=round(max(high - low, 1.0), 1), at=round(mark, 1))


def _number(row: Mapping[str, object], name: str) -> float:
    return float(Decimal(str(row[name])))
