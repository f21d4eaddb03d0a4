"""Friction: where leads fare worst, against the others in the same mix."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.charts import rates, written
from onefunnel.charts.chart import Chart
from onefunnel.charts.framed import framed
from onefunnel.charts.rates import RateLine
from onefunnel.charts.values import Row, real, words
from onefunnel.measures.friction_words import FLAGGED
from onefunnel.measures.result import Result

LEGEND = "Bar: share of the leads that it goes well with · thick tick: others in the same mix"
MOST = 8


def chart(result: Result, agreement: Agreement | None = None) -> Chart:
    """The costliest places first, each once; those that are told apart from chance in red."""
    shown: dict[tuple[str, ...], Row] = {}
    keys = ("kind", *result.columns[1 : result.columns.index("n")])
    for row in result.rows:
        if real(row, "own_share") is not None and real(row, "others_share") is not None:
            shown.setdefault(tuple(words(row, key) for key in keys), row)
    lines = [_line(key, row) for key, row in list(shown.items())[:MOST]]
    return framed(result, rates.drawing(lines), legend=LEGEND, spoken=rates.spoken(lines))


def _line(key: tuple[str, ...], row: Row) -> RateLine:
    share, others = real(row, "own_share"), real(row, "others_share")
    kind, *place = key
    return RateLine(
        name=" · ".join(place),
        detail=f"{kind} · {written.share(share)}, others {written.share(others)}",
        aside=words(row, "verdict") if words(row, "verdict") in FLAGGED else "",
        tone="bad" if words(row, "verdict") in FLAGGED else "detail",
        done=share,
        rate=share,
        agreed=others,
    )
