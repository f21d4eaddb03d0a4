"""What all drawings made of lines share: a name at the left, figures at the right, a bar below.

The words stand above the bar, so that a chart is as good on a telephone as on a wall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

Tone = Literal["detail", "good", "bad"]
Layer = dict[str, object]

LINE_HEIGHT = 52
#: Where words and bars stand within a line, in pixels from its middle.
WORDS, BAR = -13, 9


def body(values: Sequence[Mapping[str, object]], layers: Sequence[Layer]) -> dict[str, object]:
    """The Vega-Lite body of lines; each value has key, name, detail and tone.

    `aside` is said after the detail where there is room for it (not on a telephone).
    """
    words = [_words("name", "name", left=True)]
    words += [
        _words("detail", tone, left=False, only=f"datum.tone == '{tone}'")
        for tone in ("detail", "good", "bad")
    ]
    return {
        "data": {"values": [dict(value) for value in values]},
        "height": LINE_HEIGHT * max(1, len(values)),
        "encoding": {
            "y": {
                "field": "key",
                "type": "ordinal",
                "axis": None,
                "scale": {"paddingInner": 0, "paddingOuter": 0},
            }
        },
        "layer": [*layers, *words],
    }


def scale(top: float, *, numbers: str, title: str | None = None) -> dict[str, object]:
    """The shared horizontal scale from 0 to `top`; `numbers` is a d3 number format."""
    return {
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": False, "clamp": True},
        "axis": {"format": numbers, "title": title, "tickCount": 5, "labelOverlap": True},
    }


def track(top: float) -> Layer:
    """The pale bed of a bar, as long as the scale."""
    return {
        "mark": {"type": "bar", "style": "track", "height": 14, "yOffset": BAR},
        "encoding": {"x": {"datum": 0, "type": "quantitative"}, "x2": {"datum": top}},
    }


def bar(style: str, start: str, stop: str, only: str, *, height: int = 14) -> Layer:
    """A bar between two columns of the value."""
    return {
        "transform": [{"filter": only}],
        "mark": {"type": "bar", "style": style, "height": height, "yOffset": BAR},
        "encoding": {"x": {"field": start, "type": "quantitative"}, "x2": {"field": stop}},
    }


def interval(low: str, high: str, x: Mapping[str, object]) -> Layer:
    """A thin line from low to high."""
    return {
        "transform": [{"filter": f"isValid(datum.{low}) && isValid(datum.{high})"}],
        "mark": {"type": "rule", "style": "interval", "yOffset": BAR},
        "encoding": {"x": {"field": low, **x}, "x2": {"field": high}},
    }


def dot(column: str, x: Mapping[str, object], *, style: str = "estimate") -> Layer:
    """A dot at the value."""
    return {
        "transform": [{"filter": f"isValid(datum.{column})"}],
        "mark": {"type": "point", "style": style, "filled": True, "yOffset": BAR},
        "encoding": {"x": {"field": column, **x}},
    }


def tick(column: str, x: Mapping[str, object], *, style: str = "agreed") -> Layer:
    """A thick upright mark at the value."""
    return {
        "transform": [{"filter": f"isValid(datum.{column})"}],
        "mark": {"type": "tick", "style": style, "thickness": 3, "size": 26, "yOffset": BAR},
        "encoding": {"x": {"field": column, **x}},
    }


def _words(column: str, style: str, *, left: bool, only: str = "true") -> Layer:
    """A name at the left or figures at the right, cut where the two would meet."""
    wide = 0.4 if left else 0.59
    aside = "" if left else " + (datum.aside && width >= 440 ? ' · ' + datum.aside : '')"
    return {
        "transform": [{"filter": only}],
        "mark": {
            "type": "text",
            "style": style,
            "align": "left" if left else "right",
            "baseline": "middle",
            "yOffset": WORDS,
            "fontSize": {"expr": "width < 440 ? 11.5 : 13"},
            "limit": {"expr": f"width * (width < 440 ? {0.5 if left else 0.49} : {wide})"},
            "text": {"expr": f"datum.{column}{aside}"},
        },
        "encoding": {"x": {"value": 0} if left else {"value": "width"}},
    }
