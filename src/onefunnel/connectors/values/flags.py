"""Yes and no in the ways systems write them."""

from __future__ import annotations

from onefunnel.connectors.conditions import NO, YES
from onefunnel.facts.sql_text import literal


def flag_sql(text: str) -> str:
    """A DuckDB expression: BOOLEAN, NULL where `text` is neither yes nor no."""
    yes, no = (", ".join(literal(word) for word in words) for words in (YES, NO))
    return (
        f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"
    )


def flag_count_sql(text: str) -> str:
    """How many values are yes or no."""
    return f"count_if(({flag_sql(text)}) IS NOT NULL)"
