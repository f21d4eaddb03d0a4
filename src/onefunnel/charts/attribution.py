"""Attribution: what each channel is credited with by the agreed rule, and the range of all."""

from __future__ import annotations

from decimal import Decimal

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, exact, words
from onefunnel.measures.result import Result
from onefunnel.measures.steps.credit_policy import USUAL_RULE, policy_of, title

MOST = 15


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per row: a bar to what the agreed rule gives, and a line over all rules."""
    rule = policy_of(agreement).rule if agreement else USUAL_RULE
    name = result.columns[0]
    won = sum((exact(row, f"{rule}_credit") or Decimal(0) for row in result.rows), Decimal(0))
    lines = [_line(row, name, rule, won) for row in result.rows[:MOST]]
    legend = (
        f"Share of all that was won · bar and dot: credited by {title(rule)}"
        " · line: the range of all rules"
    )
    return framed(result, rates.drawing(lines), legend=legend, spoken=rates.spoken(lines))


def _line(row: Row, name: str, rule: str, won: Decimal) -> RateLine:
    at, low, high = (exact(row, f"{of}_credit") for of in (rule, "lowest", "highest"))

    def share(credit: Decimal | None) -> float | None:
        return float(credit / won) if credit is not None and won else None

    varies = low != high
    return RateLine(
        name=words(row, name, "not stated"),
        detail=f"{written.credit(at)} credited",
        aside=f"{written.credit(low)} to {written.credit(high)}" if varies else "",
        done=share(at),
        rate=share(at),
        low=share(low) if varies else None,
        high=share(high) if varies else None,
    )
