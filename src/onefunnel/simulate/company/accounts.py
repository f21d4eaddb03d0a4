"""The companies Brantovex sells to, and the machines some of them already have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onefunnel.simulate.company import names
from onefunnel.simulate.company.days import DAY, WEEK, Seconds, times
from onefunnel.simulate.company.parameters import COUNTRIES, PRODUCTS, SEGMENTS

LEADS_PER_ACCOUNT = 4
CUSTOMER_SHARE = 0.12


@dataclass(frozen=True)
class Accounts:
    """One entry per company; `is_customer` had machines before the 18 months began."""

    ids: pa.Array
    name: pa.Array
    domain: pa.Array
    segment: npt.NDArray[np.int64]
    country: npt.NDArray[np.int64]
    employees: npt.NDArray[np.int64]
    is_customer: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.segment)

    def table(self) -> pa.Table:
        return pa.table(
            {
                "account_id": self.ids,
                "name": self.name,
                "domain": self.domain,
                "segment": names.pick([one.name for one in SEGMENTS], self.segment),
                "employees": pa.array(self.employees),
                "country": names.pick([one.name for one in COUNTRIES], self.country),
                "is_customer": pa.array(self.is_customer),
            }
        )


@dataclass(frozen=True)
class Machines:
    """One entry per machine in use, with the service visits it had in the 18 months."""

    account: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    installed_at: Seconds
    visit_machine: npt.NDArray[np.int64]
    visit_at: Seconds

    def table(self, accounts: Accounts, start: int) -> pa.Table:
        interval = np.asarray([one.interval_days for one in PRODUCTS])[self.product]
        # Before the 18 months every service was on time.
        turns = (start - self.installed_at) // (interval * DAY)
        last = np.where(turns > 0, self.installed_at + turns * interval * DAY, 0)
        np.maximum.at(last, self.visit_machine, self.visit_at)
        return pa.table(
            {
                "asset_id": names.numbered("M", len(self.account), 5),
                "account_id": accounts.ids.take(pa.array(self.account)),
                "product": names.pick([one.name for one in PRODUCTS], self.product),
                "installed_at": times(self.installed_at),
                "serviced_at": times(last, last > 0),
                "interval_days": pa.array(interval),
            }
        )


def draw_accounts(rng: np.random.Generator, leads: int) -> Accounts:
    """About one company per four leads; employees lognormal around 90."""
    count = max(60, leads // LEADS_PER_ACCOUNT)
    segment = rng.choice(len(SEGMENTS), size=count, p=[one.share for one in SEGMENTS])
    country = rng.choice(len(COUNTRIES), size=count, p=[one.share for one in COUNTRIES])
    name, domain = names.companies(rng, segment, country)
    employees = np.exp(np.log(90) + 1.2 * rng.standard_normal(count)).clip(3, 20_000)
    is_customer = rng.random(count) < CUSTOMER_SHARE
    is_customer[:3] = True  # there is an installed base even in a tiny company
    return Accounts(
        ids=names.numbered("A", count, 5),
        name=name,
        domain=domain,
        segment=segment,
        country=country,
        employees=employees.astype(np.int64),
        is_customer=is_customer,
    )


def draw_machines(rng: np.random.Generator, accounts: Accounts, start: int, until: int) -> Machines:
    """The installed base at the start: one to several machines per customer, up to 12 years old."""
    customers = np.flatnonzero(accounts.is_customer)
    account = np.repeat(customers, 1 + rng.poisson(1.2, size=len(customers)))
    product = rng.choice(len(PRODUCTS), size=len(account), p=[one.share for one in PRODUCTS])
    age = rng.integers(60 * DAY, 12 * 365 * DAY, size=len(account))
    installed_at = (start - age) // DAY * DAY + 9 * 3600
    machine, at = visits(rng, product, np.maximum(installed_at, start - 300 * DAY), start, until)
    return Machines(account, product, installed_at, machine, at)


def with_new_machines(
    rng: np.random.Generator,
    machines: Machines,
    sold: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Seconds],
    start: int,
    until: int,
) -> Machines:
    """The machines with those sold since: (account, product, onboarded at) of each sale."""
    account, product, installed_at = sold
    machine, at = visits(rng, product, installed_at, start, until)
    return Machines(
        account=np.concatenate([machines.account, account]),
        product=np.concatenate([machines.product, product]),
        installed_at=np.concatenate([machines.installed_at, installed_at]),
        visit_machine=np.concatenate([machines.visit_machine, machine + len(machines.account)]),
        visit_at=np.concatenate([machines.visit_at, at]),
    )


def visits(
    rng: np.random.Generator,
    product: npt.NDArray[np.int64],
    since: Seconds,
    start: int,
    until: int,
) -> tuple[npt.NDArray[np.int64], Seconds]:
    """Service visits by machine: about every interval, one in eight left out, some weeks late.

    Returns the machine of each visit and its time; only visits between start and until.
    """
    interval = np.asarray([one.interval_days for one in PRODUCTS])[product] * DAY
    most = int((until - since.min()) // interval.min()) + 1 if len(since) else 0
    turn = np.arange(1, most + 1)
    phase = rng.random(len(product)) * 0.5
    planned = since[:, None] + ((turn[None, :] - phase[:, None]) * interval[:, None])
    late = rng.exponential(2 * WEEK, size=planned.shape)
    at = (planned + late).astype(np.int64) // DAY * DAY
    at += rng.integers(8 * 3600, 16 * 3600, size=at.shape)
    at += np.where((at // DAY + 3) % 7 >= 5, 2 * DAY, 0)
    kept = (at >= start) & (at <= until) & (rng.random(at.shape) > 0.125)
    machine, _ = np.nonzero(kept)
    return machine.astype(np.int64), at[kept]
