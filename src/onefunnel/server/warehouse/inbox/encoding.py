"""One row of a standard table as the database keeps it, in plain Python.

For rows that people make here one at a time. It gives exactly the key, the digest and the cells
that `staging` gives for a row that is imported, so that an export of such a row, brought back, is
found unchanged; a test holds the two to each other.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from onefunnel.facts.declaration import Column, Table, Type
from onefunnel.facts.tables import TABLES
from onefunnel.facts.utc import in_utc
from onefunnel.server.warehouse.inbox.staging import LONGEST_ID

_BETWEEN, _NOTHING = chr(31), chr(30)
#: NUL is no text to PostgreSQL; the other two separate the parts of a key (see staging).
_FROM_DECLARED = dict.fromkeys((0, 30, 31))
_FROM_FREE = dict.fromkeys((0,))
_EPOCH, _MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)  # noqa: DTZ001 (UTC, as kept)
_FIRST_DAY = date(1970, 1, 1)
_LARGEST = 2**63
_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_ESCAPED = str.maketrans({n: f"\\u{n:04X}" for n in range(32)} | _SHORT)
_NAMES = {name: {c: i for i, c in enumerate(t.column_names)} for name, t in TABLES.items()}
_TAKEN = {name: {c.lower() for c in t.column_names} for name, t in TABLES.items()}
_REQUIRED = {name: [c.name for c in t.columns if c.required] for name, t in TABLES.items()}
_NAME = re.compile(r"[^_\x00-\x1f][^\x00-\x1f]{0,119}")


class BadRow(ValueError):
    """A row that cannot be kept: which column, its value, why, and what to do."""

    def __init__(self, table: str, column: str, value: object, reason: str, fix: str) -> None:
        self.table, self.column, self.reason, self.fix = table, column, reason, fix
        self.value = str(value)[:80]
        super().__init__(f"{table}, {column}: {reason}. {fix}")


@dataclass(frozen=True)
class Encoded:
    """A row ready to be written: `cells` in the order of fact_rows.stored_columns.

    `attributes` are the types of its free attributes, by name.
    """

    key: str
    digest: int
    cells: tuple[object, ...]
    attributes: Mapping[str, str]


def encode(table: str, row: Mapping[str, object], spelled: Mapping[str, str]) -> Encoded:
    """The row as the database keeps it.

    Args:
        row: Values by column. Columns beyond the declared ones are free attributes, of an open
            table only; None is the same as leaving a column out. Times are aware, or naive UTC.
        spelled: How an attribute is already spelled, by its lower-case name.

    Raises:
        BadRow: a value of another type, a required one that lacks, an identifier too long, a
            column that the table does not take.
    """
    declared = TABLES[table]
    if not declared.key:
        raise BadRow(table, "", "", "its rows have no key", "Import such rows as a file")
    names = _NAMES[table]
    for column in _REQUIRED[table]:
        if row.get(column) is None:
            raise _bad(declared, column, "", "it is missing", "Say it")
    # most columns of most rows say nothing: only what is said is looked at
    cells: list[object] = [None] * len(names)
    texts = [_NOTHING] * len(names)
    free: dict[str, object] = {}
    for name, value in row.items():
        if value is None:
            continue
        place = names.get(name)
        if place is None:
            free[name] = value
        else:
            cells[place], texts[place] = _declared_value(declared, declared.columns[place], value)
    more, attributes = _free_attributes(declared, free, spelled)
    if declared.is_open:
        cells.append(more)
    content = _BETWEEN.join([*texts, _NOTHING if more is None else more])
    seal = hashlib.md5(content.encode(), usedforsecurity=False).digest()
    return Encoded(
        key=_BETWEEN.join([texts[names[name]] for name in declared.key]),
        digest=int.from_bytes(seal[8:], "little") - _LARGEST,
        cells=tuple(cells),
        attributes=attributes,
    )


def _declared_value(table: Table, column: Column, value: object) -> tuple[object, str]:
    """What is kept of a value of a declared column, and its text in key and digest."""
    if column.type == "text":
        text = _text(table, column.name, value, _FROM_DECLARED)
        if column.name.endswith("_id") and len(text) > LONGEST_ID:
            reason = f"an identifier of more than {LONGEST_ID} characters"
            raise _bad(table, column.name, value, reason, "Shorten it")
        return text, text
    return _cell_and_text(table, column.name, column.type, value)


def _cell_and_text(table: Table, name: str, kind: Type, value: object) -> tuple[object, str]:
    match kind, value:
        case "flag", bool():
            return int(value), _said(value)
        case "int", int() if not isinstance(value, bool) and -_LARGEST <= value < _LARGEST:
            return value, str(value)
        case "number", int() | float() if not isinstance(value, bool) and math.isfinite(value):
            return float(value), repr(float(value))
        case "money", int() | Decimal() if not isinstance(value, bool):
            exact = _money(table, name, Decimal(value))
            return int(exact.scaleb(4)), str(exact)
        case "time", datetime():
            moment = (in_utc(value) - _EPOCH) // _MICROSECOND
            return moment, str(moment)
        case "day", date() if not isinstance(value, datetime):
            return (value - _FIRST_DAY).days, value.isoformat()
    raise _bad(table, name, value, f"it is not a {_CALLED[kind]}", f"Give a {_CALLED[kind]}")


_CALLED: dict[Type, str] = {
    "flag": "yes or no",
    "int": "whole number",
    "number": "number",
    "money": "sum of money",
    "time": "time",
    "day": "day",
    "text": "text",
}


def _free_attributes(
    table: Table, values: Mapping[str, object], spelled: Mapping[str, str]
) -> tuple[str | None, dict[str, str]]:
    """Free attributes as the JSON that is kept, in the order of their names, and their types."""
    if not values:
        return None, {}
    if not table.is_open:
        raise _bad(table, min(values), "", "the table has no such column", "Leave it out")
    taken = _TAKEN[table.name]
    kept: dict[str, tuple[str, str]] = {}
    for name, value in values.items():
        shown = spelled.get(name.lower(), name)
        if name.lower() in taken or shown in kept or not _NAME.fullmatch(name):
            reason = "an attribute cannot be called that, or it is there twice"
            raise _bad(table, name, value, reason, "Give it a name of its own")
        kept[shown] = _attribute(table, name, value)
    pairs = (f"{_quoted(name)}:{_quoted(text)}" for name, (text, _) in sorted(kept.items()))
    return "{" + ",".join(pairs) + "}", {name: kind for name, (_, kind) in kept.items()}


def _attribute(table: Table, name: str, value: object) -> tuple[str, str]:
    """A free attribute as text, and the type it is kept as."""
    match value:
        case bool():
            return _said(value), "BOOLEAN"
        case int() if -_LARGEST <= value < _LARGEST:
            return str(value), "BIGINT"
        case float() if math.isfinite(value):
            return repr(value), "DOUBLE"
        case Decimal():
            return str(_money(table, name, value)), "DECIMAL(18,4)"
        case datetime():
            text = in_utc(value).isoformat(" ")
            return (text.rstrip("0") if "." in text else text), "TIMESTAMP"
        case date():
            return value.isoformat(), "DATE"
        case str():
            return _text(table, name, value, _FROM_FREE), "VARCHAR"
    raise _bad(table, name, value, "it is of no type that can be kept", "Give it as text")


def _text(table: Table, name: str, value: object, without: Mapping[int, None]) -> str:
    if not isinstance(value, str):
        raise _bad(table, name, value, "it is not a text", "Put it in quotation marks")
    if value.isprintable():  # as nearly all is: no control character, no half of one
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        reason = "it holds half a character"
        raise _bad(table, name, ascii(value), reason, "Write it again") from None
    return value.translate(without)


def _money(table: Table, name: str, value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= Decimal(10) ** 14:
        raise _bad(table, name, value, "it is too large to be kept exactly", "Check the number")
    exact = value.quantize(Decimal("0.0001"))
    if exact != value:
        raise _bad(table, name, value, "it has more than four places", "Round it")
    return exact if exact else abs(exact)  # no minus before nothing


def _said(value: bool) -> str:
    return "true" if value else "false"


def _quoted(text: str) -> str:
    """The text as DuckDB writes it in JSON: nothing escaped but what has to be."""
    return f'"{text.translate(_ESCAPED)}"'


def _bad(table: Table, column: str, value: object, reason: str, fix: str) -> BadRow:
    return BadRow(table.name, column, value, reason, fix)
