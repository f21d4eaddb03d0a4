"""Amounts of money as bars on one scale: money adds up, so its length may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from onefunnel.charts import lines as drawn
from onefunnel.charts.lines import Tone


@dataclass(frozen=True)
class AmountLine:
    """One line of the drawing; `light` is drawn after the solid amount (what is still open)."""

    name: str
    detail: str = ""
    aside: str = ""
    tone: Tone = "detail"
    team: str = "plain"
    solid: Decimal | None = None
    light: Decimal | None = None


def drawing(lines: Sequence[AmountLine], currency: str) -> dict[str, object]:
    """The Vega-Lite body of these lines, top to bottom in their order."""
    rows = [_row(number, line) for number, line in enumerate(lines)]
    top = _round_up(max((float(str(row["light_to"])) for row in rows), default=1.0))
    x = drawn.scale(top, numbers="~s", title=currency or None)
    layers = [drawn.track(top)]
    for team in ("marketing", "sales", "plain"):
        of_team = f"datum.team == '{team}'"
        light = f"{of_team} && datum.light_to > datum.solid_to"
        layers.append(drawn.bar(f"open-{team}", "solid_to", "light_to", light))
        layers.append(
            drawn.bar(f"bar-{team}", "zero", "solid_to", f"{of_team} && datum.solid_to > 0")
        )
    layers[1]["encoding"] = {"x": {"field": "solid_to", **x}, "x2": {"field": "light_to"}}
    return drawn.body(rows, layers)


def _row(number: int, line: AmountLine) -> dict[str, object]:
    solid = max(0.0, float(line.solid or 0))
    light = max(0.0, float(line.light or 0))
    row = {key: value for key, value in asdict(line).items() if key not in ("solid", "light")}
    return {**row, "key": number, "zero": 0, "solid_to": solid, "light_to": solid + light}


def _round_up(value: float) -> float:
    """A round end of the scale just beyond the value: 1, 2 or 5 times a power of ten."""
    end = 1.0
    while end < value:
        for factor in (2, 2.5, 2):
            end *= factor
            if end >= value:
                break
    return end
