"""Which texts mean "nothing": an empty cell in disguise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from onefunnel.facts.sql_text import literal

#: Dates of zeros, which databases write where there is none: taken for nothing, and said so.
ZERO_DATES = ("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000")
#: In a column of dates, numbers or flags these say that there is no value (lower case).
BLANKS = (
    "", "null", "(null)", "<null>", "none", "nil", "n/a", "na", "n.a.", "nan", "nat", "k.a.",
    "-", "--", "—", "–", "\\n", "#n/a", "#n/v", "?", "tbd", *ZERO_DATES,
)  # fmt: skip
#: In text only what no person types: a name may well be "None" or "NA" (Namibia).
TEXT_BLANKS = ("", "\\N", "NULL", "(null)", "<null>", "#N/A", "#N/V")


#: How clean the cells of a column are known to be (see `apply.tidy`): "trimmed" none has outer
#: white space, "plain" nor is any of TEXT_BLANKS, "typed" nor any of BLANKS.
Tidy = Literal["", "trimmed", "plain", "typed"]
TIDIER: tuple[Tidy, ...] = ("", "trimmed", "plain", "typed")
#: What is trimmed off: white space, also the hard and thin spaces of spreadsheets.
OUTER = (32, 9, 10, 13, 160, 8239, 8203)
_LONGEST_BLANK = max(len(blank.encode()) for blank in BLANKS)
_EDGES = "".join(map(chr, OUTER))


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(literal, values))


def trimmed(expression: str) -> str:
    """DuckDB text without outer white space (also the hard and thin spaces of spreadsheets)."""
    return f"trim({expression}, {'||'.join(f'chr({code})' for code in OUTER)})"


def typed_text(expression: str, tidy: Tidy = "") -> str:
    """DuckDB text of a cell that should hold a date, number or flag; NULL when blank."""
    if tidy == "typed":
        return expression
    if tidy:
        return (
            f"CASE WHEN strlen({expression}) > {_LONGEST_BLANK} "
            f"OR lower({expression}) NOT IN ({_listed(BLANKS)}) THEN {expression} END"
        )
    text = trimmed(expression)
    return f"CASE WHEN lower({text}) NOT IN ({_listed(BLANKS)}) THEN {text} END"


def plain_text(expression: str, tidy: Tidy = "") -> str:
    """DuckDB text of a text cell; NULL when blank."""
    if tidy in ("plain", "typed"):
        return expression
    text = expression if tidy else trimmed(expression)
    return f"CASE WHEN {text} NOT IN ({_listed(TEXT_BLANKS)}) THEN {text} END"


def tidy_constant(text: str) -> Tidy:
    """How tidy a text is that stands in the mapping itself."""
    if text != text.strip(_EDGES) or text in TEXT_BLANKS:
        return ""
    return "plain" if text.lower() in BLANKS else "typed"


def least_tidy(levels: Iterable[Tidy]) -> Tidy:
    """The level that holds for all of several texts."""
    return TIDIER[min((TIDIER.index(level) for level in levels), default=len(TIDIER) - 1)]


def tidiness_sql(column: str) -> tuple[str, str, str]:
    """Three DuckDB aggregates over a raw column: has a cell outer white space; is one of
    TEXT_BLANKS; is one of BLANKS? Cheap tests stand first: most cells end there."""
    ends = " OR ".join(f"ends_with({column}, chr({code}))" for code in OUTER)
    edges = f"ord({column}) IN ({', '.join(map(str, OUTER))}) OR {ends}"
    short = [blank for blank in BLANKS if len(blank.encode()) <= _SHORT]
    long = [blank for blank in BLANKS if len(blank.encode()) > _SHORT]
    blank = (
        f"(strlen({column}) <= {_SHORT} AND lower({column}) IN ({_listed(short)})) "
        f"OR (ord({column}) = 48 AND {column} IN ({_listed(long)}))"
    )
    text_blank = f"strlen({column}) <= {_SHORT} AND {column} IN ({_listed(TEXT_BLANKS)})"
    return (
        f"count(*) FILTER (WHERE {edges}) > 0",
        f"count(*) FILTER (WHERE {text_blank}) > 0",
        f"count(*) FILTER (WHERE {blank}) > 0",
    )


#: The long blanks are dates of zeros, which begin with one.
_SHORT = 6
