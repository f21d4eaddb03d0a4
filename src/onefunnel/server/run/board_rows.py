"""The rows of the board, in SQL: counts and money of every stage, and the first cards of each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.lead_rows import (
    PRICED,
    Row,
    found_leads,
    narrowing_of,
    run_sql,
    source_of,
    with_leads,
)

#: Amounts by currency ("" where none is said).
Money = dict[str, Decimal]


def counts_by_stage(basis: Basis, wanted: Wanted, hiding: Hiding) -> dict[str | None, int]:
    """How many of the leads wanted stand in each stage (None: in none of the agreement)."""
    source = source_of(basis)
    narrowing = narrowing_of(basis, source, wanted, hiding)
    sql = (
        f"SELECT s.current_stage AS stage, count(*) AS n FROM {found_leads(source, narrowing)} "
        "GROUP BY 1"
    )
    rows = run_sql(basis, sql, narrowing.values)
    return {_stage(row): int(str(row["n"])) for row in rows}


def money_by_stage(basis: Basis, wanted: Wanted, hiding: Hiding) -> dict[str | None, Money]:
    """What the deals of the leads wanted amount to, by stage and currency.

    Lost deals count only where the lead itself is lost or disqualified.
    """
    source = source_of(basis)
    if not source.deals:
        return {}
    narrowing = narrowing_of(basis, source, wanted, hiding)
    sql = (
        "SELECT s.current_stage AS stage, d.currency, sum(d.amount) AS amount "
        f"FROM {found_leads(source, narrowing)} JOIN ({source.deals}) d ON {PRICED} "
        "GROUP BY 1, 2 HAVING sum(d.amount) <> 0 ORDER BY 2"
    )
    found: dict[str | None, Money] = {}
    for row in run_sql(basis, sql, narrowing.values):
        found.setdefault(_stage(row), {})[str(row["currency"])] = Decimal(str(row["amount"]))
    return found


def money_of_list(basis: Basis, wanted: Wanted, hiding: Hiding, currency: str) -> Decimal:
    """What the deals of the leads wanted amount to in one currency."""
    found = money_by_stage(basis, wanted, hiding)
    return sum((money.get(currency, Decimal()) for money in found.values()), Decimal())


def money_of_leads(
    basis: Basis, currency: str, lead_ids: Sequence[object]
) -> dict[object, Decimal]:
    """What the deals of each of these leads amount to in one currency."""
    source = source_of(basis)
    if not source.deals or not lead_ids:
        return {}
    sql = (
        f"SELECT s.lead_id, sum(d.amount) AS amount FROM ({source.states}) s "
        f"JOIN ({source.deals}) d ON {PRICED} WHERE d.currency = ? "
        f"AND s.lead_id IN ({', '.join('?' * len(lead_ids))}) GROUP BY 1"
    )
    rows = run_sql(basis, sql, [currency, *lead_ids])
    return {row["lead_id"]: Decimal(str(row["amount"])) for row in rows}


def cards_of_all(basis: Basis, wanted: Wanted, hiding: Hiding, *, most: int) -> list[Row]:
    """The first leads of every stage in the order of the list: the newest, then the undated."""
    source = source_of(basis)
    narrowing = narrowing_of(basis, source, wanted, hiding)
    sql = (
        f"SELECT s.* FROM {found_leads(source, narrowing)} QUALIFY row_number() OVER (PARTITION BY "
        f"s.current_stage ORDER BY s.created_at DESC NULLS LAST, s.lead_id DESC) <= {most:d} "
        "ORDER BY s.created_at DESC NULLS LAST, s.lead_id DESC"
    )
    return with_leads(basis, source, run_sql(basis, sql, narrowing.values))


def cards_of_some(
    basis: Basis, wanted: Wanted, hiding: Hiding, lead_ids: Sequence[str]
) -> list[Row]:
    """Those of the leads wanted that are among these ids."""
    source = source_of(basis)
    narrowing = narrowing_of(basis, source, wanted, hiding)
    sql = (
        f"SELECT s.* FROM {found_leads(source, narrowing)} "
        f"WHERE s.lead_id IN ({', '.join('?' * len(lead_ids))}) ORDER BY s.lead_id"
    )
    rows = run_sql(basis, sql, [*narrowing.values, *lead_ids])
    return with_leads(basis, source, rows)


def _stage(row: Row) -> str | None:
    stage = row["stage"]
    return None if stage is None else str(stage)
