"""Values of one record: fetched, checked to be what the column says, and made comparable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.functions import BLANKS, capitals, small_letters
from onefunnel.facts.declaration import Type
from onefunnel.facts.utc import in_utc


class WrongValueError(TypeError):
    """A record holds a value that its column's type does not allow."""

    def __init__(self, column: str, value: object, expected: str) -> None:
        super().__init__(f"{column} holds {value!r}, which is not {expected}")


def _text(name: str, record: Mapping[str, Any]) -> str | None:
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    raise WrongValueError(name, value, "text")


def _int(name: str, record: Mapping[str, Any]) -> int | None:
    value = record.get(name)
    if value is None or isinstance(value, int):
        return value
    raise WrongValueError(name, value, "a whole number")


def _number(name: str, record: Mapping[str, Any]) -> float | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return finite(float(value))
    raise WrongValueError(name, value, "a number")


def _money(name: str, record: Mapping[str, Any]) -> Decimal | int | None:
    value = record.get(name)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    raise WrongValueError(name, value, "an amount")


def _time(name: str, record: Mapping[str, Any]) -> datetime | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, date):
        return midnight(value)
    raise WrongValueError(name, value, "a time")


def _day(name: str, record: Mapping[str, Any]) -> date | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise WrongValueError(name, value, "a day")


def _flag(name: str, record: Mapping[str, Any]) -> bool | None:
    value = record.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise WrongValueError(name, value, "a flag")


#: How a column's value is fetched, by the column's type.
GETTERS: dict[Type, Callable[[str, Mapping[str, Any]], Any]] = {
    "text": _text,
    "int": _int,
    "number": _number,
    "money": _money,
    "time": _time,
    "day": _day,
    "flag": _flag,
}


def finite(value: float) -> float | None:
    """The number, or None where it is not one (NaN, infinity)."""
    return value if isfinite(value) else None


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def into_domain(domain: tree.Domain, type_: Type) -> Callable[[Any], Any] | None:
    """What turns a known value of a type into its domain; None where it is there already."""
    if domain == "float":
        return finite if type_ == "number" else float
    if domain == "time" and type_ == "day":
        return midnight
    return None


def _days_between(start: date, end: date) -> int:
    first = start.date() if isinstance(start, datetime) else start
    last = end.date() if isinstance(end, datetime) else end
    return (last - first).days


#: The functions of one record by name; every argument is known when they are called.
CALLS: dict[str, Callable[..., Any]] = {
    "lower": small_letters,
    "upper": capitals,
    "trim": lambda text: text.strip(BLANKS),
    "length": len,
    "days_between": _days_between,
}
