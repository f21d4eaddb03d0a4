"""Which texts mean "nothing": an empty cell in disguise."""

from __future__ import annotations

#: In a column of dates, numbers or flags these say that there is no value (lower case).
BLANKS = (
    "", "null", "(null)", "<null>", "none", "nil", "n/a", "na", "n.a.", "nan", "nat", "k.a.",
    "-", "--", "—", "–", "\\n", "#n/a", "#n/v", "?", "tbd", "0000-00-00", "0000-00-00 00:00:00",
    "00/00/0000", "00.00.0000",
)  # fmt: skip
#: In text only what no person types: a name may well be "None" or "NA" (Namibia).
TEXT_BLANKS = ("", "\\N", "NULL", "(null)", "<null>", "#N/A", "#N/V")


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def trimmed(expression: str) -> str:
    """DuckDB text without outer white space (also the hard and thin spaces of spreadsheets)."""
    return f"trim({expression}, chr(32)||chr(9)||chr(10)||chr(13)||chr(160)||chr(8239)||chr(8203))"


def typed_text(expression: str) -> str:
    """DuckDB text of a cell that should hold a date, number or flag; NULL when blank."""
    text = trimmed(expression)
    return f"CASE WHEN lower({text}) NOT IN ({_listed(BLANKS)}) THEN {text} END"


def plain_text(expression: str) -> str:
    """DuckDB text of a text cell; NULL when blank."""
    text = trimmed(expression)
    return f"CASE WHEN {text} NOT IN ({_listed(TEXT_BLANKS)}) THEN {text} END"
