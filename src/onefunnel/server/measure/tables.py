"""A result as a table of a page: every number in it opens its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import Figure, figure, row_keys

#: Rows of a table on a page; the CSV has them all.
MOST_ROWS = 200

HEADS = {
    "stage": "Stage",
    "entered": "Entered",
    "reached": "Reached",
    "open": "Still open here",
    "lost": "Lost here",
    "step_share": "Step conversion",
    "overall_share": "Overall conversion",
    "interval": "95% interval",
    "overall_interval": "Overall 95% interval",
    "median_days": "Median",
    "p80_days": "80% within",
    "n": "Of",
    "note": "Note",
}
#: What a page shows of a measure that has more columns than fit; the CSV has them all.
SHOWN = {
    "stages": frozenset(
        {"stage", "reached", "open", "lost", "disqualified", "recycled", "late", "note"}
        | {"step_share", "low", "high", "overall_share", "median_days"}
    ),
}
_PAIRS = {"low": ("high", "interval"), "overall_low": ("overall_high", "overall_interval")}


@dataclass(frozen=True)
class Cell:
    """Words, a moment, or one or two figures (two are the ends of an interval)."""

    words: str = ""
    moment: datetime | date | None = None
    figures: tuple[Figure | None, ...] = ()
    is_head: bool = False

    @property
    def is_number(self) -> bool:
        return bool(self.figures)


@dataclass(frozen=True)
class Head:
    text: str
    is_number: bool


@dataclass(frozen=True)
class TableView:
    """Heads and rows of cells; `left_out` rows are only in the CSV."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int


def table_of(result: Result, question: Asked, currency: str = "") -> TableView:
    """The result's rows, in the order of its columns."""
    keys = row_keys(result)
    shown_of = SHOWN.get(result.measure, frozenset(result.columns)) | {question.scope.by}
    columns = [
        name
        for name in result.columns
        if name in shown_of and not _is_second_end(name, result.columns)
    ]
    if not any(_is_news(row) for row in result.rows):
        columns = [name for name in columns if name != "note"]
    shown = result.rows[:MOST_ROWS]
    rows = tuple(
        tuple(_cell(result, question, name, row, keys, currency) for name in columns)
        for row in shown
    )
    heads = tuple(
        Head(_head(name), any(row[place].is_number for row in rows))
        for place, name in enumerate(columns)
    )
    return TableView(heads, rows, len(result.rows) - len(shown))


def _cell(
    result: Result,
    question: Asked,
    name: str,
    row: Mapping[str, object],
    keys: Sequence[str],
    currency: str,
) -> Cell:
    value = row.get(name)
    if name in keys:
        return Cell(words="not stated" if value in (None, "") else str(value), is_head=True)
    if name == "note":
        return Cell(words=str(value) if _is_news(row) else "")
    if isinstance(value, (datetime, date)):
        return Cell(moment=value)
    money = str(row.get("currency") or currency)
    ends = (name, _PAIRS[name][0]) if name in _PAIRS else (name,)
    if isinstance(value, str):
        return Cell(words=value)
    return Cell(figures=tuple(figure(result, question, end, row, currency=money) for end in ends))


def _is_news(row: Mapping[str, object]) -> bool:
    """Whether the note says more than the "too few to tell" that stands in the cells."""
    note = str(row.get("note") or "")
    return bool(note) and "too few to tell" not in note


def _is_second_end(name: str, columns: Sequence[str]) -> bool:
    return any(name == high and low in columns for low, (high, _) in _PAIRS.items())


def _head(name: str) -> str:
    name = _PAIRS[name][1] if name in _PAIRS else name
    return HEADS.get(name, name.removesuffix("_share").replace("_", " ").capitalize())
