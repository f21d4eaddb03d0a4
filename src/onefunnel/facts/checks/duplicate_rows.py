"""Rows that say exactly what another row says."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.checks.wording import counted, date_name
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES


def duplicate_rows(tables: Tables, context: Context) -> list[Finding]:
    """Rows equal in every declared column but their own key.

    Two such rows may be two facts (two equal orders in one day), so they stay and are reported.
    Moves are left to the reading, which drops exact repetitions.
    """
    found = []
    for name in ("leads", "deals", "orders", "spend", "touches"):
        if name not in tables:
            continue
        table = tables[name]
        own = {*TABLES[name].key, "lead_id" if name == "deals" else ""}
        columns = [c for c in table.columns if c not in own and not c.startswith("_")]
        time = TABLES[name].time
        if name in ("leads", "deals"):
            # Many leads may be equal where little is known of them: a person must be named.
            told = [c for c in ("email", "phone", "name") if c in columns]
            if not told:
                continue
            table = table.filter(table[told[0]].notnull() | table[told[-1]].notnull())
        if not columns or time not in columns:
            continue
        table = table.filter(table[time].notnull())
        groups = table.group_by(columns).agg(n=table.count())
        got = one_row(
            groups.agg(n=(groups.n - 1).sum(where=groups.n > 1), example=groups[time].min(
                where=groups.n > 1))
        )  # fmt: skip
        if got["n"]:
            found.append(
                Finding(
                    "duplicate-row", name, "", int(got["n"]),
                    f"{counted(int(got['n']), name)} "
                    + ("equals" if got["n"] == 1 else "equal")
                    + " another one in everything but the key",
                    f"{date_name(name, time)} {got['example']}",
                    "if they are the same, export each once; they are counted as they stand",
                )
            )  # fmt: skip
    return found
