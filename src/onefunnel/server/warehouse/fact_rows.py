"""How a row of a standard table is kept in SQL: one model per table, made from the declaration.

Every fact table has the same frame of five columns, then the declared ones:

- `id`: the change number. One counter numbers every row written anywhere in the warehouse, so the
  primary key is the watermark: what is new since N is the end of the table, read in order.
- `key`: the declared key as text (parts joined by the unit separator), once among living rows.
  Tables without a key use a digest of the row and the number of that equal row in its import.
- `digest`: 64 bits of MD5 over the row's content; equal means unchanged.
- `import_id`, `replaced_by`: the import that wrote the row, and the one that wrote its successor.
  A changed fact is a new row; the old one stays, with `replaced_by` set. That is the history, and
  what an undo goes back to. Rows of one import are found from its first change number on, so
  `import_id` needs no index of its own, which every row would pay for.

Exact and fast on both databases: money is an integer of ten-thousandths, a time an integer of
microseconds since 1970 (UTC); SQLite has no exact decimal of its own and no time type at all.
Free attributes of open tables are JSON of text values in `more`; `Attribute` keeps their types.
"""

from __future__ import annotations

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Lower

from onefunnel.facts.declaration import SQL_TYPES, Column, Table, Type
from onefunnel.facts.sql_text import identifier
from onefunnel.facts.tables import TABLES

FRAME = ("id", "key", "digest", "import_id", "replaced_by_id")
SEPARATOR = "chr(31)"
_KINDS: dict[Type, type[models.Field]] = {
    "text": models.TextField,
    "int": models.BigIntegerField,
    "number": models.FloatField,
    "money": models.BigIntegerField,
    "time": models.BigIntegerField,
    "day": models.IntegerField,
    "flag": models.SmallIntegerField,
}


class ChangeNumber(models.BigIntegerField):
    """A whole number as the primary key that is, on SQLite, the place of the row itself.

    SQLite takes only a column of the very type INTEGER for the place; any other primary key is a
    second index beside the rows: slower to write, and a detour for each row that is read.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The type of the column in this database."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


def fact_model(table: Table) -> type[models.Model]:
    """The model of one standard table; its SQL table is called `fact_<name>`."""
    fields: dict[str, object] = {
        "id": ChangeNumber(primary_key=True),
        "key": models.TextField(),
        "digest": models.BigIntegerField(),
        "import": models.ForeignKey(
            "warehouse.Import",
            models.DO_NOTHING,  # only a draft is ever deleted, and a draft wrote no row
            related_name="+",
            db_constraint=False,
            db_index=False,
        ),
        "replaced_by": models.ForeignKey(
            "warehouse.Import",
            models.PROTECT,
            null=True,
            related_name="+",
            db_constraint=False,
            db_index=False,
        ),
    }
    fields |= {column.name: _KINDS[column.type](null=True) for column in table.columns}
    if table.is_open:
        fields["more"] = models.TextField(null=True)
    living = models.Q(replaced_by__isnull=True)
    indexes = [
        models.Index(
            "replaced_by",
            "key",
            name=f"fact_{table.name}_replaced",
            condition=models.Q(replaced_by__isnull=False),
        )
    ]
    if is_history_of_leads(table):
        indexes.append(models.Index("lead_id", name=f"fact_{table.name}_lead"))
    if table.name == "leads":  # to whom else does a mail to this address go?
        there = models.Index(Lower("email"), name="fact_leads_address", condition=living)
        indexes.append(there)
    meta = type(
        "Meta",
        (),
        {
            "app_label": "warehouse",
            "db_table": f"fact_{table.name}",
            "verbose_name": table.grain,
            "verbose_name_plural": table.name,
            "constraints": [
                models.UniqueConstraint("key", name=f"fact_{table.name}_once", condition=living)
            ],
            "indexes": indexes,
        },
    )
    name = f"Fact{table.name.title()}"
    return type(
        name,
        (models.Model,),
        {**fields, "__module__": "onefunnel.server.warehouse.models", "Meta": meta},
    )


def is_history_of_leads(table: Table) -> bool:
    """Whether the rows of one lead are fetched together: its stages, contacts and deals."""
    return table.name in ("moves", "touches", "deals")


FACT_MODELS = {name: fact_model(table) for name, table in TABLES.items()}


def sql_table(name: str) -> str:
    """The SQL table of a standard table; KeyError where there is no such table."""
    return FACT_MODELS[name]._meta.db_table


def stored_columns(name: str) -> tuple[str, ...]:
    """The columns after the frame, in the order they are written."""
    table = TABLES[name]
    return (*table.column_names, *(("more",) if table.is_open else ()))


def encoded(column: Column) -> str:
    """DuckDB text that turns a typed value into what the database keeps."""
    value = identifier(column.name)
    match column.type:
        case "money":
            wide = f"CAST({value} AS DECIMAL(28,4)) * CAST(10000 AS DECIMAL(5,0))"
            return f"CAST({wide} AS BIGINT)"
        case "time":
            return f"epoch_us({value})"
        case "day":
            return f"CAST({value} - DATE '1970-01-01' AS INTEGER)"
        case "flag":
            return f"CAST({value} AS TINYINT)"
        case "number":
            return f"CASE WHEN isfinite({value}) THEN {value} END"
        case _:
            return value


def decoded(column: Column) -> str:
    """DuckDB text that turns what the database keeps back into the typed value."""
    value = identifier(column.name)
    match column.type:
        case "money":
            scaled = f"CAST({value} AS DECIMAL(18,0)) * CAST(0.0001 AS DECIMAL(5,4))"
            return f"CAST({scaled} AS {SQL_TYPES['money']})"
        case "time":
            return f"make_timestamp(CAST({value} AS BIGINT))"
        case "day":
            return f"CAST(DATE '1970-01-01' + CAST({value} AS INTEGER) AS DATE)"
        case _:
            return f"CAST({value} AS {SQL_TYPES[column.type]})"
