"""Names and values as they stand in SQL text, so that none of them can end early."""

from __future__ import annotations


def identifier(name: str) -> str:
    """An SQL identifier that says exactly that name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """An SQL text literal that says exactly that value as text."""
    return "'" + str(value).replace("'", "''") + "'"
