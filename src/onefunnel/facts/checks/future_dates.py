"""Things that are said to have happened but lie ahead."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES

#: These may lie ahead by their nature.
_MAY = {("handovers", "due_at"), ("spend", "at")}


def future_dates(tables: Tables, context: Context) -> list[Finding]:
    """Times after now, column by column. What happened stays; reading exports takes its time as
    not known (`connectors.future`)."""
    found = []
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
            if n := got[f"n_{column}"]:
                found.append(
                    Finding(
                        "future-date", name, column, int(n),
                        f"{int(n):,} {name} have a {column} in the future; "
                        "what they record counts, its time is taken as not known",
                        f"{column} {got[f'max_{column}']}",
                        "correct the dates, or map a planned date to a free attribute instead",
                    )
                )  # fmt: skip
    return found
