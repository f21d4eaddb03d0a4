"""Service due: which share of the machines is overdue, product by product."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Share of the machines that is overdue · dot and line: 95% interval"
MOST = 15


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per product, most overdue first."""
    lines = [_line(row) for row in result.rows[:MOST]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share = real(row, "overdue_share")
    told = written.share(share) if share is not None else words(row, "note", "too few to tell")
    overdue, known = (written.count(whole(row, name)) for name in ("overdue", "n"))
    return RateLine(
        name=words(row, "product"),
        detail=f"{overdue} of {known} overdue · {told}",
        done=share,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
    )
