"""Keys that name nothing: a deal of an account that is not in the accounts, and what was meant."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, plain_key, rows
from onefunnel.facts.checks.wording import key_name
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES

#: So many unknown values are looked at for what they may mean.
LOOKED_AT = 500


def unknown_keys(tables: Tables, context: Context) -> list[Finding]:
    """One finding per column of references: how many rows name nothing; one per near miss."""
    found: list[Finding] = []
    for name in tables:
        if name not in TABLES:
            continue
        for column in TABLES[name].columns:
            other, _, key = column.refers_to.partition(".")
            if not other or other not in tables or column.name not in tables[name].columns:
                continue
            found += _unknown(tables, name, column.name, other, key)
    return found


def _unknown(tables: Tables, name: str, column: str, other: str, key: str) -> list[Finding]:
    table, known = tables[name], tables[other]
    named = table.filter(table[column].notnull())
    missing = named.anti_join(known, named[column] == known[key])
    counted = missing.group_by(value=missing[column]).agg(n=missing.count())
    counts = rows(counted.order_by([counted.n.desc(), counted.value]).limit(LOOKED_AT + 1))
    if not counts:
        return []
    near = {plain_key(row["k"]): row["k"] for row in rows(known.select(k=known[key]).distinct())
            if row["k"] is not None}  # fmt: skip
    found, unexplained = [], []
    for row in counts[:LOOKED_AT]:
        meant = near.get(plain_key(row["value"]))
        if meant is None:
            unexplained.append(row)
            continue
        found.append(
            Finding(
                "unknown-key", name, column, row["n"],
                f"{column} {row['value']!r} is not in {other}; nearly the same is {meant!r} "
                f"({row['n']:,} rows of {name})", row["value"],
                f"write {meant!r} in one of the two files; until then they are told apart",
            )
        )  # fmt: skip
    if unexplained:
        n = sum(row["n"] for row in unexplained)
        more = "more than " if len(counts) > LOOKED_AT else ""
        if name == "moves":
            return [*found, _leads_of_history(n, len(unexplained), more, unexplained[0]["value"])]
        found.append(
            Finding(
                "unknown-key", name, column, n,
                f"{more}{n:,} {'row' if n == 1 else 'rows'} of {name} "
                f"{'names' if n == 1 else 'name'} a key ({key_name(column)}) that {other} does not "
                f"have "
                f"({len(unexplained):,} different)", unexplained[0]["value"],
                f"add the missing {other}, or correct {column}",
            )
        )  # fmt: skip
    return found


def _leads_of_history(n: int, leads: int, more: str, example: str) -> Finding:
    """Moves tell of leads that have no row of their own: they are followed, so it has to be said.

    They are kept because a delivery of what changed since the last one may well bring moves of
    leads that are in the workspace already; to refuse them would lose those for good.
    """
    of = "a lead" if leads == 1 else f"{more}{leads:,} leads"
    return Finding(
        "unknown-key", "moves", "lead_id", n,
        f"{more}{n:,} {'row' if n == 1 else 'rows'} of the stage history "
        f"{'is' if n == 1 else 'are'} of {of} that the file of leads does not have: kept, and "
        f"{'it counts' if leads == 1 else 'each counts'} in the funnel as a lead that entered with "
        "its first move and of which nothing else is known", example,
        "add them to the file of leads; if they should not count, take their rows out of the "
        "history",
    )  # fmt: skip
