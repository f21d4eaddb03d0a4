"""A result as a table of a page: every number in it opens its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from onefunnel.measures.awareness import SO_FAR
from onefunnel.measures.result import Result
from onefunnel.measures.steps.credit_policy import title
from onefunnel.measures.steps.credited import RULES
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import IN_PLACE, Figure, Piece, figure, pieces, row_keys

#: Rows of a table on a page; the CSV has them all.
MOST_ROWS = 200
#: Fewer of some: the latest weeks, the channels that matter most.
FEWER_ROWS = {
    "handovers": 12,
    "friction": 12,
    "friction_by_owner": 12,
    "attribution": 15,
    "returns": 15,
}
#: Words longer than this are clipped in a cell; a touch of the pointer shows more of them.
LONG = 60

#: Heads that only one measure has.
OWN_HEADS = {
    ("stages", "open"): "Still open here",
    ("stages", "lost"): "Lost here",
    ("velocity", "open"): "Still there",
    ("friction", "verdict"): "Does it last?",
    ("friction_by_owner", "verdict"): "Does it last?",
    ("misalignment", "n"): "Leads",
    ("quality_volume", "n"): "Leads",
    ("misalignment", "cost"): "Cost",
    ("drift", "leads"): "Leads that differ",
    ("drift", "n"): "Of leads",
    ("drift", "team"): "Team, card or stage",
    ("drift", "amount"): "Their deals",
    ("promises", "open"): "Not due yet",
    ("handovers", "open"): "Not due yet",
    ("sent_back", "n"): "Sent back in all",
    ("attribution", "n"): "Won with it",
    ("attribution", "leads"): "Leads touched",
    ("attribution", "credit_share"): "Share, as agreed",
    ("returns", "n"): "Won with it",
    ("returns", "return_share"): "Return",
    ("ideal_lead", "n"): "Have it",
    ("content_effect", "n"): "Saw it early",
    ("content_effect", "others"): "Did not",
    ("content_effect", "gap_share"): "Difference, same mix",
    ("content_effect", "verdict"): "Told apart?",
    ("win_loss", "verdict"): "Told apart?",
    ("win_loss", "n"): "Closed",
    ("revenue_retention", "lost_amount"): "Lost",
    ("revenue_retention", "n"): "Accounts",
    ("customer_value", "n"): "Customers",
    ("service_due", "unknown"): "Not known",
    ("ideal_lead", "others"): "Others",
}
#: Measures whose columns before `n` name the row, whatever they are called.
_NAMED_BEFORE_N = frozenset({"friction", "friction_by_owner"})
#: Measures whose first column names the row, whatever it is called.
_NAMED_BY_FIRST = frozenset({"channels", "attribution", "returns"})
#: The amount that stands below a count.
_BELOW = {("value", outcome): f"{outcome}_amount" for outcome in ("won", "lost", "open")}
#: Measures whose rows are named by the program and not by the data; their names start large.
_NAMED_HERE = frozenset(
    {"repeat", "sales_velocity", "awareness", "drift", "promises", "woken", "collisions"}
    | {"misalignment"}
)
HEADS = {
    "stage": "Stage",
    "entered": "Entered",
    "reached": "Reached",
    "step_share": "Step conversion",
    "overall_share": "Overall conversion",
    "interval": "95% interval",
    "overall_interval": "Overall 95% interval",
    "median_days": "Median",
    "p80_days": "80% within",
    "n": "Counted for the share",
    "closed": "Closed",
    "older_than_p80": "Open and older",
    "stays": "Stays",
    "forward": "Went on",
    "back": "Went back",
    "mean_days_closed": "Mean of ended",
    "win_share": "Won of closed",
    "win_rate": "Won of closed",
    "won_share": "Won",
    "velocity_per_day": "Velocity a day",
    "cycle_days": "Cycle",
    "change_share": "Change",
    "with_lead": "With a lead",
    "share_of_leads": "Of those with a lead",
    "cost_per_won": "Cost per win",
    "before_share": "Before",
    "last_at": "Last entry",
    "from_team": "From",
    "to_team": "To",
    "unmeasured": "Not measured",
    "verdict": "As agreed?",
    "median_hours": "Half in business hours",
    "p80_hours": "80% in business hours",
    "in_time_share": "Accepted in time",
    "woken_share": "Share",
    "hit": "Concerned",
    "expected_wins": "Wins to expect",
    "expected_share": "A lead",
    "lost_wins": "Wins lost",
    "upper_cost": "At most",
    "e_value": "E-value",
    "own_share": "Goes well with",
    "others_share": "Others, same mix",
    "leads_back": "Leads to win back",
    "recoverable": "Margin to win back",
    "others_days": "Others",
    "collision_share": "Of all mails",
    "in_time": "In time",
    "others_win_share": "Of the others",
    "others_won_share": "Won of the others",
    "gap_share": "Difference",
    "lost_share": "Of lost deals",
    "lost_amount": "Worth",
    "stayed": "Bought again",
    "less_amount": "Bought less",
    "more_amount": "Bought more",
    "grr_share": "Kept (gross)",
    "nrr_share": "Kept (net)",
    "unpriced": "Not priced",
    "again": "Bought again",
    "expected_purchases": "To expect in a year",
    "worth_each": "Worth of one",
    "next_year": "Worth in a year",
    "new_worth": "A new one, three years",
    "tested_expected": "Test: expected",
    "tested": "Test: came",
    "due_soon": "Due in thirty days",
    "due_later": "Due later",
    "median_days_late": "Half late by",
    "median_days_to_won": "Median to won",
    "median_days_to_lost": "Median to lost",
}
HEADS |= {f"{rule}_credit": title(rule)[:1].upper() + title(rule)[1:] for rule in RULES}
HEADS |= {f"{rule}_margin": f"Margin, {title(rule)}" for rule in RULES}
HEADS |= {f"{rule}_cost": f"Cost per win, {title(rule)}" for rule in RULES}
#: What a page shows of a measure that has more columns than fit; the CSV has them all.
SHOWN = {
    "misalignment": frozenset(
        {"ledger", "cause", "n", "lost_wins", "cost", "upper_cost", "e_value"}
    ),
    **dict.fromkeys(
        ("friction", "friction_by_owner"),
        frozenset(
            {"n", "hit", "own_share", "others_share", "leads_back"} | {"recoverable", "verdict"}
        ),
    ),
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
        {"leads", "won", "open", "won_share", "median_days", "spend"}
        | {"cost_per_lead", "cost_per_won"}
    ),
    "value": frozenset(
        {"currency", "won", "lost", "open", "win_rate", "average_deal", "median_days_to_won"}
        | {"margin"}
    ),
    "win_loss": frozenset(
        {"competitor", "won", "lost", "open", "win_rate", "others_win_share", "gap_share"}
        | {"verdict"}
    ),
    "lost_reasons": frozenset(
        {"reason", "currency", "lost", "lost_share", "lost_amount", "unpriced"}
    ),
    "content_effect": frozenset(
        {"content", "n", "won_share", "others", "others_won_share", "gap_share", "verdict"}
    ),
    "service_due": frozenset(
        {"product", "assets", "overdue", "overdue_share", "due_soon", "median_days_late"}
        | {"unknown"}
    ),
    "revenue_retention": frozenset(
        {"worth", "currency", "n", "stayed", "before", "after", "grr_share", "nrr_share"}
    ),
    "customer_value": frozenset(
        {"currency", "worth", "n", "again", "expected_purchases", "worth_each", "next_year"}
        | {"new_worth", "tested_expected", "tested"}
    ),
    "attribution": frozenset({"leads", "credit_share", "n"}),
    "returns": frozenset({"currency", "spend", "n"}),
    "repeat": frozenset({"step", "accounts", "with_lead", "share_of_leads"}),
    "awareness": frozenset({"kind", "period", "value", "change_share"}),
    "drift": frozenset(
        {"difference", "stage", "team", "leads", "n", "share", "before_share", "amount", "last_at"}
    ),
    "handovers": frozenset(
        {"week", "from_team", "to_team", "offered", "in_time", "late", "sent_back", "no_answer"}
        | {"open", "in_time_share"}
    ),
    "ideal_lead": frozenset({"trait", "points", "n", "won_share", "others", "others_won_share"}),
    "woken": frozenset({"step", "team", "leads", "woken_share"}),
    "collisions": frozenset({"met", "collisions", "collision_share", "n"}),
    "promises": frozenset(
        {"team", "promise", "kept", "broken", "open", "unmeasured", "kept_share", "agreed"}
        | {"verdict", "median_hours", "p80_hours", "delivered", "accepted"}
    ),
}
#: The share each interval belongs to; it is shown under its share, or alone where that is not.
_INTERVALS = {
    "share": ("low", "high"),
    "step_share": ("low", "high"),
    "overall_share": ("overall_low", "overall_high"),
    "win_rate": ("low", "high"),
    "won_share": ("low", "high"),
    "win_share": ("low", "high"),
    "share_of_leads": ("low", "high"),
    "median_days": ("low_days", "high_days"),
    "recoverable": ("recoverable_low", "recoverable_high"),
    "cost": ("cost_low", "cost_high"),
    "lost_wins": ("lost_wins_low", "lost_wins_high"),
    "kept_share": ("low", "high"),
    "credit_share": ("low", "high"),
    "return_share": ("low", "high"),
    "in_time_share": ("low", "high"),
    "woken_share": ("low", "high"),
    "collision_share": ("low", "high"),
    "overdue_share": ("low", "high"),
    "bought_share": ("low", "high"),
    "gap_share": ("gap_low", "gap_high"),
    "lost_share": ("low", "high"),
    "grr_share": ("grr_low", "grr_high"),
    "nrr_share": ("nrr_low", "nrr_high"),
    "expected_purchases": ("expected_low", "expected_high"),
    "next_year": ("next_year_low", "next_year_high"),
    "new_worth": ("new_worth_low", "new_worth_high"),
    "tested_expected": ("tested_low", "tested_high"),
}


@dataclass(frozen=True)
class Span:
    """A bar from `low` for `width` with a mark `at`, in hundredths of the cell's width."""

    low: float
    width: float
    at: float


