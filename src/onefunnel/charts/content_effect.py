"""Content: which share of the leads that saw it early is won, beside the others."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Won of those that saw it early · line: 95% interval · thick tick: won of the others"
MOST = 15


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per row of the result."""
    lines = [_line(row) for row in result.rows[:MOST]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share = real(row, "won_share")
    told = written.share(share) if share is not None else words(row, "note", "too few to tell")
    return RateLine(
        name=words(row, "content"),
        detail=f"{written.count(whole(row, 'n'))} leads · {told}",
        done=share,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
        agreed=real(row, "others_won_share"),
    )
