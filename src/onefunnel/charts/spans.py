"""Spans of time, one line per stage: the middle of them as a bar, the median as a dot.

A light tick shows the median of the period before, so that a change can be seen; averages are
not drawn, as a few very old leads would move them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from onefunnel.charts import lines as drawn
from onefunnel.charts.lines import Tone


@dataclass(frozen=True)
class SpanLine:
    """One line of the drawing, in days; None draws nothing."""

    name: str
    detail: str = ""
    aside: str = ""
    tone: Tone = "detail"
    team: str = "plain"
    low: float | None = None
    median: float | None = None
    high: float | None = None
    before: float | None = None
    promised: float | None = None


def drawing(lines: Sequence[SpanLine]) -> dict[str, object]:
    """The Vega-Lite body of these lines, top to bottom in their order."""
    top = _round_up(_upper_end(lines))
    x = drawn.scale(top, numbers=",.2~f", title="days")
    layers = [drawn.track(top)]
    layers += [
        drawn.bar(
            f"bar-{team}",
            "low",
            "high",
            f"datum.team == '{team}' && isValid(datum.low) && isValid(datum.high)",
        )
        for team in ("marketing", "sales", "plain")
    ]
    layers += [
        drawn.tick("promised", x),
        drawn.tick("before", x, style="before"),
        drawn.dot("median", x),
    ]
    return drawn.body(
        [{**asdict(line), "key": number} for number, line in enumerate(lines)], layers
    )


def _upper_end(lines: Sequence[SpanLine]) -> float:
    """Where the scale ends: at the longest bar, but at most at four times the longest median.

    One stage with a very long tail would press all others together; its bar is cut at the end of
    the scale, and its words say how far it goes.
    """
    medians = [v for line in lines for v in (line.median, line.before, line.promised) if v]
    ends = [line.high for line in lines if line.high is not None]
    longest = max([*ends, *medians], default=1.0)
    return min(longest, 4 * max(medians)) if medians else longest


def _round_up(value: float) -> float:
    """A round end of the scale just beyond the value."""
    for step in (0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 90, 120, 180, 270, 365, 545, 730, 1095):
        if value <= step:
            return float(step)
    return float(-(-value // 365) * 365)
