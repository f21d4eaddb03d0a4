"""The canonical text of an agreement and its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

#: What names the document but is not part of what is signed.
NOT_SIGNED = frozenset({"version", "status"})


def canonical(agreement: object) -> str:
    """The one text that every spelling of the same agreement shares.

    JSON with sorted keys and no blanks. Values left at "nothing" (empty text, empty list, no
    number) are left out, so that an agreement keeps its digest when the document gains a field.
    Numbers are written in their shortest form. `version` and `status` are not in it.
    """
    plain = {key: value for key, value in _plain(agreement).items() if key not in NOT_SIGNED}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(agreement: object) -> str:
    """SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(canonical(agreement).encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        pairs = ((field.name, _plain(getattr(value, field.name))) for field in fields(value))
        return {key: item for key, item in pairs if not _is_nothing(item)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, float):
        return _number(Decimal(repr(value)))
    if isinstance(value, date):
        return value.isoformat()
    return value


def _is_nothing(item: Any) -> bool:
    return item is None or item is False or (isinstance(item, str | list | dict) and not item)


def _number(value: Decimal) -> str:
    """`10`, `10.0` and `1E+1` are one number."""
    if value == 0:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
