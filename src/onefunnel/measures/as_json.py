"""A result as plain JSON values: the one shape of the command line, the API and exports."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from onefunnel.measures.result import Result

SHARE_DIGITS = 6

#: Columns that are shares although their name does not end in `_share`.
SHARES = frozenset(
    {"low", "high", "overall_low", "overall_high"}
    | {"share_of_leads", "win_rate", "win_rate_of_closed", "win_rate_low", "win_rate_high"}
    | {"gap_low", "gap_high", "grr_low", "grr_high", "nrr_low", "nrr_high"}
)


def as_json(result: Result) -> dict[str, object]:
    """The result as values that `json.dumps` takes.

    Shape: measure, question, sentence, as_of, agreement ({version, digest} or null), rows (in the
    order of the result, each with its columns in their order), totals, findings, notes. Times are
    ISO 8601 ending in Z; money is a number that keeps the penny; shares (0..1) have six digits; a
    value that the data cannot support is null, and the row's note says why.
    """
    agreement = result.agreement
    return {
        "measure": result.measure,
        "question": result.question,
        "sentence": result.sentence,
        "as_of": plain(result.as_of),
        "agreement": None
        if agreement is None
        else {"version": agreement.version, "digest": agreement.digest},
        "rows": [
            {column: plain(row.get(column), column) for column in result.columns}
            for row in result.rows
        ],
        "totals": {name: plain(value, name) for name, value in result.totals.items()},
        "findings": [finding.as_dict() for finding in result.findings],
        "notes": list(result.notes),
    }


def plain(value: object, column: str = "") -> object:
    """One value as JSON has it; `column` tells shares from other numbers by its name."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        return round(value, SHARE_DIGITS) if is_share(column) else value
    if isinstance(value, dict):
        return {str(key): plain(part, str(key)) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def is_share(column: str) -> bool:
    """Whether a result's column of that name holds shares of 0..1."""
    return column.endswith("_share") or column in SHARES


def is_credit(column: str) -> bool:
    """Whether a result's column of that name holds credit: parts of what was won."""
    return column.endswith("credit")


def _number(value: Decimal) -> int | float | str:
    """Whole amounts as integers, others as the float that prints them exactly.

    A double holds 15 digits for sure: an amount that needs more goes out as text rather than
    wrong by a penny.
    """
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)
