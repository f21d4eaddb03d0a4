"""What tells whether two rows with one id are one thing: the rules, and the SQL they become.

Ids alone prove nothing, most systems count from 1; two missing values prove nothing either. So a
row is looked at step by step until one step tells: an e-mail address or a name, the company or
lead it belongs to, the moment it was made.
"""

from __future__ import annotations

from dataclasses import dataclass

from onefunnel.facts.sql_text import identifier
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import encoded

#: A row of so many values that is equal in all of them is the same one, also without a proof.
_RICH = 3


@dataclass(frozen=True)
class Step:
    """Columns that are compared where both rows have them; the first step that tells decides.

    With `proves`, one that is equal says the same thing (with `together`, all of them have to
    be); else none of them is equal and one that differs says another thing.
    """

    columns: tuple[str, ...]
    proves: bool = True
    together: bool = False


#: The tables whose rows have an id of the source's own.
STEPS: dict[str, tuple[Step, ...]] = {
    "leads": (
        Step(("email", "name")),
        Step(("company",), proves=False),
        Step(("created_at",)),
    ),
    "touches": (Step(("lead_id", "account_id"), proves=False), Step(("at",))),
    "handovers": (Step(("lead_id",), proves=False), Step(("offered_at",))),
    "deals": (
        Step(("lead_id", "account_id"), proves=False),
        Step(("opened_at",)),
        Step(("closed_at", "amount"), together=True),
    ),
    "orders": (Step(("account_id", "amount"), proves=False), Step(("at",))),
    "installed": (Step(("account_id", "product"), proves=False), Step(("installed_at",))),
    "accounts": (Step(("domain", "name")),),
}
#: Tables that are told apart by what they say, not by an id: the last one to say it stands.
SAYINGS: dict[str, tuple[Step, ...]] = {
    "awareness": (Step(("value",)),),
}


def columns_of(table: str) -> tuple[str, ...]:
    """The columns that the steps of a table look at."""
    steps = (STEPS | SAYINGS)[table]
    return tuple(dict.fromkeys(name for step in steps for name in step.columns))


def comparison(table: str, known: str, staged: str) -> str:
    """DuckDB text: one row (shared, same, other, an example) about two relations by their keys.

    `known` holds `key`, `digest` and the columns of the steps as the database keeps them;
    `staged` is a staged file. Rows of which no step tells are in `shared` only.
    """
    mine = ", ".join(
        f"{encoded(TABLES[table].column(n))} AS {identifier(n)}" for n in columns_of(table)
    )
    return f"""
        WITH mine AS (
            SELECT _key, _digest, {_richness(table)} AS _rich, {mine} FROM {staged}
            WHERE _key IN (SELECT key FROM {known})
            QUALIFY row_number() OVER (PARTITION BY _key ORDER BY _file DESC, _row DESC) = 1
        ), told AS (
            SELECT k.key, {_verdict(table)} AS verdict FROM mine m JOIN {known} k ON k.key = m._key
        )
        SELECT count(*), count(*) FILTER (verdict = 'same'), count(*) FILTER (verdict = 'other'),
            coalesce(min(key) FILTER (verdict <> 'same'), min(key)) FROM told
    """


def _verdict(table: str) -> str:
    cases = [f"WHEN m._rich >= {_RICH} AND m._digest = k.digest THEN 'same'"]
    for step in (STEPS | SAYINGS)[table]:
        pairs = [(_plain(table, "m", name), _plain(table, "k", name)) for name in step.columns]
        if step.proves:
            equal = (" AND " if step.together else " OR ").join(f"{a} = {b}" for a, b in pairs)
            cases.append(f"WHEN {equal} THEN 'same'")
        differs = " OR ".join(f"{a} <> {b}" for a, b in pairs)
        if not step.proves:
            # one that is equal among them keeps another from telling: a lead of two companies
            differs = f"({differs}) AND NOT coalesce({_any_equal(pairs)}, false)"
        cases.append(f"WHEN {differs} THEN 'other'")
    return f"CASE {' '.join(cases)} ELSE 'unknown' END"


def _any_equal(pairs: list[tuple[str, str]]) -> str:
    return " OR ".join(f"coalesce({a} = {b}, false)" for a, b in pairs)


def _plain(table: str, side: str, name: str) -> str:
    value = f"{side}.{identifier(name)}"
    if TABLES[table].column(name).type == "text":
        return f"nullif(lower(trim({value})), '')"
    return value


def _richness(table: str) -> str:
    """How many values a row has beside its key."""
    declared = TABLES[table]
    others = [c.name for c in declared.columns if c.name not in declared.key]
    return " + ".join(f"CAST({identifier(name)} IS NOT NULL AS INTEGER)" for name in others)
