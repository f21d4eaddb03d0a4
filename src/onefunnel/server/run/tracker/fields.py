"""What may be said of a lead, and reading it: one value at a time, as a program or a form sends it.

An import reads whole columns and can tell from them how they write dates and numbers; a single
value tells nothing, so only what can be read in one way is read: 2026-03-01, 1234.5, yes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from onefunnel.connectors.conditions import NO, YES
from onefunnel.facts.declaration import Type
from onefunnel.facts.utc import in_utc

#: What the program itself says of a lead.
OURS = frozenset({"lead_id", "created_at"})
LONGEST_TEXT = 4000
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,3})?")


class BadField(ValueError):
    """A value that cannot be kept: of which field, why, and what to do."""

    def __init__(self, field: str, reason: str, fix: str) -> None:
        self.field, self.reason, self.fix = field, reason, fix
        super().__init__(f"{field}: {reason}. {fix}")


def read_fields(said: Mapping[str, object], known: Mapping[str, Type]) -> dict[str, object]:
    """The values by field as the facts keep them; an empty one is None.

    Raises:
        BadField: a field nobody knows, or a value that is not of its type.
    """
    read: dict[str, object] = {}
    by_folded = {name.casefold(): name for name in known}
    for name, value in said.items():
        field = by_folded.get(name.casefold())
        if field is None or field in OURS:
            raise BadField(name, "no such field is known", _known_fields(known))
        read[field] = read_value(field, value, known[field])
    return read


def read_value(field: str, value: object, kind: Type) -> object:
    """One value as the facts keep it. Raises BadField."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None
    try:
        found = _read(value, kind)
    except (ValueError, InvalidOperation, OverflowError):
        found = None
    if found is None:
        raise BadField(field, f"it is not {_CALLED[kind]}", _HOW[kind])
    if isinstance(found, str) and len(found) > LONGEST_TEXT:
        raise BadField(field, f"it is longer than {LONGEST_TEXT:,} characters", "Shorten it")
    if field == "email" and not _ADDRESS.fullmatch(str(found)):
        raise BadField(field, "it is not an e-mail address", "Write it like name@example.com")
    return found


def _read(value: object, kind: Type) -> object:
    text = str(value)
    match kind:
        case "text":
            return value if isinstance(value, str) else None
        case "flag":
            return _flag(value)
        case "time":
            return in_utc(datetime.fromisoformat(text)) if isinstance(value, str) else None
        case "day":
            return date.fromisoformat(text) if isinstance(value, str) else None
    if isinstance(value, bool):
        return None
    if kind == "int":
        is_whole = isinstance(value, int) or _WHOLE.fullmatch(text)
        return int(text) if is_whole and abs(int(text)) < 2**63 else None
    if not isinstance(value, int | float) and not _NUMBER.fullmatch(text):
        return None
    if kind == "number":
        return float(text) if abs(float(text)) < float("inf") else None
    said = Decimal(text)
    exact = said.quantize(Decimal("0.0001"))
    return exact if exact == said and abs(exact) < Decimal(10) ** 14 else None


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).casefold()
    return True if word in (*YES, "on") else False if word in NO else None


def _known_fields(known: Mapping[str, Type]) -> str:
    names = sorted(name for name in known if name not in OURS)
    return f"Leave it out, or use one of these: {', '.join(names)}"


_CALLED: dict[Type, str] = {
    "text": "a text",
    "int": "a whole number",
    "number": "a number",
    "money": "a sum of money of at most 14 digits before the point and 4 after it",
    "time": "a time",
    "day": "a day",
    "flag": "yes or no",
}
_HOW: dict[Type, str] = {
    "text": "Write it in quotation marks",
    "int": "Write digits only, such as 1200",
    "number": "Write digits and a point, such as 1200.5",
    "money": "Write digits and a point, such as 1200.50",
    "time": "Write it like 2026-03-01 09:30, in UTC or with its zone",
    "day": "Write it like 2026-03-01",
    "flag": "Write yes or no",
}