@dataclass(frozen=True)
class Cell:
    """Words, a moment, a figure with its 95 % interval or another figure below it, or a span."""

    words: str = ""
    moment: datetime | date | None = None
    figure: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    below: Figure | None = None
    span: Span | None = None
    is_head: bool = False
    is_number: bool = False

    @property
    def is_long(self) -> bool:
        """Whether the words need more room than a cell has."""
        return len(self.words) > LONG

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
    remarks: tuple[tuple[str, tuple[Piece, ...]], ...]
    left_out: int


def table_of(
    result: Result,
    question: Asked,
    currency: str = "",
    *,
    won: str = "",
    also: frozenset[str] = frozenset(),
) -> TableView:
    """The result's rows, in the order of its columns; `won` is the stage where a lead is won,
    `also` are columns shown beside those always shown of the measure."""
    if result.measure == "stages" and question.scope.by:
        return matrix(
            result,
            question,
            by=question.scope.by,
            value="step_share",
            first=("reached", ""),
            second=("overall_share", won),
        )
    if result.measure == "cost_per_stage":
        return matrix(result, question, by=result.columns[0], value="cost", first=("spend", ""))
    if result.measure == "awareness" and question.scope.by not in result.columns:
        return readings(result, question)
    keys = row_keys(result)
    offered = SHOWN.get(result.measure, frozenset(result.columns)) | {question.scope.by} | also
    if result.measure in _NAMED_BY_FIRST:  # the channel, whichever it is kept by
        offered |= {result.columns[0]}
    if result.measure in _NAMED_BEFORE_N:
        offered |= set(result.columns[: result.columns.index("n")])
    ends = {end for share, pair in _INTERVALS.items() if share in result.columns for end in pair}
    columns = [c for c in result.columns if c in offered and c not in ends and c != "note"]
    shown = result.rows[: FEWER_ROWS.get(result.measure, MOST_ROWS)]
    rows = tuple(
        tuple(_cell(result, question, name, row, keys, currency) for name in columns)
        for row in shown
    )
    heads = tuple(
        Head(_head(name, result.measure), any(row[place].is_number for row in rows))
        for place, name in enumerate(columns)
    )
    return TableView(
        heads, rows, _remarks(result, question, shown, keys), len(result.rows) - len(shown)
    )


