"""A whole simulated company: every standard table, from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.facts.utc import in_utc
from onefunnel.simulate.company import names
from onefunnel.simulate.company.accounts import (
    Accounts,
    draw_accounts,
    draw_machines,
    with_new_machines,
)
from onefunnel.simulate.company.days import (
    DAY,
    WEEK,
    first_second,
    months_before,
    seconds_of,
    times,
)
from onefunnel.simulate.company.history import (
    People,
    blank_where,
    draw_people,
    handovers_table,
    moves_table,
    stages_table,
    swept_leads,
)
from onefunnel.simulate.company.leads import Leads, draw_leads
from onefunnel.simulate.company.market import awareness_table, spend_table
from onefunnel.simulate.company.money import deals_table, draw_worth, orders_table
from onefunnel.simulate.company.parameters import (
    BULK_EDIT_DAYS_BEFORE_END,
    BULK_EDIT_LEADS,
    COMPANY,
    COUNTRIES,
    MONTHS,
    ONBOARDED,
    PRODUCTS,
    SEGMENTS,
    SERVICE_SOURCE,
    SOURCES,
)
from onefunnel.simulate.company.people import contact_columns
from onefunnel.simulate.company.quarrels import misspell
from onefunnel.simulate.company.touches import CAMPAIGNS, campaign_code, touches_table, uses_table
from onefunnel.simulate.company.walk import walk

if TYPE_CHECKING:
    import ibis

SEED = 7
LEADS = 40_000


@dataclass(frozen=True)
class Planted:
    """What was put in on purpose, so that a test can ask whether it is found.

    `same_person`: lead_id of each lead whose person had been there before -> the earlier lead_id.
    `bulk_edit`: the second in which operations recycled old inquiries, and how many.
    """

    same_person: Mapping[str, str]
    bulk_edit: tuple[datetime, int]


@dataclass(frozen=True)
class Company:
    """The standard tables of the simulated company as Arrow tables, and what was planted."""

    tables: Mapping[str, pa.Table]
    planted: Planted
    until: datetime


def simulate_tables(
    *, seed: int = SEED, until: datetime, leads: int = LEADS
) -> dict[str, pa.Table]:
    """Every standard table of the simulated company, as Arrow tables; see `simulate`."""
    return dict(simulate(seed=seed, until=until, leads=leads).tables)


def simulate_company(
    *,
    seed: int = SEED,
    until: datetime,
    leads: int = LEADS,
    connection: ibis.backends.duckdb.Backend | None = None,
) -> Facts:
    """The simulated company as facts on one DuckDB connection (a new one in memory if not given).

    The same seed, `until` and number of leads give the same rows. `data_at` is `until`.
    """
    import ibis

    company = simulate(seed=seed, until=until, leads=leads)
    engine = connection if connection is not None else ibis.duckdb.connect()
    tables = {
        name: engine.create_table(name, table, overwrite=True)
        for name, table in company.tables.items()
    }
    return Facts(
        tables=tables,
        data_at=company.until,
        origin=f"simulated: {COMPANY}, seed {seed}",
        notes=(f"{COMPANY} is invented; its {leads:,} leads are drawn from seed {seed}",),
    )


def simulate(*, seed: int = SEED, until: datetime, leads: int = LEADS) -> Company:
    """18 months of an invented maker of packaging machines, up to `until`.

    Args:
        seed: the same seed gives the same company.
        until: the last moment anything was recorded; without a zone it is UTC.
        leads: how many leads enter in the 18 months; everything else is in proportion.

    What is true (parameters.py has the figures): leads grow 2 % a month with a spring and an
    autumn peak and come in heaps after two fairs a year; 2 to 4 % of them are won, after some
    eleven weeks; referrals and service findings win most, outbound least. After the sale a lead
    goes on: onboarded, in use, repeat order. The quarrels in it: marketing calls a lead
    qualified at score 50, sales when the budget is known and the firm has 50 employees; answers
    come later the more leads a week brings, and a late answer lowers the odds of going on; one
    afternoon operations recycled old inquiries in one second; 2.5 % of leads are people who had
    been there before; names are misspelt; some amounts and margins are missing; money is in GBP
    and EUR. Leads that are not finished at `until` are open.
    """
    if leads < 1:
        raise ValueError(f"a simulated company needs at least one lead, not {leads}")
    until = in_utc(until).replace(microsecond=0)
    start, last = first_second(until), seconds_of(until)
    span = (start, last)
    # Each part has its own stream, so that one can change without the others.
    streams = [np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(12)]
    accounts = draw_accounts(streams[0], leads)
    base = draw_machines(streams[1], accounts, start, last)
    drawn = draw_leads(streams[2], accounts, base, leads, start, last)
    walked = walk(streams[3], drawn, last)
    people = draw_people(streams[4], drawn, accounts)
    sold = np.flatnonzero((walked.first_at[ONBOARDED] > 0) & (drawn.source != SERVICE_SOURCE))
    machines = with_new_machines(
        streams[5],
        base,
        (drawn.account[sold], drawn.product[sold], walked.first_at[ONBOARDED][sold]),
        start,
        last,
    )
    worth = draw_worth(streams[6], drawn, accounts)
    deals = deals_table(streams[7], drawn, accounts, walked, worth, people)
    swept = swept_leads(
        streams[8], walked, round(BULK_EDIT_LEADS * leads / 40_000), _bulk_second(last)
    )
    tables = {
        "awareness": awareness_table(streams[9], leads, span),
        "leads": _leads_table(streams[10], drawn, accounts, people),
        "moves": moves_table(walked, people, swept),
        "touches": touches_table(streams[9], drawn, accounts, walked, people, machines, span),
        "handovers": handovers_table(streams[8], drawn, walked, people, last),
        "deals": deals,
        "orders": orders_table(streams[7], drawn, accounts, walked, worth, machines, span),
        "spend": spend_table(streams[9], leads, _months(until)),
        "uses": uses_table(streams[9], walked, people, deals, last),
        "installed": machines.table(accounts, start),
        "accounts": accounts.table(),
        "stages": stages_table(),
    }
    tables = misspell(streams[11], tables, leads)
    again = np.flatnonzero(drawn.same_as >= 0)
    ids = people.lead_ids
    planted = Planted(
        same_person=dict(
            zip(
                ids.take(pa.array(again)).to_pylist(),
                ids.take(pa.array(drawn.same_as[again])).to_pylist(),
                strict=True,
            )
        ),
        bulk_edit=(_moment(swept[1]), len(swept[0])),
    )
    placed = {name: _with_lineage(tables[name], turn) for turn, name in enumerate(TABLES)}
    return Company(placed, planted, until)


def _leads_table(
    rng: np.random.Generator, leads: Leads, accounts: Accounts, people: People
) -> pa.Table:
    ids = accounts.ids.take(pa.array(leads.account))
    return pa.table(
        {
            "lead_id": people.lead_ids,
            "account_id": blank_where(ids, leads.is_account_blank),
            "created_at": times(leads.created),
            "source": names.pick([one.name for one in SOURCES], leads.source),
            "campaign": names.pick(CAMPAIGNS, campaign_code(leads)),
            "segment": names.pick([one.name for one in SEGMENTS], accounts.segment[leads.account]),
            "country": names.pick([one.name for one in COUNTRIES], accounts.country[leads.account]),
            "owner": names.pick(names.SELLERS, people.seller),
            **contact_columns(rng, leads, accounts),
            "employees": pa.array(leads.employees),
            "product": names.pick([one.name for one in PRODUCTS], leads.product),
            "score": pa.array(leads.score),
            "budget_known": pa.array(leads.is_budget_known),
        }
    )


def _with_lineage(table: pa.Table, number: int) -> pa.Table:
    """Where each row stands, as imports have it: table number and row from 1."""
    rows = table.num_rows
    return table.append_column("_file", pa.array(np.full(rows, number), pa.int32())).append_column(
        "_row", pa.array(np.arange(1, rows + 1), pa.int64())
    )


def _bulk_second(until: int) -> int:
    """14:00:00 on the Thursday about five months before the end."""
    week = (until - BULK_EDIT_DAYS_BEFORE_END * DAY) // WEEK  # 1 January 1970 was a Thursday
    return week * WEEK + 14 * 3600


def _months(until: datetime) -> list[int]:
    return [seconds_of(months_before(until, back)) for back in range(MONTHS, -1, -1)]


def _moment(second: int) -> datetime:
    return datetime.fromisoformat(str(np.datetime64(second, "s")))
