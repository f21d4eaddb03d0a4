"""Retention: which share of the customers bought again, age by age."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result
from onefunnel.measures.retention import ALL

LEGEND = "Share of all customers followed so long that bought in the age · line: 95% interval"


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per age, of all cohorts together."""
    lines = [_line(row) for row in result.rows if row["cohort"] == ALL]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share = real(row, "bought_share")
    told = written.share(share) if share is not None else words(row, "note", "too few to tell")
    return RateLine(
        name=f"Age {words(row, 'age')}",
        detail=f"{written.count(whole(row, 'n'))} customers · {told}",
        done=share,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
    )
