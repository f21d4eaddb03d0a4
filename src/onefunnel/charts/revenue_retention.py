"""Revenue retention: from what customers bought before to what they bought after, part by part."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import waterfall, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.values import Row, exact, words
from onefunnel.charts.waterfall import Part
from onefunnel.measures.result import Result

_PARTS = (
    ("Before", "before", 1, True),
    ("Lost: bought nothing", "lost_amount", -1, False),
    ("Bought less", "less_amount", -1, False),
    ("Bought more", "more_amount", 1, False),
    ("After", "after", 1, True),
)


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """The first row: the amounts of the currency with most accounts; the table has them all."""
    parts = _parts(result.rows[0]) if result.rows else []
    currency = words(result.rows[0], "currency") if result.rows else ""
    spoken = "; ".join(f"{part.name}: {part.detail}" for part in parts)
    return framed(result, waterfall.drawing(parts, currency), spoken=f"{spoken}." if spoken else "")


def _parts(row: Row) -> list[Part]:
    found = []
    for name, column, sign, is_whole in _PARTS:
        amount = exact(row, column)
        if amount is not None:
            shown = written.money(amount, words(row, "currency"))
            found.append(Part(name, shown, sign * float(amount), is_whole))
    return found
