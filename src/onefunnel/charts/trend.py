"""Series over time, each on its own small strip: never two scales on one drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

STRIP = 84
_ROOM = 34  # for the words above a strip


@dataclass(frozen=True)
class Series:
    """One series: its name, its latest figure in words, and its points in order of time."""

    name: str
    detail: str
    points: tuple[tuple[datetime, float], ...]


def drawing(series: Sequence[Series]) -> dict[str, object]:
    """The Vega-Lite body: one strip per series, top to bottom, all over the same time.

    Each strip starts at zero and ends at its own highest point, so heights can be compared
    within a strip and not between strips.
    """
    height = len(series) * (STRIP + _ROOM)
    points, words = [], []
    for place, line in enumerate(series):
        ground = height - place * (STRIP + _ROOM) - _ROOM - STRIP
        highest = max((value for _, value in line.points), default=0) or 1
        words.append({"name": line.name, "detail": line.detail, "y": ground + STRIP + 18})
        points += [
            {
                "at": f"{at:%Y-%m-%dT%H:%M:%S}",
                "y": round(ground + value / highest * STRIP, 2),
                "ground": ground,
                "series": place,
            }
            for at, value in line.points
        ]
    x = {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "tickCount": 6, "format": "%b %Y", "labelOverlap": True},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, height], "nice": False},
    }
    return {
        "height": height,
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "area", "style": "track"},
                "encoding": {"x": x, "y": y, "y2": {"field": "ground"}, "detail": _SERIES},
            },
            {
                "data": {"values": points},
                "mark": {"type": "line", "style": "series"},
                "encoding": {"x": x, "y": y, "detail": _SERIES},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "style": "dot", "filled": True},
                "encoding": {"x": x, "y": y, "detail": _SERIES},
            },
            _words(words, "name", left=True),
            _words(words, "detail", left=False),
        ],
    }


_SERIES = {"field": "series", "type": "nominal"}


def _words(values: Sequence[dict[str, object]], column: str, *, left: bool) -> dict[str, object]:
    return {
        "data": {"values": list(values)},
        "mark": {
            "type": "text",
            "style": column,
            "align": "left" if left else "right",
            "baseline": "middle",
            "fontSize": {"expr": "width < 440 ? 11 : 13"},
            "limit": {"expr": "width * 0.49"},
        },
        "encoding": {
            "x": {"value": 0} if left else {"value": "width"},
            "y": {"field": "y", "type": "quantitative"},
            "text": {"field": column, "type": "nominal"},
        },
    }
