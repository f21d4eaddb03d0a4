"""Conditions as a mapping writes them."""

from __future__ import annotations

from collections.abc import Sequence

from onefunnel.facts.sql_text import identifier, literal


def column_name(column: str) -> str:
    """A column as conditions write it."""
    plain = column.replace("_", "").isalnum() and column.isascii() and column.lower() != "not"
    return column if plain else identifier(column)


def among(column: str, values: Sequence[str]) -> str:
    """Holds where the column says one of these values."""
    listed = ", ".join(map(literal, values))
    return f"{column_name(column)} in ({listed})"
