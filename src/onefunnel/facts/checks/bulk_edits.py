"""Thousands of moves in one second: somebody edited in bulk, nobody worked that fast."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, rows
from onefunnel.facts.findings import Finding

#: So many moves in one second with a time of day are no work of people.
MANY = 200
#: Of moves with a date alone, a day is suspect when it holds this many times the usual day.
TIMES_USUAL = 50


def bulk_edits(tables: Tables, context: Context) -> list[Finding]:
    """One finding per second (or, where only days are recorded, per day) with a burst of moves."""
    if "moves" not in tables:
        return []
    moves = tables["moves"]
    dated = moves.filter(moves["at"].notnull())
    second = dated["at"].truncate("s")
    midnight = dated["at"] == dated["at"].truncate("D")
    counted = dated.mutate(second=second, is_day=midnight)
    groups = counted.group_by("second", "is_day").agg(n=counted.count())
    usual = groups.filter(groups.is_day).n.median()
    burst = groups.mutate(usual=usual)
    burst = burst.filter(
        (burst.n >= MANY) & (~burst.is_day | (burst.n >= TIMES_USUAL * burst.usual))
    )
    found = []
    for row in rows(burst.order_by(burst.n.desc()).limit(20)):
        what = "on one day" if row["is_day"] else "in one second"
        when = row["second"].strftime("%Y-%m-%d" if row["is_day"] else "%Y-%m-%d %H:%M:%S")
        found.append(
            Finding(
                "bulk-edit", "moves", "at", int(row["n"]),
                f"{int(row['n']):,} moves {what} ({when}): a bulk edit or an import, not work",
                when, "take these moves' times with care: speed and time in stage around that "
                "moment are not real",
            )
        )  # fmt: skip
    return found
