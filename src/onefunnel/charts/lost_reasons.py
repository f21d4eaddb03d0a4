"""Why deals are lost: what each reason cost, the largest first."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import amounts, written
from onefunnel.charts.amounts import AmountLine
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.values import Row, exact, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Amounts of the deals lost for each reason, where they are known"
MOST = 12


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per reason of the currency most deals were lost in; the table has the others."""
    currency = words(result.rows[0], "currency") if result.rows else ""
    rows = [row for row in result.rows if words(row, "currency") == currency][:MOST]
    lines = [_line(row, currency) for row in rows]
    spoken = "; ".join(f"{line.name}: {line.detail}" for line in lines)
    return framed(
        result,
        amounts.drawing(lines, currency),
        legend=LEGEND,
        spoken=f"{spoken}." if spoken else "",
    )


def _line(row: Row, currency: str) -> AmountLine:
    amount, share = exact(row, "lost_amount"), real(row, "lost_share")
    worth = "no amount known" if amount is None else written.money(amount, currency)
    lost = f"{written.count(whole(row, 'lost'))} deals"
    return AmountLine(
        name=words(row, "reason"),
        detail=f"{worth} · {lost}",
        aside=written.share(share) if share is not None else "",
        solid=amount,
        light=None,
    )
