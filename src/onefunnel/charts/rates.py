"""Rates as bars on one scale of 0 to 100 %, each against what was agreed.

One line per rate: its name and its figures in words, and under them a bar: solid for what has
moved on, light and dashed for what is still open and may yet, a dot with a line for the expected
rate and its 95 % interval, and a thick tick for the agreed rate. Counts are words, never bars:
they span three orders of magnitude, and a bar of counts would hide the bottom of a funnel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from onefunnel.charts import lines as drawn
from onefunnel.charts.lines import Tone

LEGEND = (
    "Percentages: the share expected to go on once open leads are decided · solid: gone on so far"
    " · light: still open · dot and line: expected rate, 95% interval"
)
AGREED = " · thick tick: agreed"


@dataclass(frozen=True)
class RateLine:
    """One line of the drawing. All shares are 0..1; None draws nothing."""

    name: str
    detail: str = ""
    aside: str = ""
    tone: Tone = "detail"
    team: str = "plain"
    done: float | None = None
    open: float | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    agreed: float | None = None


def drawing(lines: Sequence[RateLine]) -> dict[str, object]:
    """The Vega-Lite body of these lines, top to bottom in their order."""
    top = _upper_end(lines)
    x = drawn.scale(top, numbers=".0%" if top > 0.05 else ".1%")
    layers = [drawn.track(top)]
    for team in ("marketing", "sales", "plain"):
        of_team = f"datum.team == '{team}'"
        layers.append(
            drawn.bar(f"open-{team}", "done_to", "open_to", f"{of_team} && datum.open > 0")
        )
        layers.append(drawn.bar(f"bar-{team}", "zero", "done_to", f"{of_team} && datum.done > 0"))
    layers += [
        drawn.interval("low", "high", x),
        drawn.dot("rate", x),
        drawn.tick("agreed", x),
    ]
    return drawn.body([_row(number, line) for number, line in enumerate(lines)], layers)


def legend(lines: Sequence[RateLine]) -> str:
    """What the marks of these lines mean, leaving out the marks that none of them has."""
    return LEGEND + (AGREED if any(line.agreed is not None for line in lines) else "")


def spoken(lines: Sequence[RateLine]) -> str:
    """The lines' names and figures for a screen reader."""
    said = "; ".join(
        f"{line.name}: {line.detail}{', ' + line.aside if line.aside else ''}"
        for line in lines
        if line.detail
    )
    return f"{said}." if said else ""


def _row(number: int, line: RateLine) -> dict[str, object]:
    done = line.done or 0.0
    open_to = min(1.0, done + (line.open or 0.0))
    row = {**asdict(line), "key": number, "zero": 0, "done_to": done, "open_to": open_to}
    # The interval of a rate nobody can tell would run through the whole line, as if it said much.
    return row if line.rate is not None else {**row, "low": None, "high": None}


def _upper_end(lines: Sequence[RateLine]) -> float:
    """Where the scale ends: 100 %, or less when every rate is small, so that they can be read.

    The wide interval of a rate nobody can tell does not press the others together.
    """
    told = [line for line in lines if line.rate is not None] or lines
    ends = [
        value
        for line in told
        for value in ((line.done or 0) + (line.open or 0), line.high, line.agreed, line.rate)
        if value is not None
    ]
    widest = max(ends, default=1.0)
    return next((end for end in (0.05, 0.1, 0.25, 0.5) if widest <= end * 0.98), 1.0)
