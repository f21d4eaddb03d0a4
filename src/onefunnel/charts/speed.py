"""Speed: how long leads stay in each stage, this period against the one before."""

from __future__ import annotations

from collections.abc import Sequence

from onefunnel.agreement.document import Agreement
from onefunnel.charts import spans, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.funnel import team_of
from onefunnel.charts.spans import SpanLine
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.result import Result

LEGEND = "Dot: half have left by then · bar: four of five have left by its end"
BEFORE = " · grey tick: half had left in the period before"
MOST_GROUPS = 20


def chart(
    result: Result, agreement: Agreement | None = None, before: Result | None = None
) -> Chart:
    """One line per stage: median and P80 of the stay, and how many open ones are older than P80.

    With a group column: one line per group of the stage where leads stay longest. `before` is the
    same measure of the period before; its medians are drawn as ticks.
    """
    rows, name = _shown(result)
    medians = {_key(row, name): real(row, "median_days") for row in (before.rows if before else ())}
    lines = [_line(row, name, agreement, medians.get(_key(row, name))) for row in rows]
    spoken = "; ".join(
        f"{line.name}: {line.detail}{', ' + line.aside if line.aside else ''}" for line in lines
    )
    return framed(
        result,
        spans.drawing(lines),
        legend=LEGEND + (BEFORE if any(line.before is not None for line in lines) else ""),
        spoken=f"{spoken}." if spoken else "",
    )


def _shown(result: Result) -> tuple[Sequence[Row], str]:
    """The rows to draw, and the column that names them."""
    if not result.scope.by:
        return result.rows, "stage"
    known = [row for row in result.rows if row.get("median_days") is not None]
    if not known:
        return (), result.scope.by
    slowest = max(known, key=lambda row: real(row, "median_days") or 0.0)["stage"]
    return [r for r in result.rows if r["stage"] == slowest][:MOST_GROUPS], result.scope.by


def _key(row: Row, name: str) -> tuple[object, object]:
    return row.get("stage"), row.get(name)


def _line(row: Row, name: str, agreement: Agreement | None, before: float | None) -> SpanLine:
    median, p80 = real(row, "median_days"), real(row, "p80_days")
    stage = (
        next((s for s in agreement.stages if s.name == row["stage"]), None) if agreement else None
    )
    older, still = whole(row, "older_than_p80"), whole(row, "open")
    if median is None:
        detail = words(row, "note", "too few to tell").partition(";")[0]
    else:
        detail = f"half in {written.days(median)}"
    asides = [f"80% in {written.days(p80)}"] if p80 is not None else []
    if older:
        asides.append(f"{written.count(older)} of {written.count(still)} open are older")
    return SpanLine(
        name=words(row, name, "not stated"),
        detail=detail,
        aside=" · ".join(asides),
        team=team_of(stage),
        low=0.0 if p80 is not None else None,
        median=median,
        high=p80,
        before=before,
    )
