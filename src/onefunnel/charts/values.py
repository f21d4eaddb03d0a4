"""Numbers out of a result's row, whatever kind of number they are there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

Row = Mapping[str, object]


def whole(row: Row, column: str) -> int | None:
    """The count in a column; None where it is empty."""
    value = row.get(column)
    return None if value is None else int(str(value))


def real(row: Row, column: str) -> float | None:
    """The share, time or measured value in a column; None where it is empty."""
    value = row.get(column)
    return None if value is None else float(str(value))


def exact(row: Row, column: str) -> Decimal | None:
    """The amount in a column; None where it is empty."""
    value = row.get(column)
    return None if value is None else Decimal(str(value))


def words(row: Row, column: str, otherwise: str = "") -> str:
    """The text in a column."""
    value = row.get(column)
    return otherwise if value in (None, "") else str(value)