def matrix(
    result: Result,
    question: Asked,
    *,
    by: str,
    value: str,
    first: tuple[str, str],
    second: tuple[str, str] | None = None,
) -> TableView:
    """A row per group, a column per stage: `value` in each, and below it how many came this far.

    `first` and `second` are figures of the group that stand before: a column, and the stage whose
    row has it (the first or last stage where it is not named).
    """
    stages = list(dict.fromkeys(str(row["stage"]) for row in result.rows))
    groups: dict[object, dict[str, Mapping[str, object]]] = {}
    for row in result.rows:
        groups.setdefault(row.get(by), {})[str(row["stage"])] = row

    def shown(column: str, row: Mapping[str, object]) -> Figure | None:
        return figure(result, question, column, row, currency=str(row.get("currency") or ""))

    def line(name: object, at: Mapping[str, Mapping[str, object]]) -> tuple[Cell, ...]:
        cells = [Cell(words=_row_name("", name), is_head=True)]
        cells.append(Cell(figure=shown(first[0], at[first[1] or stages[0]]), is_number=True))
        if second:
            end = at[second[1] or stages[-1]]
            below = shown("reached", end)
            cells.append(Cell(figure=shown(second[0], end), below=below, is_number=True))
        for stage in stages[1:] if second else stages:
            below = shown("reached", at[stage])
            cells.append(Cell(figure=shown(value, at[stage]), below=below, is_number=True))
        return tuple(cells)

    rows = tuple(line(name, at) for name, at in list(groups.items())[:MOST_ROWS])
    names = [stages[0] if first[0] == "reached" else _head(first[0])]
    if second:
        names += [f"Overall to {second[1] or stages[-1]}", *(f"→ {stage}" for stage in stages[1:])]
    else:
        names += stages
    heads = (Head(_head(by), False), *(Head(name, True) for name in names))
    return TableView(heads, rows, (), max(0, len(groups) - MOST_ROWS))


