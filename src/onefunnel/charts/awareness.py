"""Awareness: how well known we are, each reading on its own strip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onefunnel.agreement.document import Agreement
from onefunnel.charts import trend, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.trend import Series
from onefunnel.charts.values import Row, real, words
from onefunnel.measures.awareness import SO_FAR
from onefunnel.measures.result import Result

LEGEND = "Each strip starts at zero; heights compare within a strip, not between strips"
MOST = 8


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One strip per kind of reading (and group): its value in each period."""
    by = result.scope.by
    names = ("kind", by) if by and by in result.columns else ("kind",)
    series: dict[str, list[Row]] = {}
    for row in result.rows:
        series.setdefault(" · ".join(words(row, n, "not stated") for n in names), []).append(row)
    drawn = [_series(name, rows) for name, rows in list(series.items())[:MOST]]
    spoken = "; ".join(f"{one.name}: {one.detail}" for one in drawn)
    return framed(
        result, trend.drawing(drawn), legend=LEGEND, spoken=f"{spoken}." if spoken else ""
    )


def _series(name: str, rows: Sequence[Row]) -> Series:
    points = tuple(
        (at, value)
        for row in rows
        if (value := real(row, "value")) is not None
        and (at := _begins(words(row, "period"))) is not None
    )
    if not points:
        return Series(name=_head(name), detail="no reading", points=())
    at, latest = points[-1]
    is_share = words(rows[-1], "unit") == "share"
    shown = written.share(latest) if is_share else written.number(latest)
    period = words(rows[-1], "period")
    when = f"{at:%B %Y}" if len(period) == len("2026-03") and "Q" not in period else period
    so_far = " so far" if words(rows[-1], "note") == SO_FAR else ""
    return Series(name=_head(name), detail=f"{shown} in {when}{so_far}", points=points)


def _begins(period: str) -> datetime | None:
    """The first moment of a period written 2026, 2026-Q1, 2026-03 or 2026-W07; None without one."""
    year, _, part = period.partition("-")
    try:
        if part.startswith("W"):
            return datetime.fromisocalendar(int(year), int(part[1:]), 1)
        month = 3 * int(part[1:]) - 2 if part.startswith("Q") else int(part or 1)
        return datetime(int(year), month, 1)  # noqa: DTZ001, facts hold UTC without a zone
    except ValueError:
        return None


def _head(name: str) -> str:
    return name[:1].upper() + name[1:]
