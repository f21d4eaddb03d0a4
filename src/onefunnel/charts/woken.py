"""From put aside to won: which share of the leads that woke takes each step."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Share of the leads that woke · dot and line: 95% interval"


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per step after waking."""
    lines = [_line(row) for row in result.rows[2:]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row) -> RateLine:
    share = real(row, "woken_share")
    shown = written.share(share) if share is not None else words(row, "note", "too few to tell")
    name, team = words(row, "step"), words(row, "team")
    return RateLine(
        name=name[:1].upper() + name[1:],
        detail=f"{written.count(whole(row, 'leads'))} leads · {shown}"
        + (f" · {team}" if team else ""),
        done=share,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
    )
