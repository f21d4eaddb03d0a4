"""Cohorts as a triangle: a row per cohort, a column per age; the younger ones have fewer."""

from __future__ import annotations

from collections.abc import Mapping

from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import figure
from onefunnel.server.measure.tables import Cell, Head, TableView


def triangle(result: Result, question: Asked) -> TableView:
    """Of each cohort the share that bought in each age, and below it of how many."""
    cohorts: dict[str, dict[str, Mapping[str, object]]] = {}
    for row in result.rows:
        cohorts.setdefault(str(row["cohort"]), {})[str(row["age"])] = row
    ages = sorted({str(row["age"]) for row in result.rows}, key=int)

    def cell(row: Mapping[str, object] | None) -> Cell:
        if row is None:
            return Cell(is_number=True)
        share, counted = (figure(result, question, name, row) for name in ("bought_share", "n"))
        return Cell(figure=share, below=counted, is_number=True)

    rows = tuple(
        (Cell(words=_named(cohort), is_head=True), *(cell(of_age.get(age)) for age in ages))
        for cohort, of_age in cohorts.items()
    )
    heads = (Head("First bought", False), *(Head(f"Age {age}", True) for age in ages))
    return TableView(heads, rows, (), 0)


def _named(cohort: str) -> str:
    return cohort[:1].upper() + cohort[1:]
