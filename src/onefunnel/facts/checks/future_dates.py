"""Things that are said to have happened but lie ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onefunnel.facts.checks.context import Context, Tables, one_row, rows
from onefunnel.facts.checks.wording import counted, date_name, have
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: So many cells are compared with those told of already.
LOOKED_AT = 200_000

#: These may lie ahead by their nature.
_MAY = {("handovers", "due_at"), ("handovers", "reply_due_at"), ("spend", "at")}


def future_dates(tables: Tables, context: Context) -> list[Finding]:
    """Times after now, column by column. What happened stays; reading exports takes its time as
    not known (`connectors.future`)."""
    found = []
    told: set[tuple[object, ...]] = set()
    for name, table in tables.items():
        if name not in TABLES:
            continue
        columns = [
            column.name
            for column in TABLES[name].columns
            if column.type in ("time", "day")
            and column.name in table.columns
            and (name, column.name) not in _MAY
        ]
        if not columns:
            continue
        counts = {}
        for column in columns:
            counts[f"n_{column}"] = table.count(where=table[column] > context.now)
            counts[f"max_{column}"] = table[column].max()
        got = one_row(table.agg(**counts))
        for column in columns:
            if got[f"n_{column}"]:
                n = _new(table.filter(table[column] > context.now), column, told)
                if not n:
                    continue
                found.append(
                    Finding(
                        "future-date", name, column, n,
                        f"{counted(n, name)} {have(n)} {_article(date_name(name, column))} in the "
                        "future. What is recorded counts; its time is taken as not known.",
                        f"{got[f'max_{column}']:%Y-%m-%d %H:%M}",
                        "Correct the dates at the source, or leave a planned date out of the "
                        "mapping.",
                    )
                )  # fmt: skip
    return found


def _new(table: ir.Table, column: str, told: set[tuple[object, ...]]) -> int:
    """How many of these rows come from cells that no finding has told of yet.

    One cell of a file may be the entry of a lead, the opening of its deal and its first move.
    """
    if not {"_file", "_row"} <= set(table.columns):
        return int(table.count().execute())
    seen = {
        (row["_file"], row["_row"], row[column]): row["n"]
        for row in rows(
            table.group_by(["_file", "_row", column]).agg(n=table.count()).limit(LOOKED_AT)
        )
    }
    new = sum(n for cell, n in seen.items() if cell not in told)
    told.update(seen)
    return int(new)


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
