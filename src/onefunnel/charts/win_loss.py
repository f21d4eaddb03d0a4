"""Against whom: which share of the closed deals is won."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Won of the closed deals it was in · dot and line: 95% interval"
MOST = 15


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per row of the result."""
    lines = [_line(row) for row in result.rows[:MOST]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share = real(row, "win_rate")
    told = written.share(share) if share is not None else words(row, "note", "too few to tell")
    return RateLine(
        name=words(row, next(iter(row))),
        detail=f"{written.count(whole(row, 'won'))} of {written.count(whole(row, 'n'))} · {told}",
        done=share,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
    )
