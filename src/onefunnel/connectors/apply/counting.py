"""Count how a whole column is written, looking at each way of writing once.

A million times of day are written in a handful of ways. Cells that no pattern can tell apart make
one group (by a key that is cheap to make), one cell of each group is looked at, and what it says
counts as often as the group has cells: the counts are those of all cells.
"""

from __future__ import annotations

from typing import Any

from onefunnel.connectors.values.dates import (
    ISO_TIME,
    NUMERIC_DATE,
    PLAIN_PARTS,
    DateCounts,
    date_counts_sql,
)
from onefunnel.connectors.values.numbers import NumberCounts, digits_sql, number_counts_sql
from onefunnel.facts.sql_text import literal


def count_dates(con: Any, relation: str, cell: str) -> DateCounts:
    """How many cells look like what kind of date; `cell` is SQL over a row of `relation`."""
    # The patterns ask of a numeric date its first two parts, which end within seven characters.
    key = (
        f"CASE WHEN regexp_matches(c, {literal(ISO_TIME)}) THEN 'iso' "
        f"WHEN regexp_matches(c, {literal(NUMERIC_DATE)}) THEN c[:7] || "
        f"CASE WHEN regexp_matches(c, {literal(PLAIN_PARTS)}) THEN '=' ELSE '~' END ELSE c END"
    )
    counts = date_counts_sql("c", "n")
    asked = ", ".join(counts.values())
    got = con.execute(f"SELECT {asked} FROM ({_groups(relation, cell, key)})").fetchone()
    return DateCounts(**_named(counts, got))


def count_numbers(con: Any, relation: str, cell: str) -> NumberCounts:
    """How many cells look like what kind of number; `cell` is SQL over a row of `relation`."""
    counts = number_counts_sql("c", "n")
    asked = ", ".join(counts.values())
    groups = _groups(relation, cell, NUMBER_KEY)
    got = con.execute(
        f"SELECT {asked} FROM (SELECT *, {digits_sql('c')} AS c_digits FROM ({groups}))"
    ).fetchone()
    return NumberCounts(**_named(counts, got))


#: No pattern of numbers tells one digit from another, but for zero.
NUMBER_KEY = "translate(c, '23456789', '11111111')"


def kinds_sql(relation: str, cell: str) -> str:
    """The different cells `c` of a column as a relation, each with how often it is there, `n`."""
    return f"SELECT c, count(*) AS n FROM (SELECT {cell} AS c FROM {relation}) GROUP BY c"


def _groups(relation: str, cell: str, key: str) -> str:
    kinds = kinds_sql(relation, cell)
    return (
        f"SELECT any_value(c) AS c, sum(n) AS n FROM ({kinds}) WHERE c IS NOT NULL GROUP BY {key}"
    )


def _named(fields: Any, values: Any) -> dict[str, int]:
    """Counts by name; an aggregate over nothing is NULL."""
    return {field: int(value or 0) for field, value in zip(fields, values, strict=True)}
