"""Promises: in which share of cases each side kept each of them, against what was agreed."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.theme import identity
from onefunnel.charts.values import Row, real, whole, words
from onefunnel.measures.promises import NOTHING
from onefunnel.measures.result import Result

LEGEND = (
    "Bar: share of decided cases kept · dot and line: the same, 95% interval · thick tick: agreed"
)
MOST = 20


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """One line per promise, those of one team together; the first twenty."""
    by = result.scope.by
    rows = [row for row in result.rows if row["promise"] != NOTHING]
    lines = [_line(row, by) for row in rows[:MOST]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(row: Row, by: str | None) -> RateLine:
    kept, n = whole(row, "kept"), whole(row, "n")
    share, agreed = real(row, "kept_share"), words(row, "agreed")
    team = words(row, "team")
    shown = written.share(share) if share is not None else words(row, "note", "too few to tell")
    name = words(row, "promise")
    return RateLine(
        name=f"{name} · {words(row, by, 'not stated')}" if by else name,
        detail=f"{team} · {shown.partition(';')[0]}",
        aside=f"agreed {agreed}" if agreed else "",
        team=identity(team),
        done=kept / n if kept is not None and n else None,
        rate=share,
        low=real(row, "low"),
        high=real(row, "high"),
        agreed=float(agreed.removesuffix("%")) / 100 if agreed else None,
    )
