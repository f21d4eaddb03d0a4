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
#: The share each interval belongs to; it is shown under its share, or alone where that is not.
_INTERVALS = {
    "step_share": ("low", "high"),
    "overall_share": ("overall_low", "overall_high"),
    "win_rate": ("low", "high"),
}


@dataclass(frozen=True)
class Cell:
    """Words, a moment, or a figure with its 95 % interval or another figure below it."""

    words: str = ""
    moment: datetime | date | None = None
    figure: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    below: Figure | None = None
    is_head: bool = False
    is_number: bool = False

    @property
    def is_nothing(self) -> bool:
        """A plain zero, which a table of many keeps in the background."""
        return self.figure is not None and self.figure.value == 0


@dataclass(frozen=True)
class Head:
    text: str
    is_number: bool


@dataclass(frozen=True)
class TableView:
    """Heads and rows of cells; `remarks` say more of single rows; `left_out` are in the CSV."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remarks: tuple[tuple[str, str], ...]
    left_out: int


def table_of(result: Result, question: Asked, currency: str = "") -> TableView:
    """The result's rows, in the order of its columns."""
    if result.measure == "stages" and question.scope.by:
        return _by_group(result, question)
    keys = row_keys(result)
    offered = SHOWN.get(result.measure, frozenset(result.columns)) | {question.scope.by}
    ends = {end for share, pair in _INTERVALS.items() if share in result.columns for end in pair}
    columns = [c for c in result.columns if c in offered and c not in ends and c != "note"]
    shown = result.rows[:MOST_ROWS]
    rows = tuple(
        tuple(_cell(result, question, name, row, keys, currency) for name in columns)
        for row in shown
    )
    heads = tuple(
        Head(_head(name), any(row[place].is_number for row in rows))
        for place, name in enumerate(columns)
    )
    return TableView(heads, rows, _remarks(shown, keys), len(result.rows) - len(shown))


def _by_group(result: Result, question: Asked) -> TableView:
    """A row per group, a column per stage: its step conversion, and how many came this far."""
    by = str(question.scope.by)
    stages = list(dict.fromkeys(str(row["stage"]) for row in result.rows))
    groups: dict[object, dict[str, Mapping[str, object]]] = {}
    for row in result.rows:
        groups.setdefault(row[by], {})[str(row["stage"])] = row
    rows = []
    for value, at in list(groups.items())[:MOST_ROWS]:
        cells = [Cell(words="not stated" if value in (None, "") else str(value), is_head=True)]
        for place, stage in enumerate(stages):
            reached = figure(result, question, "reached", at[stage])
            if place == 0:
                cells.append(Cell(figure=reached, is_number=True))
                continue
            step = figure(result, question, "step_share", at[stage])
            cells.append(Cell(figure=step, below=reached, is_number=True))
        rows.append(tuple(cells))
    heads = (Head(_head(by), False), *(Head(stage, True) for stage in stages))
    return TableView(heads, tuple(rows), (), max(0, len(groups) - MOST_ROWS))


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
    if isinstance(value, (datetime, date)):
        return Cell(moment=value)
    if isinstance(value, str):
        return Cell(words=value)
    money = str(row.get("currency") or currency)

    def shown(column: str) -> Figure | None:
        return figure(result, question, column, row, currency=money)

    low, high = _INTERVALS.get(name, ("", ""))
    ends = (row.get(low), row.get(high))
    has_interval = value is not None and None not in ends and ends[0] != ends[1]
    return Cell(
        figure=shown(name),
        low=shown(low) if has_interval else None,
        high=shown(high) if has_interval else None,
        is_number=True,
    )


def _remarks(rows: Sequence[Mapping[str, object]], keys: Sequence[str]) -> tuple:
    """What notes say beyond the "too few to tell" that stands in the cells, by row."""
    found = []
    for row in rows:
        parts = [part.strip() for part in str(row.get("note") or "").split(";")]
        more = "; ".join(part for part in parts if part and not part.startswith("too few"))
        if more:
            found.append((" · ".join(str(row.get(key) or "not stated") for key in keys), more))
    return tuple(found)


def _head(name: str) -> str:
    return HEADS.get(name, name.removesuffix("_share").replace("_", " ").capitalize())
