"""Rows as a plain text table that fits a terminal and a paste into an e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal


def render(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> str:
    """The rows under their column names: numbers to the right, empty values as a dash."""
    body = [[cell(row.get(column), column) for column in columns] for row in rows]
    right = [
        all(_is_number(line[place]) for line in body) and bool(body)
        for place in range(len(columns))
    ]
    heads = [column.replace("_", " ") for column in columns]
    widths = [
        max(len(heads[place]), *(len(line[place]) for line in body), 1)
        for place in range(len(columns))
    ]
    lines = [heads, ["-" * width for width in widths], *body]
    return "\n".join(
        "  ".join(
            text.rjust(width) if is_right else text.ljust(width)
            for text, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def cell(value: object, column: str = "") -> str:
    """One value as people read it: 8,800; 63.15 %; 10,005,534.00; 2026-03-31 12:00."""
    if value is None or value != value:  # a NaN is not equal to itself
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, float):
        is_share = column.endswith("_share") or column in SHARES
        return f"{value * 100:.2f}%" if is_share else f"{value:,.1f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)


#: Columns that are shares although their name does not end in `_share`.
SHARES = frozenset({"low", "high", "overall_low", "overall_high", "win_rate"})


def _is_number(text: str) -> bool:
    return (
        text == "–"
        or text.removesuffix(" %").replace(",", "").lstrip("-").replace(".", "", 1).isdigit()
    )
