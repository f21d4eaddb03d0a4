"""A figure: a number on a page that knows the list behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from onefunnel.charts import written
from onefunnel.charts.written import Kind
from onefunnel.measures.as_json import plain
from onefunnel.measures.result import Result
from onefunnel.measures.returns import COSTS
from onefunnel.server.measure.asking import Asked

Row = Mapping[str, object]

#: The column of a row that holds how many it is a share (or a median) of, and so the list that
#: opens behind it; some figures of the whole name another.
COUNTED = "n"
_ENDS = ("", "_low", "_high")
OPENS = {
    "win_rate_of_closed": "closed",
    "win_rate_low": "closed",
    "win_rate_high": "closed",
    "mean_days_to_won": "won",
    "median_days_to_won": "won",
    "mean_days_to_lost": "lost",
    "median_days_to_lost": "lost",
    "win_share": "closed",
    "average_deal": "won",
    "cycle_days": "won",
    "velocity_per_day": "deals",
    "cost_per_lead": "leads",
    "cost_per_won": "won",
    "cost": "reached",
    **dict.fromkeys(("cost_low", "cost_high", "upper_cost"), COUNTED),
    **dict.fromkeys(("recoverable", "recoverable_low", "recoverable_high"), COUNTED),
    **dict.fromkeys(COSTS, COUNTED),
    "worth_each": "again",
    "tested_expected": "tested",
    **dict.fromkeys((f"{of}{end}" for of in ("next_year", "new_worth") for end in _ENDS), COUNTED),
    "others_won_share": "others",
    "later_ideal_won_share": "later_ideal",
    "later_let_in_won_share": "later_let_in",
    **dict.fromkeys(("winner_ahead_share", "random_ahead_share"), "later"),
}


#: Measures whose amounts are estimated or shared out: what opens is how many leads they are of.
_COUNTS_ONLY = frozenset({"misalignment"})

#: Columns of words that say something of a row and do not name it.
ASIDE = frozenset({"points", "note", "verdict", "promised", "agreed"})

#: What a note may say in place of a value; anything else it says stands below the table.
IN_PLACE = ("too few", "no leads")


@dataclass(frozen=True)
class Figure:
    """A number as shown, its exact value, and the address of its list.

    `opens` is the column whose list opens: the figure's own for counts and money, the count `n`
    for shares and times; `counted` is the number that list has to give. `note` is said in place
    of a value the data cannot support.
    """

    text: str
    kind: Kind
    value: object
    opens: str
    counted: object
    url: str
    note: str = ""
    plainly: str = ""
    currency: str = ""

    @property
    def exact(self) -> str:
        """The exact value for the `data-value` of the page."""
        return "" if self.value is None else str(plain(self.value))

    @property
    def list_total(self) -> str:
        """What the list's count (or sum) has to be, for the `data-list` of the page."""
        return "" if self.counted is None else str(plain(self.counted))


def figure(
    result: Result,
    question: Asked,
    column: str,
    row: Row | None = None,
    *,
    currency: str = "",
) -> Figure | None:
    """The figure in a column of a row, or of the totals where no row is given.

    None for what is no number (a name, a time) and for an empty cell that has no note.
    """
    values = result.totals if row is None else row
    value = values.get(column)
    kind = written.kind_of(column, value)
    if kind is None:
        return None
    if column == "value" and values.get("unit") == "share":
        kind = "share"
    otherwise = column if kind in ("count", "money", "credit") else COUNTED
    opens = COUNTED if result.measure in _COUNTS_ONLY else OPENS.get(column, otherwise)
    if row is None and opens == COUNTED and COUNTED not in values:
        opens = "closed" if "closed" in values else "won"
    counted = values.get(opens)
    note = _note(values, column) if value is None else ""
    if value is None and not note:
        return None
    return Figure(
        text=written.figure(value, kind, currency),
        kind=kind,
        value=value,
        opens=opens,
        counted=counted,
        url="" if counted is None else list_url(result, question, opens, row),
        note=note,
        plainly=_plainly(kind, value, values),
    )


def counted_figure(
    count: int, question: Asked, *, measure: str, opens: str, row: Mapping[str, str]
) -> Figure:
    """A count that was made beside a measure, with the list of that measure which it equals."""
    keys = {"measure": measure, "figure": opens} | {f"row.{name}": row[name] for name in row}
    return Figure(
        text=written.figure(count, "count", ""), kind="count", value=count, opens=opens,
        counted=count, url=f"/measure/list/?{urlencode(keys)}&{question.as_query}",
    )  # fmt: skip


def amounts(result: Result, question: Asked, column: str) -> list[Figure]:
    """The figures of a total that is a sum for each currency."""
    held = result.totals.get(column)
    if not isinstance(held, dict):
        return []
    found = []
    for currency, amount in held.items():
        if not isinstance(amount, Decimal):
            return []
        found.append(
            Figure(
                text=written.money(amount, currency),
                kind="money",
                value=amount,
                opens=column,
                counted=amount,
                url=list_url(result, question, column, {"currency": currency}),
                currency=currency,
            )
        )
    return found


def list_url(result: Result, question: Asked, opens: str, row: Row | None) -> str:
    """The address of the list behind a figure."""
    keys = {"measure": result.measure, "figure": opens}
    if row is not None:
        named = {*row_keys(result), "currency"} if row.get("currency") else row_keys(result)
        keys |= {f"row.{name}": _key(row[name]) for name in sorted(named) if name in row}
    asked = question.as_query
    return f"/measure/list/?{urlencode(keys)}{'&' if asked else ''}{asked}"


