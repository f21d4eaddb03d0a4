"""Volume beside quality: month by month what a lead is worth in wins to expect."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Bar: wins to expect of a lead · words: leads of the month and the wins to expect of them"


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per month."""
    lines = [_line(row) for row in result.rows]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share, wins = real(row, "expected_share"), real(row, "expected_wins")
    leads = f"{written.count(whole(row, 'n'))} leads"
    told = f"{written.number(wins)} wins to expect" if wins is not None else words(row, "note")
    return RateLine(name=words(row, "month"), detail=f"{leads} · {told}", done=share, rate=share)
