"""Which columns of a table a definition can use, and as which type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onefunnel.facts.declaration import Type

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir


def type_of(data_type: dt.DataType) -> Type | None:
    """The declared type that fits an engine's type; None where definitions cannot use it."""
    checks: tuple[tuple[bool, Type], ...] = (
        (data_type.is_string(), "text"),
        (data_type.is_boolean(), "flag"),
        (data_type.is_integer(), "int"),
        (data_type.is_floating(), "number"),
        (data_type.is_decimal(), "money"),
        (data_type.is_timestamp(), "time"),
        (data_type.is_date(), "day"),
    )
    return next((type_ for fits, type_ in checks if fits), None)


def columns_of(*tables: ir.Table) -> dict[str, Type]:
    """The usable columns of tables joined together; on a clash of names the first table wins.

    Columns that start with `_` (where a row came from) are left out.
    """
    found: dict[str, Type] = {}
    for table in tables:
        for name, data_type in table.schema().items():
            type_ = type_of(data_type)
            if type_ is not None and not name.startswith("_"):
                found.setdefault(name, type_)
    return found
