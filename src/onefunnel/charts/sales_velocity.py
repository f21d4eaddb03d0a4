"""Sales velocity: the value won per day, and what changed it."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import waterfall, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.values import real, words
from onefunnel.charts.waterfall import Part
from onefunnel.measures.result import Result

LEGEND = "Top: before · then what each factor added or took · bottom: this period"
FACTORS = {
    "deals": "Number of deals",
    "win_share": "Share won",
    "average_deal": "Average deal",
    "cycle_days": "Length of the cycle",
}


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """From the period before, factor by factor, to this period; the effects sum to the change."""
    rows = {words(row, "period"): row for row in result.rows}
    now, before = rows.get("this period"), rows.get("before")
    values = [real(row, "velocity_per_day") if row else None for row in (before, now)]
    currency = words(result.rows[0], "currency") if result.rows else ""
    effects = result.totals.get("effects")
    parts = []
    if values[0] is not None:
        parts.append(_whole("Before", values[0], currency))
    if isinstance(effects, dict) and None not in values:
        parts += [
            Part(name, _signed(float(effects[key])), float(effects[key]))
            for key, name in FACTORS.items()
            if effects.get(key) is not None
        ]
    if values[1] is not None:
        parts.append(_whole("This period", values[1], currency))
    spoken = "; ".join(f"{part.name}: {part.detail}" for part in parts)
    return framed(
        result,
        waterfall.drawing(parts, f"{currency} a day".strip()),
        legend=LEGEND,
        spoken=f"{spoken}." if spoken else "",
    )


def _whole(name: str, value: float, currency: str) -> Part:
    return Part(name, f"{currency} {value:,.0f} a day".strip(), value, is_whole=True)


def _signed(value: float) -> str:
    arrow = "▲" if value >= 0 else "▼"
    return f"{arrow} {written.number(abs(round(value)))}"
