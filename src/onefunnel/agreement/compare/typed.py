"""A text that somebody typed, as the value of one field of the agreement."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args, get_origin, get_type_hints

from onefunnel.agreement.charter import Signatory
from onefunnel.agreement.stage import CustomerPromise

#: Fields that people write in more than one line.
LINES = frozenset({"meaning", "what", "why", "process", "statement", "purpose", "fallback",
                   "words", "customer_promise"})  # fmt: skip
_LARGEST = Decimal(10) ** 14


class BadValue(ValueError):
    """The text is no value of that field. It says what is expected."""


def value_of(owner: type, field: str, text: str, before: object) -> Any:
    """What `text` means in a field of a document class; `before` is what stands there now.

    Lists are separated by commas, a share may be written as `40 %`, a day as 2027-12-31 or
    31.12.2027. Texts of
    several lines keep them; names and the like are one line.

    Raises:
        BadValue: the text cannot be read so; it says how it would be written.
    """
    kind = get_type_hints(owner)[field]
    if kind is str or kind == CustomerPromise | None:
        text = lines_of(text) if field in LINES else " ".join(text.split())
    else:
        text = " ".join(text.split())
    if kind is str:
        return text
    if kind == tuple[str, ...]:
        return listed(text)
    if kind == tuple[Signatory, ...]:
        return tuple(_signatory(one) for one in listed(text))
    if kind == CustomerPromise | None:
        if not text:
            return None
        own = before if isinstance(before, CustomerPromise) else CustomerPromise()
        return replace(own, words=text)
    if kind == tuple[date, ...]:
        return tuple(_day(one) for one in listed(text))
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if text not in choices:
            raise BadValue(f"it is {' or '.join(filter(None, choices))}, not “{text}”")
        return text
    if not text:
        return None
    if kind == date | None:
        return _day(text)
    number = _number(text)
    if kind == int | None:
        if number != number.to_integral_value():
            raise BadValue(f"“{text}” is no whole number")
        return int(number)
    if kind == Decimal | None:
        return number
    if kind == float | None:
        return float(number)
    raise BadValue("this part cannot be written anew here; take one of the two drafts")


def lines_of(text: str) -> str:
    """The text with its lines, each without blanks at its ends and runs of them; no empty lines at
    its ends and never two in a row."""
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def listed(text: str) -> tuple[str, ...]:
    """The names of a list separated by commas, semicolons or lines, each once."""
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _day(text: str) -> date:
    written = re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", text)
    try:
        if written:
            return date(int(written[3]), int(written[2]), int(written[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue(f"“{text}” is no day; write it like 2027-12-31 or 31.12.2027") from None


def _signatory(text: str) -> Signatory:
    team, _, person = text.partition("(")
    return Signatory(team.strip(), person.strip().removesuffix(")").strip())


def _number(text: str) -> Decimal:
    is_share = text.endswith("%")
    try:
        found = Decimal(text.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        raise BadValue(f"“{text}” is no number") from None
    if not found.is_finite() or abs(found) >= _LARGEST:
        raise BadValue(f"“{text}” is no number that can be used here")
    return found / 100 if is_share else found
