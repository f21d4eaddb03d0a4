"""Dates: how a whole column writes them, and the DuckDB expression that reads it.

Day-first or month-first is a property of a column, never of a cell: `03/04/2021` alone says
nothing, but one `25/04/2021` below it does. Nothing that cannot be read becomes "now".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onefunnel.facts.sql_text import literal

#: Years that a business record may bear; 0202 is a slip and 9999 means "never".
FIRST_YEAR, LAST_YEAR = 1900, 2199

_SPACE = r"[\s\x{00a0}\x{202f}]"
_TIME = (
    rf"(?:(?:T|,?{_SPACE}+|-)(\d{{1,2}})[:.h](\d{{2}})(?:[:.](\d{{2}})(?:[.,](\d{{1,9}}))?)?"
    rf"{_SPACE}*([AaPp]\.?[Mm]\.?)?{_SPACE}*(?:Uhr)?{_SPACE}*"
    r"(Z|z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
NUMERIC_DATE = rf"^(\d{{1,4}})[-/.](\d{{1,2}})[-/.](\d{{1,4}})\.?{_TIME}$"
# "No space, no digit" stands for a letter: classes of letters make patterns many times slower.
_DAY = r"(?:[^\s\d]+\s+)?"
_WORD = r"([^\s\d.,/-]{3,})"
_DAY_NAMED = (
    rf"^{_DAY}(\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s/-]*(?:(?:de|of|d')\s*)?"
    rf"{_WORD}\.?,?[\s/-]*(?:(?:de|of)\s+)?(\d{{4}}|\d{{2}}){_TIME}$"
)
_MONTH_NAMED = rf"^{_DAY}{_WORD}\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_TIME}$"
_MONTH_ONLY = r"^(?:(\d{4})[-/](\d{1,2})|(\d{1,2})[/.](\d{4})|([^\s\d.,/-]{3,})\.?[\s-]+(\d{4}))$"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2}))?$"
_LIKELY_COMPACT = (
    r"^(19|20|21)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([T ]?[0-2]\d[0-5]\d[0-5]\d)?$"
)
#: A date that says its year first, and any time of day behind it without a zone: such a value is
#: both a NUMERIC_DATE and a PLAIN_DATE, and nothing else.
ISO_TIME = r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d{1,9})?)?)?$"
#: An ISO date, alone or with a time.
PLAIN_DATE = r"^\d{4}-\d{1,2}-\d{1,2}([T ][\d:.]+)?$"
PLAIN_PARTS = r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}$"
_TIME_PARTS = ["h", "mi", "s", "f", "half", "zone"]

#: First letters of month names without accents: English, German, French, Spanish, Italian,
#: Dutch, Portuguese, Polish. Four letters are looked up before three.
_MONTHS: dict[str, int] = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9},
    **{"oct": 10, "nov": 11, "dec": 12, "mai": 5, "okt": 10, "dez": 12, "fev": 2, "avr": 4},
    **{"juin": 6, "juil": 7, "aou": 8, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "gen": 1},
    **{"mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, "mrt": 3, "maa": 3, "mei": 5, "out": 10},
    **{"sty": 1, "lut": 2, "kwi": 4, "maj": 5, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paz": 10},
    **{"lis": 11, "gru": 12, "mae": 3},
}


@dataclass(frozen=True)
class DateCounts:
    """How many values of a column look like what. `first_kinds`/`second_kinds` are the numbers
    of different first and second parts among values such as 03/04/2021."""

    values: int = 0
    year_first: int = 0
    parts: int = 0
    only_day_first: int = 0
    only_month_first: int = 0
    dotted: int = 0
    first_kinds: int = 0
    second_kinds: int = 0
    named: int = 0
    month_only: int = 0
    compact: int = 0
    seconds: int = 0
    milliseconds: int = 0
    excel: int = 0
    plain_iso: int = 0
    plain_parts: int = 0

    @property
    def form(self) -> str:
        """ "iso" or "parts" when every value is written in that plain way, which is read fast."""
        if self.values and self.plain_iso == self.values:
            return "iso"
        return "parts" if self.values and self.plain_parts == self.values else ""

    @property
    def dates(self) -> int:
        """Values that look like a date at all (bare numbers not counted)."""
        return self.year_first + self.parts + self.named + self.month_only


@dataclass(frozen=True)
class DateDecision:
    """How a column's dates are read. `problem` is a finding kind ('' when there is none):
    "mixed-dates" (both orders occur) or "ambiguous-dates" (no value decides)."""

    style: str
    why: str
    problem: str = ""


def date_counts_sql(text: str, times: str = "1") -> Mapping[str, str]:
    """DuckDB aggregates, by name of `DateCounts`, over a text expression (NULL = blank).

    `times` says how many cells a row stands for.
    """
    parts = f"regexp_matches({text}, {literal(NUMERIC_DATE)})"
    first = f"TRY_CAST(regexp_extract({text}, {literal(NUMERIC_DATE)}, 1) AS INTEGER)"
    second = f"TRY_CAST(regexp_extract({text}, {literal(NUMERIC_DATE)}, 2) AS INTEGER)"
    short = f"({parts} AND regexp_matches({text}, '^\\d{{1,2}}[-/.]'))"
    number = f"TRY_CAST({text} AS DOUBLE)"
    digits = f"regexp_matches({text}, '^\\d+$')"

    def cells(condition: str) -> str:
        return f"coalesce(sum({times}) FILTER (WHERE {condition}), 0)"

    return {
        "values": cells(f"{text} IS NOT NULL"),
        "year_first": cells(f"{parts} AND NOT {short}"),
        "parts": cells(short),
        "only_day_first": cells(f"{short} AND {first} > 12 AND {second} <= 12"),
        "only_month_first": cells(f"{short} AND {first} <= 12 AND {second} > 12"),
        "dotted": cells(f"{short} AND regexp_matches({text}, '^\\d+\\.')"),
        "first_kinds": f"count(DISTINCT CASE WHEN {short} THEN {first} END)",
        "second_kinds": f"count(DISTINCT CASE WHEN {short} THEN {second} END)",
        "named": cells(
            f"regexp_matches({text}, {literal(_DAY_NAMED)})"
            f" OR regexp_matches({text}, {literal(_MONTH_NAMED)})"
        ),
        "month_only": cells(f"regexp_matches({text}, {literal(_MONTH_ONLY)})"),
        "compact": cells(f"regexp_matches({text}, {literal(_LIKELY_COMPACT)})"),
        "seconds": cells(f"{digits} AND {number} BETWEEN 5e8 AND 4.2e9"),
        "milliseconds": cells(f"{digits} AND {number} BETWEEN 5e11 AND 4.2e12"),
        "excel": cells(
            f"regexp_matches({text}, '^\\d{{5}}([.,]\\d+)?$') AND {number} BETWEEN 20000 AND 80000"
        ),
        "plain_iso": cells(f"regexp_matches({text}, {literal(PLAIN_DATE)})"),
        "plain_parts": cells(f"regexp_matches({text}, {literal(PLAIN_PARTS)})"),
    }


def decide_dates(counts: DateCounts, *, hint: str = "") -> DateDecision:
    """How the column is written; `hint` is the style of another date column of the same file."""
    if counts.dates == 0:
        for style, n in (
            ("year-first", counts.compact),
            ("epoch milliseconds", counts.milliseconds),
            ("epoch seconds", counts.seconds),
            ("excel", counts.excel),
        ):
            if n > counts.values / 2:
                return DateDecision(style, f"{n:,} of {counts.values:,} values are {_NAMES[style]}")
        return DateDecision("year-first", f"none of {counts.values:,} values decides")
    if counts.parts == 0:
        return DateDecision("year-first", f"{counts.dates:,} of {counts.values:,} name the year")
    day, month = counts.only_day_first, counts.only_month_first
    if day or month:
        style, n, other = ("day-first", day, month) if day >= month else ("month-first", month, day)
        why = f"{n:,} of {counts.values:,} can only be {style}"
        if not other:
            return DateDecision(style, why)
        against = "month-first" if style == "day-first" else "day-first"
        return DateDecision(style, f"{why}, but {other:,} can only be {against}", "mixed-dates")
    if counts.dotted == counts.parts:
        return DateDecision("day-first", "written with points, which nobody does month-first")
    if counts.second_kinds == 1 and counts.first_kinds > 2:
        return DateDecision("month-first", "the second part never changes: the first of the month")
    if counts.first_kinds == 1 and counts.second_kinds > 2:
        return DateDecision("day-first", "the first part never changes: the first of the month")
    if hint in ("day-first", "month-first"):
        return DateDecision(hint, "as in the file's other date columns")
    return DateDecision("day-first", f"none of {counts.parts:,} values decides", "ambiguous-dates")


_NAMES = {
    "year-first": "dates of eight digits",
    "epoch milliseconds": "milliseconds since 1970",
    "epoch seconds": "seconds since 1970",
    "excel": "days as a spreadsheet counts them",
}


def date_sql(text: str, style: str, zone: str = "UTC", form: str = "", days: str = "UTC") -> str:
    """A DuckDB expression: TIMESTAMP in UTC, NULL where `text` cannot be read in that style.

    `form` is `DateCounts.form` when it was counted: a column that is wholly plain needs less.

    A time written with an offset keeps its instant; one without is taken as of `zone`; a date
    without a time is the moment at which that day begins in the zone `days`.
    """
    if form == "iso" and style in ("year-first", "month-first", "day-first"):
        made = _in_zone(f"TRY_CAST({text} AS TIMESTAMP)", text, zone)
    elif form == "parts" and style in ("day-first", "month-first"):
        order = "%d/%m/%Y" if style == "day-first" else "%m/%d/%Y"
        made = (
            f"coalesce(try_strptime({text}, '{order}'), "
            f"try_strptime(translate({text}, '-.', '//'), '{order}'))"
        )
    elif style == "epoch seconds":
        made = _moment(text, "1e6")
    elif style == "epoch milliseconds":
        made = _moment(text, "1e3")
    elif style == "excel":
        serial = f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"
        made = (
            f"CASE WHEN {serial} BETWEEN 1 AND 120000 THEN TIMESTAMP '1899-12-30' + "
            f"to_seconds(CAST(round({serial} * 86400) AS BIGINT)) END"
        )
    elif "%" in style:
        made = _in_zone(f"try_strptime({text}, {literal(style)})", text, zone)
    else:
        made = _written(text, style, zone)
    years = f"year(t) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
    at = "t"
    if days not in ("UTC", "Etc/UTC") and not style.startswith("epoch"):
        is_day = f"t = date_trunc('day', t) AND NOT contains({text}, ':')"
        at = f"CASE WHEN {is_day} THEN timezone('UTC', timezone({literal(days)}, t)) ELSE t END"
    return f"list_transform([{made}], lambda t: CASE WHEN {years} THEN {at} END)[1]"


def _moment(text: str, microseconds: str) -> str:
    return f"TRY(make_timestamp(TRY_CAST(TRY_CAST({text} AS DOUBLE) * {microseconds} AS BIGINT)))"


def _in_zone(made: str, text: str, zone: str) -> str:
    if zone in ("UTC", "Etc/UTC"):
        return made
    moved = f"timezone('UTC', timezone({literal(zone)}, {made}))"
    return f"CASE WHEN contains({text}, ':') THEN {moved} ELSE {made} END"


def _written(text: str, style: str, zone: str) -> str:
    """The fast ways first, because they are most often right; then the other ways of writing."""
    plain = f"regexp_matches({text}, {literal(PLAIN_DATE)})"
    ways = [_numeric(text, style, zone), _named(text, zone), _month(text), _compact(text)]
    if style != "year-first":
        ways.insert(0, _by_slashes(text, style, zone))
    others = "coalesce(" + ", ".join(ways) + ")"
    fast = _in_zone(f"TRY_CAST({text} AS TIMESTAMP)", text, zone)
    at_once = (
        f"CASE WHEN {_like(text, _DAY_OR_TIME)} THEN {fast} "
        f"WHEN {_like(text, _INSTANT)} AND NOT contains({text}, ' ') "
        f"THEN TRY_CAST({text} AS TIMESTAMP) END"
    )
    return f"coalesce({at_once}, CASE WHEN {plain} THEN {fast} ELSE {others} END)"


def _like(text: str, masks: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"{text} LIKE '{mask}'" for mask in masks) + ")"


#: What most programs write. A mask is checked in a fifth of the time of a pattern; what it lets
#: through beside digits is no time to the cast, and falls to the patterns.
_DAY_OR_TIME = ("____-__-__", "____-__-__ __:__:__")
#: Instants in UTC.
_INSTANT = ("____-__-__T__:__:__.___Z", "____-__-__T__:__:__Z", "____-__-__T__:__:__.___+0000")
_SLASHES = r"^\d{1,2}([/.])\d{1,2}[/.]\d{4}( \d{1,2}:\d{2}(:\d{2})?( [AP]M)?)?$"


def _by_slashes(text: str, style: str, zone: str) -> str:
    """`3/14/2024 1:05 PM` or `14.03.2024 13:05`, as offices write it; what it does not know of
    them is left to `_numeric`, which knows it all and takes ten times as long."""
    order = ("%d{0}%m{0}%Y" if style == "day-first" else "%m{0}%d{0}%Y").format
    times = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
    formats = ", ".join(literal(order(sign) + time) for time in times for sign in "/.")
    made = _in_zone(f"try_strptime({text}, [{formats}])", text, zone)
    return f"CASE WHEN regexp_matches({text}, {literal(_SLASHES)}) THEN {made} END"


def _groups(text: str, pattern: str, names: list[str]) -> str:
    listed = ", ".join(literal(name) for name in names)
    return f"regexp_extract({text}, {literal(pattern)}, [{listed}])"


def _numeric(text: str, style: str, zone: str) -> str:
    got = _groups(text, NUMERIC_DATE, ["a", "b", "c", *_TIME_PARTS])
    year_first = "length(g.a) = 4"
    day, month = ("g.a", "g.b") if style == "day-first" else ("g.b", "g.a")
    if style == "year-first":
        return _bound(got, f"CASE WHEN {year_first} THEN {_stamp('g.a', 'g.b', 'g.c', zone)} END")
    year = f"CASE WHEN {year_first} THEN g.a ELSE {_year('g.c')} END"
    day = f"CASE WHEN {year_first} THEN g.c ELSE {day} END"
    month = f"CASE WHEN {year_first} THEN g.b ELSE {month} END"
    known = f"({year_first} OR (length(g.a) <= 2 AND length(g.c) IN (2, 4)))"
    return _bound(got, f"CASE WHEN {known} THEN {_stamp(year, month, day, zone)} END")


def _named(text: str, zone: str) -> str:
    day = _groups(text, _DAY_NAMED, ["d", "m", "y", *_TIME_PARTS])
    month = _groups(text, _MONTH_NAMED, ["m", "d", "y", *_TIME_PARTS])
    stamp = _stamp(_year("g.y"), _month_number("g.m"), "g.d", zone)
    ways = [_bound(got, stamp) for got in (day, month)]
    has_letters = f"regexp_matches({text}, '[^\\s\\d.,/:+-]{{3}}')"
    return f"CASE WHEN {has_letters} THEN coalesce({ways[0]}, {ways[1]}) END"


def _month(text: str) -> str:
    got = _groups(text, _MONTH_ONLY, ["y1", "m1", "m2", "y2", "m3", "y3"])
    year = "coalesce(nullif(g.y1, ''), nullif(g.y2, ''), nullif(g.y3, ''))"
    month = f"coalesce(nullif(g.m1, ''), nullif(g.m2, ''), {_month_number('g.m3')})"
    return _bound(got, f"TRY_CAST({year} || '-' || {month} || '-01' AS TIMESTAMP)")


def _compact(text: str) -> str:
    got = _groups(text, _COMPACT, ["y", "m", "d", "h", "mi", "s"])
    time = (
        "coalesce(nullif(g.h, ''), '00') || ':' || coalesce(nullif(g.mi, ''), '00') || ':' || "
        "coalesce(nullif(g.s, ''), '00')"
    )
    return _bound(got, f"TRY_CAST(g.y || '-' || g.m || '-' || g.d || ' ' || {time} AS TIMESTAMP)")


def _bound(got: str, expression: str) -> str:
    """`expression` with `g` standing for `got`, which is worked out once (a list of one)."""
    return f"list_transform([{got}], lambda g: {expression})[1]"


def _year(part: str) -> str:
    """Two digits: 70-99 are the last century."""
    return (
        f"CASE WHEN length({part}) = 2 THEN (CASE WHEN {part} >= '70' THEN '19' ELSE '20' END) "
        f"|| {part} ELSE {part} END"
    )


def _month_number(word: str) -> str:
    table = ", ".join(f"{literal(name)}: '{number}'" for name, number in _MONTHS.items())
    clean = f"lower(strip_accents({word}))"
    return f"coalesce(MAP {{{table}}}[{clean}[1:4]], MAP {{{table}}}[{clean}[1:3]])"


def _stamp(year: str, month: str, day: str, zone: str) -> str:
    """The instant of the parts in `g`; NULL for a day that no calendar has."""
    hour = "TRY_CAST(g.h AS INTEGER)"
    hours = (
        f"CASE lower(g.half[1:1]) WHEN 'p' THEN ({hour} % 12) + 12 WHEN 'a' THEN {hour} % 12 "
        f"ELSE coalesce({hour}, 0) END"
    )
    minutes, seconds = (f"coalesce(nullif(g.{part}, ''), '00')" for part in ("mi", "s"))
    fraction = "rpad(coalesce(nullif(g.f, ''), '0')[1:6], 6, '0')"
    naive = (
        f"TRY_CAST(({year}) || '-' || ({month}) || '-' || ({day}) || ' ' || ({hours}) || ':' || "
        f"{minutes} || ':' || {seconds} || '.' || {fraction} AS TIMESTAMP)"
    )
    offset = "regexp_replace(g.zone, '[^0-9+-]', '', 'g')"
    shift = (
        f"(CASE WHEN {offset}[1:1] = '-' THEN -1 ELSE 1 END) * "
        f"(TRY_CAST({offset}[2:3] AS INTEGER) * 60 + "
        f"coalesce(TRY_CAST(nullif({offset}[4:5], '') AS INTEGER), 0))"
    )
    here = naive
    if zone not in ("UTC", "Etc/UTC"):
        moved = f"timezone('UTC', timezone({literal(zone)}, {naive}))"
        here = f"CASE WHEN g.h <> '' THEN {moved} ELSE {naive} END"
    return (
        f"CASE WHEN g.zone = '' THEN {here} WHEN {offset} = '' THEN {naive} "
        f"ELSE {naive} - to_minutes({shift}) END"
    )
