"""Files that are parts of one, such as a file for each month."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from onefunnel.connectors.apply.names import plain_name
from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.facts.sql_text import identifier

_PART = re.compile(
    r"[\d]+|\b(part|teil|copy|kopie|page|sheet|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|january|february|march|april|june|july|august|september|october|november|december)\b"
)


def same_header(tables: Sequence[TextTable], places: Sequence[int]) -> list[list[int]]:
    """Places grouped: same columns and names that differ only in a number, month or part.

    The same columns alone make one group only where there are four or more: `id, name` is the
    header of many things.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for place in places:
        table = tables[place]
        header = tuple(sorted(plain_name(column) for column in table.columns))
        stem = _PART.sub("", re.sub(r"[_\W]+", " ", table.name.lower().split("/")[-1])).strip()
        key: tuple[object, ...] = (header,) if len(header) >= 4 else (header, stem)
        groups.setdefault(key, []).append(place)
    return [sorted(group) for group in groups.values()]


def is_part(con: Any, tables: Sequence[TextTable], part: int, whole: int) -> bool:
    """Does every row of the one file stand in the other, as often as there? A sample of it does."""
    columns = ", ".join(identifier(name) for name in tables[part].columns)
    if set(tables[part].columns) != set(tables[whole].columns):
        return False
    (more,) = con.execute(
        f"SELECT count(*) FROM (SELECT {columns} FROM {parquet_sql(tables[part])} EXCEPT ALL "
        f"SELECT {columns} FROM {parquet_sql(tables[whole])})"
    ).fetchone()
    return bool(more == 0)