def row_keys(result: Result) -> tuple[str, ...]:
    """The columns that say which row a row is: those that hold words, the note aside."""
    return tuple(
        name
        for name in result.columns
        if name not in ASIDE and (name == result.scope.by or _holds_words(result, name))
    )


def _holds_words(result: Result, column: str) -> bool:
    """Whether the first value in a column is text; a column has one type."""
    first = next((row[column] for row in result.rows if row.get(column) is not None), None)
    return isinstance(first, str)


def _key(value: object) -> str:
    return "" if value is None else str(value)


def _note(values: Row, column: str) -> str:
    """The part of the note that stands in place of a value: "too few to tell (n=7)".

    A part that begins with the column's own name comes before what is said of the whole row.
    """
    parts = [part.strip() for part in str(values.get("note") or "").split(";")]
    name = f"{column.replace('_', ' ')}: "
    own = [part.removeprefix(name) for part in parts if part.startswith(name)]
    said = own[0] if own else parts[0]
    return said if said.startswith(IN_PLACE) else ""


def _plainly(kind: Kind, value: object, values: Row) -> str:
    """ "k of n" where the share is exactly that ratio of whole numbers, else nothing."""
    n = values.get(COUNTED)
    if kind != "share" or not isinstance(value, float) or not isinstance(n, int) or n <= 0:
        return ""
    k = round(value * n)
    return f"{k:,} of {n:,}" if abs(k / n - value) < 1e-9 else ""


@dataclass(frozen=True)
class Piece:
    """A part of a sentence: words, or a figure of the result with its list.

    `is_aside` marks words whose digits are no figure: a day of the calendar, the name of an
    interval, how many days a note speaks of.
    """

    words: str
    figure: Figure | None = None
    is_aside: bool = False


_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?(?:\s?%)?"
_CALENDAR = r"\d{4}-W\d{2}|\d{4}-\d{2}(?:-\d{2})?|(?:80|95) ?% interval|80 ?% of|in \d+ currencies"
_SPANS = r"\d[\d,.]* (?:days|points)|take \d[\d,.]*"
_TOKEN = re.compile(f"({_CALENDAR})|({_NUMBER})")
_TOKEN_OF_NOTE = re.compile(f"({_CALENDAR}|{_SPANS})|({_NUMBER})")


def pieces(
    text: str,
    result: Result,
    question: Asked,
    currency: str = "",
    *,
    rows: Sequence[Row] | None = None,
) -> Iterator[Piece]:
    """A sentence with each of its numbers joined to the figure of the result it repeats.

    `rows` are the rows that may be meant beside the totals: all of them in a sentence, where they
    are not given; a note names the ones it is about, and may speak of spans of days. A number
    that nothing shows stays words, and the test of all pages names it.
    """
    known: dict[str, Figure] | None = None
    at = 0
    for found in (_TOKEN if rows is None else _TOKEN_OF_NOTE).finditer(text):
        if known is None:
            known = _all_figures(result, question, currency, result.rows if rows is None else rows)
        number = re.search(_NUMBER, found.group())
        shown = known.get(_bare(number.group())) if number else None
        if found.group(1) and (shown is None or shown.kind != "days" or "days" not in found[1]):
            shown = None
        elif shown is None:
            continue
        if found.start() > at:
            yield Piece(text[at : found.start()])
        yield Piece(found.group(), shown, is_aside=shown is None)
        at = found.end()
    if at < len(text):
        yield Piece(text[at:])


def _all_figures(result: Result, question: Asked, currency: str, rows: bool) -> dict[str, Figure]:
    """Every figure of the result by each way of writing it; totals win over rows."""
    found: dict[str, Figure] = {}
    if change := _change(result, question):
        found |= dict.fromkeys(_ways(change), change)
    holders: list[Row | None] = [None, *rows]
    for column in result.totals:
        for shown in amounts(result, question, column):
            for text in _ways(shown):
                found.setdefault(text, shown)
    for row in holders:
        for column in result.totals if row is None else result.columns:
            shown = figure(result, question, column, row, currency=currency)
            if shown is None or shown.value is None or not shown.url:
                continue
            for text in _ways(shown):
                found.setdefault(text, shown)
    return found


def _change(result: Result, question: Asked) -> Figure | None:
    """What sales velocity gained or lost against the period before; its list: the deals now."""
    rates = [row.get("velocity_per_day") for row in result.rows]
    if result.measure != "sales_velocity" or len(rates) != 2 or None in rates:
        return None
    now, before = (float(str(rate)) for rate in rates)
    shown = figure(result, question, "velocity_per_day", result.rows[0])
    change = abs(now - before)
    return shown and replace(shown, value=change, text=written.number(change))


def _ways(shown: Figure) -> set[str]:
    """The ways a sentence may write a figure; a fall is written without its sign."""
    ways = {_bare(match) for match in re.findall(_NUMBER, shown.text)}
    if shown.kind == "share" and isinstance(shown.value, (int, float)):
        ways |= {_bare(f"{abs(shown.value) * 100:.{digits}f}%") for digits in (0, 1, 2)}
    if shown.kind in ("days", "number") and isinstance(shown.value, (int, float)):
        ways |= {_bare(f"{abs(shown.value):,.{digits}f}") for digits in (0, 1)}
    if shown.kind == "credit":
        ways |= {_bare(f"{shown.value:,.1f}")}
    if shown.kind == "money":
        amount = abs(Decimal(str(shown.value)))
        ways |= {_bare(f"{amount:,.0f}"), _bare(f"{amount:,.2f}")}
    return ways


def _bare(text: str) -> str:
    number = text.replace(",", "").replace(" ", "")
    if "." in number:
        percent = "%" if number.endswith("%") else ""
        number = number.removesuffix("%").rstrip("0").rstrip(".") + percent
    return number
