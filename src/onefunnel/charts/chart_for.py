"""Which drawing answers which measure."""

from __future__ import annotations

from collections.abc import Callable

from onefunnel.agreement.document import Agreement
from onefunnel.charts import (
    attribution,
    awareness,
    channels,
    content_effect,
    friction,
    funnel,
    handovers,
    ideal_lead,
    lost_reasons,
    misalignment,
    promises,
    quality_volume,
    repeat,
    retention,
    revenue_retention,
    sales_velocity,
    service_due,
    speed,
    value,
    win_loss,
    woken,
)
from onefunnel.charts.chart import Chart
from onefunnel.measures.result import Result

#: The drawing of each measure of the catalogue.
CHARTS: dict[str, Callable[[Result, Agreement | None], Chart]] = {
    "stages": funnel.chart,
    "velocity": speed.chart,
    "sales_velocity": sales_velocity.chart,
    "channels": channels.chart,
    "attribution": attribution.chart,
    "value": value.chart,
    "awareness": awareness.chart,
    "repeat": repeat.chart,
    "retention": retention.chart,
    "win_loss": win_loss.chart,
    "lost_reasons": lost_reasons.chart,
    "content_effect": content_effect.chart,
    "revenue_retention": revenue_retention.chart,
    "service_due": service_due.chart,
    "promises": promises.chart,
    "handovers": handovers.chart,
    "woken": woken.chart,
    "friction": friction.chart,
    "ideal_lead": ideal_lead.chart,
    "misalignment": misalignment.chart,
    "quality_volume": quality_volume.chart,
}


def chart_for(result: Result, agreement: Agreement | None = None) -> Chart:
    """The drawing of a result: the same in the app, in reports and in notebooks.

    `agreement` adds agreed rates and the teams that lead. Raises LookupError for a measure that
    has no drawing.
    """
    try:
        draw = CHARTS[result.measure]
    except KeyError:
        raise LookupError(
            f"the measure {result.measure!r} has no chart; there are charts of: "
            f"{', '.join(CHARTS)}. Use its rows instead."
        ) from None
    return draw(result, agreement)
