"""What can a measure be split by, and which group is a lead in?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What people read where a lead has no value in the column.
NONE = "(none)"

#: Periods of entry that leads can be grouped by, and how a period is written.
PERIODS = {"year": "%Y", "quarter": "", "month": "%Y-%m", "week": "%G-W%V"}

_OF_ACCOUNT = "accounts."

#: Values of a lead that a log holds: the table, and whether the latest one counts or the first.
_FROM_LOG = {
    "team": ("moves", True),
    "channel": ("touches", False),
    "campaign": ("touches", False),
    "tactic": ("touches", False),
}


class UnknownGroup(ValueError):
    """There is no such column to split by; `read_as` is what the files' column of that name is."""

    def __init__(
        self, by: str, known: Iterable[str], renamed: Mapping[str, str] | None = None
    ) -> None:
        plain = by.strip().casefold()
        read_as = {ours.strip().casefold(): name for ours, name in (renamed or {}).items()}
        self.by, self.read_as = by, read_as.get(plain, "")
        if self.read_as:
            super().__init__(f"{by} was read as {self.read_as}: split by {self.read_as}")
            return
        super().__init__(
            f"there is no column {by!r} to split by; leads can be split by {', '.join(known)}"
        )


def group_columns(facts: Facts) -> list[str]:
    """Every name that `by` may take for leads: their own columns, those of their account (also as
    "accounts.name"), the team of their latest move, the channel, campaign and tactic of their first
    touch, and the period they entered in."""
    own = _open_columns(facts, "leads")
    account = _open_columns(facts, "accounts") if "account_id" in own else []
    logged = [name for name, (table, _) in _FROM_LOG.items() if name in _open_columns(facts, table)]
    every = [*own, *account, *(_OF_ACCOUNT + name for name in account), *logged, *PERIODS]
    return list(dict.fromkeys(every))


def attributes(facts: Facts, columns: Iterable[str]) -> ir.Table:
    """The named columns of every lead, from the lead, its account, its moves or its touches.

    A lead's own column comes before its account's of the same name. Returns lead_id and the
    columns, one row per lead. Raises UnknownGroup for a name that is in none of them.
    """
    wanted = sorted(set(columns) - {"lead_id"})
    known = group_columns(facts)
    for name in wanted:
        if name not in known or (name in PERIODS and name not in _open_columns(facts, "leads")):
            raise UnknownGroup(name, known, facts.renamed)
    leads = facts["leads"]
    own = [name for name in wanted if name in leads.columns]
    rest = [name for name in wanted if name not in own]
    account = _open_columns(facts, "accounts")
    of_account = {
        name: name.removeprefix(_OF_ACCOUNT)
        for name in rest
        if name.removeprefix(_OF_ACCOUNT) in account
    }
    keys = ["account_id"] if of_account and "account_id" not in own else []
    result = leads.select("lead_id", *own, *keys)
    if of_account:
        accounts = facts["accounts"]
        found = accounts.select(
            _key="account_id", **{n: accounts[c] for n, c in of_account.items()}
        )
        result = result.left_join(found, result["account_id"] == found["_key"])
    for name in rest:
        if name not in of_account:
            logged = _from_log(facts, name)
            result = result.left_join(logged, result["lead_id"] == logged[f"_{name}_of"])
    return result.select("lead_id", *wanted)


def group_value(
    table: ir.Table, by: str, at: str, *, zone: str = "UTC", fiscal_year_starts: int = 1
) -> ir.StringValue:
    """The group of each row as text; "(none)" where there is no value. `at` is the time that a
    period is taken from, where the table has no column of that name: as the clocks of `zone` show
    it. Quarters and years that begin in another month than January are those of the fiscal year,
    which is written by both its years: 2025/26-Q1."""
    if by in table.columns:
        text = table[by].cast("string").strip()
        return text.nullif("").fill_null(NONE)
    when = table[at]
    if zone != "UTC":
        when = _local(zone, _local("UTC", when.cast("timestamp")))
    if by in ("quarter", "year"):
        when = when - ibis.interval(months=fiscal_year_starts - 1)
        year = when.year().cast("string")
        if fiscal_year_starts != 1:
            year = year + "/" + ((when.year() + 1) % 100).cast("string").lpad(2, "0")
        quarter = "-Q" + when.quarter().cast("string")
        return (year + quarter if by == "quarter" else year).fill_null(NONE)
    return when.strftime(PERIODS[by]).fill_null(NONE)


def name_of_period(day: datetime, by: str, *, fiscal_year_starts: int = 1) -> str:
    """The period a day lies in, as `group_value` writes it; the day is in the zone that counts."""
    if by not in ("quarter", "year"):
        return day.strftime(PERIODS[by])
    months = day.year * 12 + day.month - fiscal_year_starts
    year, quarter = months // 12, months % 12 // 3 + 1
    name = str(year) if fiscal_year_starts == 1 else f"{year}/{(year + 1) % 100:02}"
    return f"{name}-Q{quarter}" if by == "quarter" else name


def in_order(sizes: Mapping[str, int], by: str | None) -> list[str]:
    """The groups as people want to read them: periods by time, others by size."""
    if by in PERIODS:
        return sorted(sizes)
    return sorted(sizes, key=lambda group: (-sizes[group], group))


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp"), "timestamp"))  # type: ignore[untyped-decorator]
def _local(zone: str, at: datetime) -> datetime:  # type: ignore[empty-body]
    """DuckDB's own: a time of `zone` as a moment, or a moment as the time of `zone`."""


def _open_columns(facts: Facts, table: str) -> list[str]:
    if table not in facts:
        return []
    return [n for n in facts[table].columns if not n.startswith("_") and n != "lead_id"]


def _from_log(facts: Facts, name: str) -> ir.Table:
    """One value per lead from a table of events: the latest team, the first channel."""
    table, is_latest = _FROM_LOG[name]
    log = facts[table]
    log = log.filter(log[name].notnull() & log["lead_id"].notnull())
    seq = log["seq"].fill_null(0) if "seq" in log.columns else ibis.literal(0)
    order = [log["at"], seq, log[name]]
    if is_latest:
        order = [log["at"].desc(nulls_first=False), seq.desc(), log[name].asc()]
    in_order = ibis.window(group_by="lead_id", order_by=order)
    place = ibis.row_number().over(in_order)
    ranked = log.select(**{f"_{name}_of": log["lead_id"], name: log[name], "_place": place})
    return ranked.filter(ranked["_place"] == 0).drop("_place")
