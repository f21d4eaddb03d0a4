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
    "stays": "Stays",
    "forward": "Went on",
    "back": "Went back",
    "older_than_p80": "Open and older",
    "mean_days_closed": "Mean of ended",
    "win_share": "Won of closed",
    "win_rate": "Won of closed",
    "won_share": "Won",
    "velocity_per_day": "Won a day",
    "cycle_days": "Cycle",
    "change_share": "Change",
    "share_of_leads": "Of those with a lead",
    "cost_per_won": "Cost per win",
    "median_days_to_won": "Median to won",
    "median_days_to_lost": "Median to lost",
}
#: What a page shows of a measure that has more columns than fit; the CSV has them all.
SHOWN = {
    "stages": frozenset(
        {"stage", "reached", "open", "lost", "disqualified", "recycled", "late", "note"}
        | {"step_share", "low", "high", "overall_share", "median_days"}
    ),
    "velocity": frozenset(
        {"stage", "stays", "forward", "lost", "open", "older_than_p80", "median_days", "p80_days"}
    ),
    "sales_velocity": frozenset(
        {"period", "since", "until", "deals", "won", "closed", "win_share", "average_deal"}
        | {"cycle_days", "velocity_per_day"}
    ),
    "channels": frozenset(
        {"channel", "leads", "won", "open", "won_share", "median_days", "spend"}
        | {"cost_per_lead", "cost_per_won"}
    ),
    "value": frozenset(
        {"currency", "won", "lost", "open", "won_amount", "lost_amount", "open_amount", "margin"}
        | {"margin_missing", "win_rate", "average_deal", "median_days_to_won"}
    ),
    "awareness": frozenset({"kind", "period", "value", "change_share"}),
}
#: The share each interval belongs to; it is shown under its share, or alone where that is not.
_INTERVALS = {
    "step_share": ("low", "high"),
    "overall_share": ("overall_low", "overall_high"),
    "win_rate": ("low", "high"),
    "won_share": ("low", "high"),
    "share_of_leads": ("low", "high"),
    "median_days": ("low_days", "high_days"),
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


def table_of(result: Result, question: Asked, currency: str = "", *, won: str = "") -> TableView:
    """The result's rows, in the order of its columns; `won` is the stage where a lead is won."""
    if result.measure == "stages" and question.scope.by:
        return _by_group(result, question, won)
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


def _by_group(result: Result, question: Asked, won: str) -> TableView:
    """A row per group: how many, the share won, and the step conversion into each stage."""
    by = str(question.scope.by)
    stages = list(dict.fromkeys(str(row["stage"]) for row in result.rows))
    groups: dict[object, dict[str, Mapping[str, object]]] = {}
    for row in result.rows:
        groups.setdefault(row[by], {})[str(row["stage"])] = row

    def shown(column: str, row: Mapping[str, object]) -> Figure | None:
        return figure(result, question, column, row)

    def line(value: object, at: Mapping[str, Mapping[str, object]]) -> tuple[Cell, ...]:
        end = at[won if won in at else stages[-1]]
        return (
            Cell(words="not stated" if value in (None, "") else str(value), is_head=True),
            Cell(figure=shown("reached", at[stages[0]]), is_number=True),
            Cell(figure=shown("overall_share", end), below=shown("reached", end), is_number=True),
            *(
                Cell(
                    figure=shown("step_share", at[stage]),
                    below=shown("reached", at[stage]),
                    is_number=True,
                )
                for stage in stages[1:]
            ),
        )

    rows = tuple(line(value, at) for value, at in list(groups.items())[:MOST_ROWS])
    names = (stages[0], f"Overall to {won or stages[-1]}", *(f"→ {stage}" for stage in stages[1:]))
    heads = (Head(_head(by), False), *(Head(name, True) for name in names))
    return TableView(heads, rows, (), max(0, len(groups) - MOST_ROWS))


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
