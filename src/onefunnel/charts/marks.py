"""Where a definition changed: a rule across every drawing that has time on an axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from onefunnel.charts.chart import Chart
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import PERIODS, name_of_period

SIGN = "◆"
LEGEND = f"{SIGN} and dashed rule: another version of the agreement came into force"


@dataclass(frozen=True)
class Mark:
    """From `at` (UTC without a zone) on, the version called `label` was in force."""

    at: datetime
    label: str


def marked(chart: Chart, marks: Sequence[Mark], scope: Scope) -> Chart:
    """The chart with the marks that lie in the time it shows; the same chart where it shows none.

    A drawing over time gets an upright rule with the label; one line per period gets the label
    behind the period's name. The words for screen readers say so too.
    """
    body: Mapping[str, Any] = chart.body
    ruled, seen = _ruled(body, marks)
    if not seen:
        ruled, seen = _named(body, by_period(marks, scope))
    if not seen:
        return chart
    told = "; ".join(f"{mark.label} came into force on {mark.at:%d %B %Y}" for mark in seen)
    return replace(
        chart,
        body=ruled,
        legend=f"{chart.legend} · {LEGEND}" if chart.legend else LEGEND,
        description=f"{chart.description} {told}.",
    )


def by_period(marks: Iterable[Mark], scope: Scope) -> dict[str, list[Mark]]:
    """The marks by the name of the period they lie in, as the measures name it.

    Without a split by period these are months, which is how readings over time are told.
    """
    found: dict[str, list[Mark]] = {}
    by = scope.by if scope.by in PERIODS else "month"
    for mark in marks:
        day = mark.at.replace(tzinfo=UTC).astimezone(ZoneInfo(scope.zone))
        name = name_of_period(day, by, fiscal_year_starts=scope.fiscal_year_starts)
        found.setdefault(name, []).append(mark)
    return found


def labelled(name: str, periods: Mapping[str, Sequence[Mark]]) -> str:
    """A period's name with the versions that came into force in it."""
    marks = [mark for period, of in periods.items() if _is_of(name, period) for mark in of]
    return f"{name} {SIGN} {', '.join(mark.label for mark in marks)}" if marks else name


def _is_of(name: str, period: str) -> bool:
    return name == period or name.startswith((f"{period} ", f"{period} ·"))


def _ruled(body: Mapping[str, Any], marks: Sequence[Mark]) -> tuple[Mapping[str, Any], list[Mark]]:
    """The drawing with a rule at each mark in its time; as it is where it has no axis of time."""
    layers = body.get("layer", [])
    over_time = next((layer for layer in layers if _time(layer)), None)
    if over_time is None:
        return body, []
    x = _time(over_time)
    times = [value[x["field"]] for value in over_time["data"]["values"]]
    seen = [mark for mark in marks if times and min(times) <= _written(mark) <= max(times)]
    if not seen:
        return body, []
    values = [{x["field"]: _written(mark), "label": f"{SIGN} {mark.label}"} for mark in seen]
    at = {"field": x["field"], "type": "temporal", "scale": x["scale"], "axis": x["axis"]}
    rules = {
        "data": {"values": values},
        "mark": {"type": "rule", "style": "change"},
        "encoding": {"x": at},
    }
    labels = {
        "data": {"values": values},
        "mark": {"type": "text", "style": "detail", "align": "left", "baseline": "bottom", "dx": 4},
        "encoding": {"x": at, "y": {"value": "height"}, "text": {"field": "label"}},
    }
    return {**body, "layer": [*layers, rules, labels]}, seen


def _named(
    body: Mapping[str, Any], periods: Mapping[str, Sequence[Mark]]
) -> tuple[Mapping[str, Any], list[Mark]]:
    """The drawing of lines with the labels behind the names of the periods, where it has any."""
    data = body.get("data", {})
    values = data.get("values", []) if isinstance(data, Mapping) else []
    names = [str(value.get("name", "")) for value in values]
    seen = [
        mark
        for period, of in periods.items()
        if any(_is_of(name, period) for name in names)
        for mark in of
    ]
    if not seen:
        return body, []
    changed = [{**value, "name": labelled(str(value.get("name", "")), periods)} for value in values]
    return {**body, "data": {**data, "values": changed}}, seen


def _time(layer: Mapping[str, Any]) -> dict[str, Any]:
    x = layer.get("encoding", {}).get("x", {})
    return x if x.get("type") == "temporal" and "values" in layer.get("data", {}) else {}


def _written(mark: Mark) -> str:
    return f"{mark.at:%Y-%m-%dT%H:%M:%S}"
