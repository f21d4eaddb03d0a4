"""Handovers: how those of each week were answered, as bars of 100 %, a strip per pair of teams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.theme import identity
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.handovers import DECIDED, WEEK
from onefunnel.measures.result import Result

LEGEND = (
    "Each bar is a week's decided handovers, from below: in time (green), late (grey), sent back "
    "(pale, dashed), no answer (red)"
)
OTHER_LEGEND = "Bar: accepted in time of all decided · dot and line: the same, 95% interval"
STYLES = {"in_time": "bar-good", "late": "bar-plain", "sent_back": "open-plain",
          "no_answer": "bar-bad"}  # fmt: skip
#: So many weeks, the latest, and so many pairs of teams, those with most handovers, are drawn.
MOST_WEEKS, MOST_PAIRS, MOST_GROUPS = 52, 3, 20
STRIP, ROOM = 110, 34


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """By week a strip of stacked bars per pair of teams, by anything else a line per row."""
    if (result.scope.by or WEEK) != WEEK:
        lines = [_line(row, str(result.columns[0])) for row in result.rows[:MOST_GROUPS]]
        return framed(result, rates.drawing(lines), legend=OTHER_LEGEND, spoken=rates.spoken(lines))
    pairs: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in result.rows:
        if whole(row, "n") and _begins(words(row, WEEK)):
            pairs[words(row, "from_team"), words(row, "to_team")].append(row)
    most = sorted(pairs, key=lambda pair: -sum(whole(row, "n") or 0 for row in pairs[pair]))
    drawn = {pair: pairs[pair] for pair in most[:MOST_PAIRS]}
    spoken = "; ".join(f"{_name(pair)}: {_latest(rows)}" for pair, rows in drawn.items())
    return framed(result, _body(drawn), legend=LEGEND, spoken=f"{spoken}." if spoken else "")


def _body(pairs: dict[tuple[str, str], list[Row]]) -> dict[str, object]:
    height = max(1, len(pairs)) * (STRIP + ROOM)
    weeks = sorted({words(row, WEEK) for rows in pairs.values() for row in rows})[-MOST_WEEKS:]
    parts: list[dict[str, object]] = []
    names: list[dict[str, object]] = []
    for place, (pair, rows) in enumerate(pairs.items()):
        ground = height - place * (STRIP + ROOM) - ROOM - STRIP
        names.append({"name": _name(pair), "detail": _latest(rows), "y": ground + STRIP + 18})
        for row in rows:
            if words(row, WEEK) in weeks:
                parts += _stack(row, ground)
    x = {
        "field": "from",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "tickCount": 6, "format": "%b %Y", "labelOverlap": True},
    }
    y = {
        "field": "low",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, height], "nice": False},
    }
    bars = [
        {
            "data": {"values": [part for part in parts if part["answer"] == answer]},
            "mark": {"type": "rect", "style": style},
            "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"field": "high"}},
        }
        for answer, style in STYLES.items()
    ]
    return {"height": height, "layer": [*bars, _words(names, "name"), _words(names, "detail")]}


def _stack(row: Row, ground: int) -> list[dict[str, object]]:
    """The parts of one week's bar, from below, gaps of a day on either side."""
    begins = _begins(words(row, WEEK))
    n, below, found = whole(row, "n") or 0, 0, []
    assert begins is not None
    for answer in DECIDED:
        count = whole(row, answer) or 0
        found.append(
            {
                "answer": answer,
                "from": f"{begins + timedelta(hours=12):%Y-%m-%dT%H:%M:%S}",
                "to": f"{begins + timedelta(days=6, hours=12):%Y-%m-%dT%H:%M:%S}",
                "low": round(ground + STRIP * below / n, 2),
                "high": round(ground + STRIP * (below + count) / n, 2),
            }
        )
        below += count
    return [part for part in found if part["low"] != part["high"]]


def _words(values: Sequence[dict[str, object]], column: str) -> dict[str, object]:
    is_name = column == "name"
    return {
        "data": {"values": list(values)},
        "mark": {
            "type": "text", "style": column, "align": "left" if is_name else "right",
            "baseline": "middle", "fontSize": {"expr": "width < 440 ? 11 : 13"},
            "limit": {"expr": "width * 0.49"},
        },
        "encoding": {
            "x": {"value": 0} if is_name else {"value": "width"},
            "y": {"field": "y", "type": "quantitative"},
            "text": {"field": column, "type": "nominal"},
        },
    }  # fmt: skip


def _latest(rows: Sequence[Row]) -> str:
    row = max(rows, key=lambda one: words(one, WEEK))
    share = real(row, "in_time_share")
    shown = written.share(share) if share is not None else words(row, "note")
    return f"{shown} in time in {words(row, WEEK)}"


def _name(pair: tuple[str, str]) -> str:
    return f"{pair[0]} to {pair[1]}"


def _line(row: Row, by: str) -> RateLine:
    share, n, giver = real(row, "in_time_share"), whole(row, "n"), words(row, "from_team")
    shown = written.share(share) if share is not None else words(row, "note", "too few to tell")
    pair = _name((giver, words(row, "to_team")))
    return RateLine(
        name=f"{words(row, by, 'not stated')} · {pair}",
        detail=f"{written.count(n)} · {shown}",
        team=identity(giver),
        done=(whole(row, "in_time") or 0) / n if n else None,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
    )


def _begins(week: str) -> datetime | None:
    """The Monday of a week written 2026-W07; None for what is no week."""
    year, _, number = week.partition("-W")
    try:
        return datetime.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return None