def readings(result: Result, question: Asked) -> TableView:
    """A row per period, the latest first, and a column per kind of reading with its change."""
    kinds = list(dict.fromkeys(str(row["kind"]) for row in result.rows))
    at: dict[str, dict[str, Mapping[str, object]]] = {}
    for row in result.rows:
        at.setdefault(str(row["period"]), {})[str(row["kind"])] = row

    def cell(row: Mapping[str, object] | None) -> Cell:
        if row is None:
            return Cell(is_number=True)
        value = figure(result, question, "value", row)
        change = figure(result, question, "change_share", row)
        return Cell(figure=value, below=change, is_number=True)

    running = {str(row["period"]) for row in result.rows if row["note"] == SO_FAR}

    def named(period: str) -> str:
        return f"{period} {SO_FAR}" if period in running else period

    rows = tuple(
        (Cell(words=named(period), is_head=True), *(cell(at[period].get(kind)) for kind in kinds))
        for period in sorted(at, reverse=True)
    )
    heads = (Head("Period", False), *(Head(_row_name("awareness", kind), True) for kind in kinds))
    return TableView(heads, rows[:MOST_ROWS], (), max(0, len(rows) - MOST_ROWS))


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
        return Cell(words=_row_name(result.measure, value), is_head=True)
    if isinstance(value, (datetime, date)):
        return Cell(moment=value)
    if isinstance(value, str):
        return Cell(words=value)
    money = str(row["currency"] or "") if "currency" in row else currency

    def shown(column: str) -> Figure | None:
        return figure(result, question, column, row, currency=money)

    low, high = _INTERVALS.get(name, ("", ""))
    ends = (row.get(low), row.get(high))
    has_interval = value is not None and None not in ends and ends[0] != ends[1]
    below = _BELOW.get((result.measure, name))
    return Cell(
        figure=shown(name),
        below=shown(below) if below else None,
        low=shown(low) if has_interval else None,
        high=shown(high) if has_interval else None,
        is_number=True,
    )


def _row_name(measure: str, value: object) -> str:
    if value in (None, ""):
        return "not stated"
    name = str(value)
    return name[:1].upper() + name[1:] if measure in _NAMED_HERE else name


def _of_row(key: str, value: object) -> str:
    """What a remark calls its row by: a value that is missing has a name, too."""
    if key == "currency" and not value:
        return "without a currency"
    return _row_name("", value)


def _remarks(
    result: Result, question: Asked, rows: Sequence[Mapping[str, object]], keys: Sequence[str]
) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
    """What notes say beyond the "too few to tell" that stands in the cells, by row."""
    found = []
    for row in rows:
        parts = [part.strip() for part in str(row.get("note") or "").split(";")]
        more = "; ".join(
            part for part in parts if part and not part.rpartition(": ")[2].startswith(IN_PLACE)
        )
        if more:
            named = [key for key in keys if key in row and (key, row[key]) != ("currency", None)]
            who = " · ".join(_of_row(key, row[key]) for key in named)
            found.append((who, tuple(pieces(more, result, question, rows=(row,)))))
    return tuple(found)


def _head(name: str, measure: str = "") -> str:
    own = OWN_HEADS.get((measure, name))
    return own or HEADS.get(name, name.removesuffix("_share").replace("_", " ").capitalize())
