"""What changed a figure: from its value before, part by part, to its value now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onefunnel.charts import lines as drawn
from onefunnel.charts.lines import Tone


@dataclass(frozen=True)
class Part:
    """One line: a whole value standing on zero, or a change from where the line above ended."""

    name: str
    detail: str
    value: float
    is_whole: bool = False


def drawing(parts: Sequence[Part], title: str = "") -> dict[str, object]:
    """The Vega-Lite body of these parts, top to bottom."""
    rows, at = [], 0.0
    for number, part in enumerate(parts):
        start, end = (0.0, part.value) if part.is_whole else (at, at + part.value)
        at = end
        tone: Tone = "detail" if part.is_whole else "good" if part.value >= 0 else "bad"
        rows.append(
            {
                "key": number,
                "name": part.name,
                "detail": part.detail,
                "aside": "",
                "tone": tone,
                "start": max(0.0, min(start, end)),
                "stop": max(0.0, start, end),
            }
        )
    top = max((float(str(row["stop"])) for row in rows), default=1.0) * 1.02 or 1.0
    x = drawn.scale(top, numbers="~s", title=title or None)
    layers = [drawn.track(top)]
    for tone in ("detail", "good", "bad"):
        style = "bar-plain" if tone == "detail" else f"bar-{tone}"
        layers.append(drawn.bar(style, "start", "stop", f"datum.tone == '{tone}'"))
    layers[1]["encoding"] = {"x": {"field": "start", **x}, "x2": {"field": "stop"}}
    return drawn.body(rows, layers)
