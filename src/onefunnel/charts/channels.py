"""Channels: what share of each channel's leads is won, and at what cost."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, exact, real, whole, words
from onefunnel.measures.result import Result

LEGEND = (
    "Share of the channel's leads · bar: won so far"
    " · dot and line: expected once all are closed, 95% interval"
)
MOST = 20


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per channel, in the order of the rows; the first twenty, the table has them all."""
    name = result.columns[
        0
    ]  # what a channel is called here: source, channel, or what was asked for
    lines = [_line(row, name) for row in result.rows[:MOST]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row, name: str) -> RateLine:
    leads, won = whole(row, "leads"), whole(row, "won")
    rate = real(row, "won_share")
    cost = exact(row, "cost_per_won")
    shown = written.share(rate) if rate is not None else words(row, "note", "too few to tell")
    paid = f"{written.money(cost, words(row, 'currency'))} per win" if cost is not None else ""
    return RateLine(
        name=words(row, name, "not stated"),
        detail=f"{written.count(leads)} · {shown.partition(';')[0]}",
        aside=paid,
        done=won / leads if leads and won is not None else None,
        rate=rate,
        low=real(row, "low"),
        high=real(row, "high"),
    )
