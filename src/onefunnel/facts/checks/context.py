"""What checks know besides the facts, and the few questions they all ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, "ir.Table"]


@dataclass(frozen=True)
class Context:
    """`now` (UTC, no zone) is what "in the future" is measured against.

    `days` is the time zone in which a day begins that was written without a time.
    """

    now: datetime
    days: str = "UTC"


def one_row(table: ir.Table) -> dict[str, Any]:
    """The only row of an aggregate as plain Python values (NULL and NaT are None)."""
    import pandas as pd

    row = table.execute().iloc[0].to_dict()
    return {name: None if _is_missing(pd, value) else value for name, value in row.items()}


def rows(table: ir.Table) -> list[dict[str, Any]]:
    """All rows of a small result."""
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


def _is_missing(pd: Any, value: Any) -> bool:
    return bool(pd.isna(value)) if not isinstance(value, list | dict) else False


def plain_key(text: str) -> str:
    """A key without case, spaces and punctuation: `GTX Pro` and `GTXPro` are one."""
    return "".join(c for c in text.casefold() if c.isalnum())
