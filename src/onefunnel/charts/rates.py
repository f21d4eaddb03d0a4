"""Rates as bars on one scale of 0 to 100 %, each against what was agreed.

One line per rate: its name and its figures in words, and under them a bar: solid for what has
moved on, light and dashed for what is still open and may yet, a dot with a line for the expected
rate and its 95 % interval, and a thick tick for the agreed rate. Counts are words, never bars:
they span three orders of magnitude, and a bar of counts would hide the bottom of a funnel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Tone = Literal["detail", "good", "bad"]

LEGEND = (
    "Solid: moved on · light: still open · dot and line: expected rate, 95% interval"
    " · thick tick: agreed"
)


@dataclass(frozen=True)
class RateLine:
    """One line of the drawing. All shares are 0..1; None draws nothing."""

    name: str
    detail: str = ""
    tone: Tone = "detail"
    team: str = "plain"
    done: float | None = None
    open: float | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    agreed: float | None = None
    is_heading: bool = False


LINE_HEIGHT = 52


def drawing(lines: Sequence[RateLine]) -> dict[str, object]:
    """The Vega-Lite body of these lines, top to bottom in their order."""
    values = [_row(number, line) for number, line in enumerate(lines)]
    barred = [line for line in lines if not line.is_heading]
    top = _upper_end(barred)
    layers: list[dict[str, object]] = [
        _bar("track", "0", None, "datum.is_heading == false", height=14, end=top)
    ]
    for team in ("marketing", "sales", "plain"):
        only = f"datum.team == '{team}'"
        layers.append(_bar(f"open-{team}", "done_to", "open_to", f"{only} && datum.open > 0"))
        layers.append(_bar(f"bar-{team}", "zero", "done_to", f"{only} && datum.done > 0"))
    layers += [
        {
            "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
            "mark": {"type": "rule", "style": "interval", "yOffset": _BAR},
            "encoding": {"x": _x("low", top), "x2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "isValid(datum.rate)"}],
            "mark": {"type": "point", "style": "estimate", "filled": True, "yOffset": _BAR},
            "encoding": {"x": _x("rate", top)},
        },
        {
            "transform": [{"filter": "isValid(datum.agreed)"}],
            "mark": {
                "type": "tick",
                "style": "agreed",
                "thickness": 3,
                "size": 26,
                "yOffset": _BAR,
            },
            "encoding": {"x": _x("agreed", top)},
        },
        _words("name", "name", left=True),
    ]
    layers += [
        _words("detail", tone, left=False, only=f"datum.tone == '{tone}'")
        for tone in ("detail", "good", "bad")
    ]
    return {
        "data": {"values": values},
        "height": {"step": LINE_HEIGHT},
        "encoding": {
            "y": {
                "field": "key",
                "type": "ordinal",
                "axis": None,
                "scale": {"paddingInner": 0, "paddingOuter": 0},
            }
        },
        "layer": layers,
    }


_TEXT = -13
_BAR = 9


def _row(number: int, line: RateLine) -> dict[str, object]:
    done = line.done or 0.0
    open_to = min(1.0, done + (line.open or 0.0))
    return {**asdict(line), "key": number, "zero": 0, "done_to": done, "open_to": open_to}


def _upper_end(lines: Sequence[RateLine]) -> float:
    """Where the scale ends: 100 %, or less when every rate is small, so that they can be read."""
    ends = [
        value
        for line in lines
        for value in ((line.done or 0) + (line.open or 0), line.high, line.agreed, line.rate)
        if value is not None
    ]
    widest = max(ends, default=1.0)
    return next((end for end in (0.05, 0.1, 0.25, 0.5) if widest <= end * 0.98), 1.0)


def _x(name: str, top: float) -> dict[str, object]:
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": False, "clamp": True},
        "axis": {
            "format": ".0%" if top > 0.05 else ".1%",
            "title": None,
            "tickCount": 5,
            "grid": True,
            "zindex": 0,
            "orient": "bottom",
        },
    }


def _bar(
    style: str,
    start: str,
    stop: str | None,
    only: str,
    *,
    height: int = 14,
    end: float = 1.0,
) -> dict[str, object]:
    mark = {"type": "bar", "style": style, "height": height, "yOffset": _BAR}
    if stop is None:
        x: dict[str, object] = {"datum": 0, "type": "quantitative"}
        x2: dict[str, object] = {"datum": end}
    else:
        x = {"field": start, "type": "quantitative"}
        x2 = {"field": stop}
    return {"transform": [{"filter": only}], "mark": mark, "encoding": {"x": x, "x2": x2}}


def _words(column: str, style: str, *, left: bool, only: str = "true") -> dict[str, object]:
    """A name at the left or figures at the right, cut where the two would meet."""
    return {
        "transform": [{"filter": only}],
        "mark": {
            "type": "text",
            "style": style,
            "align": "left" if left else "right",
            "baseline": "middle",
            "yOffset": _TEXT,
            "fontSize": {"expr": "width < 440 ? 11 : 13"},
            "limit": {"expr": "width * 0.38" if left else "width * 0.61"},
        },
        "encoding": {
            "x": {"value": 0} if left else {"value": "width"},
            "text": {"field": column, "type": "nominal"},
        },
    }
