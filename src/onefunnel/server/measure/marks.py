"""Where the definition behind the numbers changed: on charts over time, and in their tables."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from onefunnel.charts.chart import Chart
from onefunnel.charts.marks import Mark, by_period, labelled, marked
from onefunnel.facts.utc import in_utc
from onefunnel.measures.scope import Scope
from onefunnel.server.agree.queries import uses
from onefunnel.server.measure.tables import TableView


def changes_of_definition() -> tuple[Mark, ...]:
    """Every moment another version of the agreement came into force until now."""
    return tuple(
        Mark(in_utc(use.effective_from), str(use.version))
        for use in uses(at=timezone.now())
        if not use.is_coming
    )


def with_marks(
    chart: Chart | None, table: TableView | None, scope: Scope
) -> tuple[Chart | None, TableView | None]:
    """Both with the versions that came into force in the time they show."""
    if chart is None and table is None:
        return chart, table
    marks = changes_of_definition()
    if chart is not None:
        chart = marked(chart, marks, scope)
    if table is not None and marks:
        periods = by_period(marks, scope)
        rows = tuple(
            tuple(
                replace(cell, words=labelled(cell.words, periods)) if cell.is_head else cell
                for cell in row
            )
            for row in table.rows
        )
        table = replace(table, rows=rows)
    return chart, table
