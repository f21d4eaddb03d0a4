"""The ideal lead: how often leads with each trait are won, against those without it."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, words
from onefunnel.measures.result import Result

LEGEND = (
    "Bar: share won of the leads that have the trait, with its 95% interval · "
    "thick tick: of those that do not"
)


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per trait, most points first."""
    lines = [_line(row) for row in result.rows]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share, others = real(row, "won_share"), real(row, "others_won_share")
    return RateLine(
        name=words(row, "trait"),
        detail=f"won {written.share(share)}, others {written.share(others)}",
        aside=f"{words(row, 'points')} points",
        done=share,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
        agreed=others,
    )
