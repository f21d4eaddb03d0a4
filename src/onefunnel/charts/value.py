"""Value: what won, open and lost deals are worth."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from onefunnel.agreement.document import Agreement
from onefunnel.charts import amounts, written
from onefunnel.charts.amounts import AmountLine
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.values import Row, exact, whole, words
from onefunnel.measures.result import Result

MOST = 20


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """Won, open and lost amounts; with a group column one line per group, won and then open.

    Amounts in different currencies have no common scale: the currency with most deals is drawn,
    the legend names the others, and the table has them all.
    """
    currency = _most_used(result.rows)
    rows = [row for row in result.rows if words(row, "currency") == currency]
    others = sorted({words(row, "currency") for row in result.rows} - {currency})
    by = result.scope.by
    lines = [_group(row, by, currency) for row in rows[:MOST]] if by else _whole(rows, currency)
    legend = "Solid: won · light: open" if by else "Solid: closed · light: open"
    if others:
        named = ", ".join(other or "no currency" for other in others)
        legend += f" · amounts in {named} are in the table"
    spoken = "; ".join(f"{line.name}: {line.detail}" for line in lines)
    return framed(
        result,
        amounts.drawing(lines, currency),
        legend=legend,
        spoken=f"{spoken}." if spoken else "",
    )


def _most_used(rows: Sequence[Row]) -> str:
    """The currency of most deals; that of the earlier row where two have as many."""
    deals: dict[str, int] = {}
    for row in rows:
        of_row = sum(whole(row, outcome) or 0 for outcome in ("won", "lost", "open"))
        place = words(row, "currency")
        deals[place] = deals.get(place, 0) + of_row
    return max(deals, key=lambda currency: deals[currency], default="")


def _whole(rows: list[Row], currency: str) -> list[AmountLine]:
    lines = []
    for name, outcome in (("Won", "won"), ("Open", "open"), ("Lost", "lost")):
        known = [exact(row, f"{outcome}_amount") for row in rows]
        amounts_known = [amount for amount in known if amount is not None]
        amount = sum(amounts_known, Decimal(0)) if amounts_known or not rows else None
        deals = sum(whole(row, outcome) or 0 for row in rows)
        lines.append(
            AmountLine(
                name=name,
                detail=f"{_worth(amount, currency)} · {written.count(deals)} "
                + ("deal" if deals == 1 else "deals"),
                solid=None if outcome == "open" else amount,
                light=amount if outcome == "open" else None,
            )
        )
    return lines


def _group(row: Row, by: str, currency: str) -> AmountLine:
    won, still = exact(row, "won_amount"), exact(row, "open_amount")
    return AmountLine(
        name=words(row, by, "not stated"),
        detail=f"{_worth(won, currency)} won",
        aside=f"{_worth(still, currency)} open",
        solid=won,
        light=still,
    )


def _worth(amount: Decimal | None, currency: str) -> str:
    return "no amount known" if amount is None else written.money(amount, currency)
