"""Numbers and money: point or comma decided from the whole column, and the expression to read it.

Read are `1,234.50`, `1.234,50 €`, `(1,200.00)` (negative), `EUR 1 200`, `1'234.50`, `$1,117.10K`,
`3,5 Mio`, `12-` (negative), `1e3`. What does not fit the column's way of writing is not read at
all rather than read wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from onefunnel.connectors.values.currencies import CODES, SYMBOLS
from onefunnel.facts.sql_text import literal

_GAPS = r"[\s\x{00a0}\x{202f}\x{2009}'’`_]"
_SHAPE = r"^([^0-9.,]{0,8})([0-9][0-9.,]*|[.,][0-9]+)([eE][+-]?[0-9]{1,3})?([^0-9,]{0,16})$"
#: Digits, at most with a point that cannot be one of thousands (three digits behind it).
PLAIN_NUMBER = r"^-?(\d{1,13}(\.(\d{1,2}|\d{4,}))?|\d{4,13}\.\d+)$"
_SIMPLE = r"^-?\d{1,13}(\.\d+)?$"
_GROUPS = "['before', 'n', 'e', 'after']"
_SIZES = {
    1_000: ("k", "tsd", "tsd."),
    1_000_000: ("m", "mm", "mn", "mio", "mio.", "mill", "mill.", "mln", "mln.",
                "million"),
    1_000_000_000: ("b", "bn", "mrd", "mrd.", "md", "milliard", "billion"),
}  # fmt: skip
#: Grouped or not, with at most one decimal sign: anything else is a slip, not a number.
_POINT = r"^(\d*|\d{1,3}(,\d{2,3})*,\d{3})(\.\d*)?$"
_COMMA = r"^(\d*|\d{1,3}(\.\d{3})+)(,\d*)?$"


@dataclass(frozen=True)
class NumberCounts:
    """How many values of a column look like what.

    `comma` and `point`: values that can only be read with that decimal sign; `comma_open` and
    `point_open`: one sign with three digits behind it, which may be thousands (1,234 or 1.234);
    `zero_open`: those of them that begin with 0, where thousands make no sense. `certain`: digits
    at most with a point that cannot be one of thousands; `pointed`: those of them with a point.
    """

    values: int = 0
    numbers: int = 0
    plain: int = 0
    comma: int = 0
    point: int = 0
    comma_open: int = 0
    point_open: int = 0
    comma_zero: int = 0
    point_zero: int = 0
    with_currency: int = 0
    leading_zero: int = 0
    simple: int = 0
    certain: int = 0
    pointed: int = 0

    @property
    def form(self) -> str:
        """ "simple" when every value is plain digits with at most a point."""
        return "simple" if self.values and self.simple == self.values else ""


@dataclass(frozen=True)
class NumberDecision:
    """The decimal sign of a column; `problem` as in `DateDecision`."""

    decimal: str
    why: str
    problem: str = ""


def _parts(text: str) -> str:
    """The parts of a number as a struct `g`; what stands around it is judged by `_around`."""
    simple = f"contains({text}, ' ') OR regexp_matches({text}, {literal(_GAPS)})"
    clean = f"CASE WHEN {simple} THEN regexp_replace({text}, {literal(_GAPS)}, '', 'g') "
    return f"regexp_extract({clean} ELSE {text} END, {literal(_SHAPE)}, {_GROUPS})"


def _bare(part: str) -> str:
    """What stands beside the digits, without signs and brackets, in small letters."""
    return f"lower(translate({part}, '()+-−', ''))"


def _is_currency(word: str) -> str:
    codes = ", ".join(literal(code.lower()) for code in sorted(CODES))
    symbols = ", ".join(literal(symbol) for symbol in SYMBOLS)
    return f"({word} IN ({symbols}) OR (length({word}) = 3 AND {word} IN ({codes})))"


def _around() -> str:
    """1, 1000, ... for what stands around the digits; NULL when it is neither size nor currency."""
    before, after = _bare("g.before"), _bare("g.after")
    sizes = " ".join(
        f"WHEN {after} IN ({', '.join(literal(word) for word in words)}) THEN {size}"
        for size, words in _SIZES.items()
    )
    both = " ".join(
        f"WHEN regexp_matches({after}, {literal(f'^(?:{_either(words)})(?:{_MARKS})$')}) "
        f"THEN {size}"
        for size, words in _SIZES.items()
    )
    return (
        f"CASE WHEN NOT ({before} = '' OR {_is_currency(before)}) THEN NULL "
        f"WHEN {after} = '' THEN 1 {sizes} WHEN {_is_currency(after)} THEN 1 {both} END"
    )


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in words)


_MARKS = _either((*SYMBOLS, *(code.lower() for code in sorted(CODES))))


def digits_sql(text: str) -> str:
    """The digits of a number with their signs, without currency and size; '' for no number."""
    return (
        f"list_transform([{_parts(text)}], lambda g: CASE WHEN ({_around()}) > 0 THEN g.n END)[1]"
    )


def number_counts_sql(text: str, times: str = "1") -> Mapping[str, str]:
    """DuckDB aggregates, by name of `NumberCounts`, over the column `text` (NULL = blank).

    The column `<text>_digits` must stand beside it, made by `digits_sql`; `times` says how many
    cells a row stands for.
    """
    only_comma = r"^\d+,(\d{1,2}|\d{4,})$|^\d*\.\d{3}.*,|\.\d{3}\.\d{3}|^,\d"
    only_point = r"^\d+\.(\d{1,2}|\d{4,})$|^\d*,\d{3}.*\.|,\d{2,3},\d{3}|^\.\d"
    n = f"{text}_digits"

    def cells(condition: str) -> str:
        return f"coalesce(sum({times}) FILTER (WHERE {condition}), 0)"

    def like(pattern: str) -> str:
        return cells(f"regexp_matches({n}, {literal(pattern)})")

    return {
        "values": cells(f"{text} IS NOT NULL"),
        "numbers": cells(f"{n} <> ''"),
        "plain": like(r"^\d+$"),
        "comma": like(only_comma),
        "point": like(only_point),
        "comma_open": like(r"^\d{1,3},\d{3}$"),
        "point_open": like(r"^\d{1,3}\.\d{3}$"),
        "comma_zero": like(r"^0,\d{3}$"),
        "point_zero": like(r"^0\.\d{3}$"),
        "with_currency": cells(f"NOT regexp_matches({text}, '^[-(]?[\\d.,\\s]+\\)?$')"),
        "leading_zero": cells(f"regexp_matches({text}, '^0\\d')"),
        "simple": cells(f"regexp_matches({text}, {literal(_SIMPLE)})"),
        "certain": cells(f"regexp_matches({text}, {literal(PLAIN_NUMBER)})"),
        "pointed": cells(
            f"contains({text}, '.') AND regexp_matches({text}, {literal(PLAIN_NUMBER)})"
        ),
    }


def decide_numbers(counts: NumberCounts, *, hint: str = "") -> NumberDecision:
    """The decimal sign; `hint` is that of other columns of the same file."""
    comma = counts.comma + counts.comma_zero
    point = counts.point + counts.point_zero
    if comma or point:
        sign, n, other = (",", comma, point) if comma > point else (".", point, comma)
        why = f"{n:,} of {counts.numbers:,} can only have a decimal {_NAMES[sign]}"
        if not other:
            return NumberDecision(sign, why)
        against = _NAMES["." if sign == "," else ","]
        return NumberDecision(sign, f"{why}, but {other:,} only a {against}", "mixed-numbers")
    if counts.comma_open and counts.point_open:
        return NumberDecision(".", "both signs occur and none decides", "ambiguous-numbers")
    if hint and (counts.comma_open or counts.point_open):
        return NumberDecision(hint, "as in the file's other number columns")
    if counts.comma_open:
        why = f"{counts.comma_open:,} commas stand before three digits: thousands"
        return NumberDecision(".", why)
    if counts.point_open:
        if counts.point_open > 3 and counts.point_open == counts.numbers - counts.plain:
            why = f"all {counts.point_open:,} points stand before three digits: thousands"
            return NumberDecision(",", why, "ambiguous-numbers")
        return NumberDecision(".", "no value decides", "ambiguous-numbers")
    return NumberDecision(".", "whole numbers")


_NAMES = {",": "comma", ".": "point"}


def number_sql(text: str, decimal: str, times: str = "", *, digits: int = 4, form: str = "") -> str:
    """A DuckDB expression: DECIMAL(18, digits), NULL where `text` is no number in that writing.

    `form` is `NumberCounts.form` when it was counted: a plain column needs less.
    """
    if form == "simple" and decimal == ".":
        return _scaled(text, "1", times, digits)
    got = _parts(text)
    thousands = "," if decimal == "." else "."
    plain = f"replace(replace(g.n, '{thousands}', ''), '{decimal}', '.')"
    shape = _POINT if decimal == "." else _COMMA
    factor = (
        f"({_around()}) * (CASE WHEN regexp_matches(g.before || g.after, '[-−]|^\\(.*\\)$') "
        "THEN -1 ELSE 1 END)"
    )
    exact = _scaled(f"{plain} || g.e", factor, times, digits)
    # The list of one binds `g` once: without it the pattern would be matched for every mention.
    other = (
        f"list_transform([{got}], lambda g: CASE WHEN g.n <> '' AND "
        f"regexp_matches(g.n, {literal(shape)}) THEN {exact} END)[1]"
    )
    by_signs = _by_signs(text, decimal, digits) if not times else ""
    if by_signs:
        other = f"coalesce({by_signs}, {other})"
    if decimal == ",":
        return other
    simple = f"regexp_matches({text}, {literal(_SIMPLE)})"
    return f"CASE WHEN {simple} THEN {_scaled(text, '1', times, digits)} ELSE {other} END"


def _by_signs(text: str, decimal: str, digits: int) -> str:
    """`$1,234.50` or `1.234,50 €`: what money mostly looks like. NULL leaves it to the parts,
    which take ten times as long."""
    thousands = "," if decimal == "." else "."
    plain = f"replace({text}, '{thousands}', '')"
    for sign in ("$", "€", "£", " "):
        plain = f"replace({plain}, '{sign}', '')"
    if decimal == ",":
        plain = f"replace({plain}, ',', '.')"
    shape = rf"^[$€£]? ?\d{{1,3}}(\{thousands}\d{{3}})*(\{decimal}\d{{1,{digits}}})?( ?[$€£])?$"
    return (
        f"CASE WHEN regexp_matches({text}, {literal(shape)}) "
        f"THEN TRY_CAST({plain} AS DECIMAL(18, {digits})) END"
    )


def _scaled(text: str, factor: str, times: str, digits: int) -> str:
    """The product as DECIMAL(18, digits), NULL where it does not fit.

    It is looked at through a double first: a product of decimals that needs more digits than
    there are fails hard. Wide decimals are slow to read, so only what is multiplied becomes one.
    """
    narrow = f"TRY_CAST({text} AS DECIMAL(18, {digits}))"
    if factor == "1" and not times:
        return narrow
    wide = f"TRY_CAST({text} AS DECIMAL(38, 10))"
    exact = f"{wide} * f" + (f" * CAST({literal(times)} AS DECIMAL(18, 6))" if times else "")
    double = f"TRY_CAST({text} AS DOUBLE) * f" + (f" * {times}" if times else "")
    product = (
        f"CASE WHEN abs({double}) < 1e{18 - digits} THEN "
        f"TRY_CAST({exact} AS DECIMAL(18, {digits})) END"
    )
    if not times:
        product = f"CASE WHEN f = 1 THEN {narrow} ELSE {product} END"
    return f"list_transform([{factor}], lambda f: {product})[1]"


def int_sql(text: str, decimal: str, times: str = "", form: str = "") -> str:
    """A DuckDB expression: BIGINT, NULL where `text` is no whole number."""
    number = number_sql(text, decimal, times, form=form)
    whole = f"list_transform([{number}], lambda n: CASE WHEN n = floor(n) THEN n END)[1]"
    return f"CAST({whole} AS BIGINT)"
