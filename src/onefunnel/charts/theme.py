"""The look of every chart, light and dark, in the identity colours of the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """The colours of one theme; the style sheet of the pages uses the same ones.

    Marketing and Sales are the only two identity colours and never stand without the team's name
    in words. Grey is for what nobody leads, what is not agreed and what is too little to tell.
    """

    ground: str
    ink: str
    muted: str
    line: str
    track: str
    marketing: str
    sales: str
    plain: str
    good: str
    bad: str


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        ground="#ffffff",
        ink="#1b1f24",
        muted="#57606a",
        line="#d9dcde",
        track="#f0f1f1",
        marketing="#0b6e8a",
        sales="#9a4b00",
        plain="#6a737d",
        good="#1a7f37",
        bad="#b42318",
    ),
    "dark": Palette(
        ground="#1c2126",
        ink="#e9ebed",
        muted="#a9b2bb",
        line="#3a4249",
        track="#2b3238",
        marketing="#58bcd6",
        sales="#e39a4f",
        plain="#98a2ab",
        good="#62c881",
        bad="#ff8f80",
    ),
}

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def config(theme: Theme) -> dict[str, object]:
    """The Vega-Lite config of a theme: named styles that the charts' marks refer to.

    The charts name styles only ("bar-sales", "interval", ...), so one drawing serves both themes.
    """
    of = PALETTES[theme]
    bars = {f"bar-{team}": {"fill": colour, "color": colour} for team, colour in _teams(of)}
    opens = {
        f"open-{team}": {
            "fill": colour,
            "color": colour,
            "fillOpacity": 0.22,
            "stroke": colour,
            "strokeWidth": 1,
            "strokeDash": [3, 2],
        }
        for team, colour in _teams(of)
    }
    text = {"font": FONT, "fontSize": 13, "fill": of.ink, "color": of.ink}
    return {
        "background": of.ground,
        "font": FONT,
        "padding": {"left": 4, "right": 8, "top": 4, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "labelColor": of.muted,
            "titleColor": of.muted,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": of.line,
            "gridOpacity": 0.7,
            "domain": False,
            "tickColor": of.line,
        },
        "title": {
            "anchor": "start",
            "color": of.ink,
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleColor": of.muted,
            "subtitleFontSize": 12,
            "offset": 12,
        },
        "legend": {"labelColor": of.ink, "titleColor": of.muted, "labelFontSize": 12},
        "range": {"category": [of.marketing, of.sales, of.plain]},
        "style": {
            **bars,
            **opens,
            "bar-good": {"fill": of.good, "color": of.good},
            "bar-bad": {"fill": of.bad, "color": of.bad},
            "name": {**text, "fontWeight": 600},
            "detail": {**text, "fill": of.muted, "color": of.muted},
            "good": {**text, "fill": of.good, "color": of.good},
            "bad": {**text, "fill": of.bad, "color": of.bad},
            "track": {"fill": of.track, "color": of.track},
            "interval": {"stroke": of.ink, "color": of.ink, "strokeWidth": 2},
            "estimate": {
                "color": of.ground,
                "fill": of.ground,
                "stroke": of.ink,
                "strokeWidth": 2,
                "size": 64,
                "opacity": 1,
            },
            "agreed": {"color": of.ink, "fill": of.ink, "opacity": 1},
            "before": {"stroke": of.muted, "color": of.muted, "strokeWidth": 2, "opacity": 1},
            "change": {"stroke": of.ink, "color": of.ink, "strokeWidth": 1, "strokeDash": [4, 3]},
            "series": {"stroke": of.plain, "color": of.plain, "strokeWidth": 2},
            "dot": {"fill": of.plain, "color": of.plain, "size": 50, "opacity": 1},
        },
    }


def _teams(of: Palette) -> tuple[tuple[str, str], ...]:
    return (("marketing", of.marketing), ("sales", of.sales), ("plain", of.plain))


def identity(team: str) -> str:
    """Which identity colour a team's name wears: marketing, sales, or plain for all others.

    >>> identity("Field sales"), identity("Marketing"), identity("Service")
    ('sales', 'marketing', 'plain')
    """
    name = team.casefold()
    if "market" in name or "demand" in name:
        return "marketing"
    return "sales" if "sales" in name or "sell" in name else "plain"
