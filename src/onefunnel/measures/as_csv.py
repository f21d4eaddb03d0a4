"""A result's rows as CSV text: raw for programs, or safe for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from onefunnel.facts.csv_text import for_spreadsheets as safe_text

BOM = "\ufeff"


def as_csv(
    rows: Iterable[Mapping[str, object]], columns: Sequence[str], *, for_spreadsheets: bool = False
) -> str:
    """The rows under their column names, nothing rounded, empty where there is no value.

    Raw is what comes back unchanged on import. `for_spreadsheets` adds the mark by which Excel
    knows UTF-8, and puts an apostrophe before text that a spreadsheet would run as a formula;
    numbers, `-5` and `+44 20` among them, stay as they are.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n" if for_spreadsheets else "\n")
    cell = _safe if for_spreadsheets else _raw
    writer.writerow([_safe(name) if for_spreadsheets else name for name in columns])
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    return (BOM if for_spreadsheets else "") + text.getvalue()


def _raw(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, datetime):
        return f"{value.isoformat(sep=' ', timespec='seconds')}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _safe(value: object) -> str:
    return safe_text(value) if isinstance(value, str) else _raw(value)
