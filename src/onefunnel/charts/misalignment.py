"""The cost of misalignment: what was lost in all, and the part of each cause in it."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import waterfall, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.values import Row, exact, real, words
from onefunnel.charts.waterfall import Part
from onefunnel.measures.result import Result
from onefunnel.measures.steps.misaligned import ALL, LOST

LEGEND = "Top: lost in all · then the part of each cause · green: a part below zero"


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """Margin lost by cause in the currency most is lost in; wins where no margin is known."""
    lost = [row for row in result.rows if row["ledger"] == LOST and row["lost_wins"] is not None]
    ends = [row for row in lost if row["cause"] == ALL]
    main = max(ends, key=lambda row: real(row, "cost") or 0.0, default=None)
    currency = words(main, "currency") if main else ""
    own = [row for row in lost if words(row, "currency") == currency]
    own.sort(key=lambda row: row["cause"] != ALL)
    parts = [_part(row, currency) for row in own if row["n"]]
    spoken = "; ".join(f"{part.name}: {part.detail}" for part in parts)
    return framed(
        result,
        waterfall.drawing(parts, currency or "Wins"),
        legend=LEGEND,
        spoken=f"{spoken}." if spoken else "",
    )


def _part(row: Row, currency: str) -> Part:
    """A line: the total, or what one cause took from it."""
    cost, name = exact(row, "cost"), words(row, "cause")
    value = float(cost) if cost is not None else real(row, "lost_wins") or 0.0
    shown = written.money(cost, currency) if cost is not None else f"{written.number(value)} wins"
    is_whole = row["cause"] == ALL
    return Part(name[:1].upper() + name[1:], shown, value if is_whole else -value, is_whole)
