"""Who enters the funnel, when, from where, and how well they fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from onefunnel.simulate.company.accounts import Accounts, Machines
from onefunnel.simulate.company.days import DAY, Seconds, arrivals
from onefunnel.simulate.company.parameters import (
    BLANK_ACCOUNT_SHARE,
    BUDGET_KNOWN_SHARE,
    DUPLICATE_SHARE,
    EMPLOYEES_QUALIFIED,
    FAIR_SOURCE,
    PRODUCTS,
    SEGMENTS,
    SERVICE_SOURCE,
    SOURCES,
)

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The fairs: (month, first day), each four days long.
FAIRS = ((3, 18), (10, 14))


@dataclass(frozen=True)
class Leads:
    """One entry per lead, in order of arrival. Codes index the lists of parameters.py.

    `same_as` is the earlier lead whose person this lead is (-1: nobody seen before).
    """

    created: Seconds
    source: Ints
    campaign: Ints
    account: Ints
    is_account_blank: Bools
    product: Ints
    score: Ints
    is_budget_known: Bools
    employees: Ints
    fit: npt.NDArray[np.float64]
    same_as: Ints
    visit: Ints

    def __len__(self) -> int:
        return len(self.created)


def draw_leads(
    rng: np.random.Generator,
    accounts: Accounts,
    machines: Machines,
    count: int,
    start: int,
    until: int,
) -> Leads:
    """Exactly `count` leads; those of source Service come out of service visits."""
    shares = np.asarray([one.share for one in SOURCES])
    source = rng.choice(len(SOURCES), size=count, p=shares / shares.sum())
    service = np.flatnonzero(source == SERVICE_SOURCE)
    most = len(machines.visit_at) // 4
    source[service[most:]] = 0  # not more findings than the visits can hold
    service = service[:most]

    created = _created(rng, source, start, until)
    weight = rng.pareto(2.5, size=len(accounts)) + 0.2
    account = rng.choice(len(accounts), size=count, p=weight / weight.sum())
    visit = np.full(count, -1, dtype=np.int64)
    visit[service] = rng.choice(len(machines.visit_at), size=len(service), replace=False)
    account[service] = machines.account[machines.visit_machine[visit[service]]]
    visited_at = machines.visit_at[visit[service]]
    after = rng.integers(1800, 2 * DAY, size=len(service))
    left = ((until - visited_at) * rng.random(len(service))).astype(np.int64)
    created[service] = visited_at + np.minimum(after, left)

    order = np.argsort(created, kind="stable")
    created, source, account, visit = created[order], source[order], account[order], visit[order]
    same_as = _people_seen_before(rng, source, count)
    again = np.flatnonzero(same_as >= 0)
    account[again] = account[same_as[again]]

    employees = accounts.employees[account]
    is_budget_known = rng.random(count) < BUDGET_KNOWN_SHARE
    fit = (
        np.asarray([one.fit for one in SOURCES])[source]
        + np.asarray([one.fit for one in SEGMENTS])[accounts.segment[account]]
        + 0.35 * rng.standard_normal(count)
    )
    meets = is_budget_known.astype(np.int64) + (employees >= EMPLOYEES_QUALIFIED)
    score = 46 + 14 * fit + 4 * (meets - 1) + 17 * rng.standard_normal(count)
    product = rng.choice(len(PRODUCTS), size=count, p=[one.share for one in PRODUCTS])
    return Leads(
        created=created,
        source=source,
        campaign=_campaign(rng, source, created),
        account=account,
        is_account_blank=(rng.random(count) < BLANK_ACCOUNT_SHARE) & (source != SERVICE_SOURCE),
        product=product,
        score=score.round().clip(0, 100).astype(np.int64),
        is_budget_known=is_budget_known,
        employees=employees,
        fit=fit,
        same_as=same_as,
        visit=visit,
    )


def _created(rng: np.random.Generator, source: Ints, start: int, until: int) -> Seconds:
    created = np.empty(len(source), dtype=np.int64)
    for code, one in enumerate(SOURCES):
        rows = np.flatnonzero(source == code)
        days = fair_days(start, until) if code == FAIR_SOURCE else []
        if days:
            # Most cards are typed in at the stand, the rest in the two weeks after.
            at = rng.choice(np.asarray(days), size=len(rows)) * DAY
            late = rng.random(len(rows)) < 0.3
            at += rng.integers(9 * 3600, 17 * 3600, size=len(rows))
            typed = at + rng.integers(1, 14, size=len(rows)) * DAY
            created[rows] = np.where(late & (typed <= until), typed, at)
        else:
            created[rows] = arrivals(rng, len(rows), start, until, office=one.in_office_hours)
    return created


def fair_days(start: int, until: int) -> list[int]:
    """The days of the fairs inside the 18 months (days since 1970)."""
    first, last = np.datetime64(start, "s"), np.datetime64(until, "s")
    years = range(int(str(first)[:4]), int(str(last)[:4]) + 1)
    opened = [np.datetime64(f"{year}-{month:02d}-{day:02d}") for year in years
              for month, day in FAIRS]  # fmt: skip
    days = [int(day.astype(np.int64)) + turn for day in opened for turn in range(4)]
    return [day for day in days if start <= day * DAY and (day + 1) * DAY <= until]


def _campaign(rng: np.random.Generator, source: Ints, created: Seconds) -> Ints:
    """The campaign's place in its source's list; fairs by the half-year, the others drawn."""
    sizes = np.asarray([len(one.campaigns) for one in SOURCES])[source]
    drawn = (rng.random(len(source)) ** 1.4 * sizes).astype(np.int64)
    month = created.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    return np.where(source == FAIR_SOURCE, (month >= 6).astype(np.int64), drawn)


def _people_seen_before(rng: np.random.Generator, source: Ints, count: int) -> Ints:
    """For a small share of leads, the earlier lead of the same person; never a chain."""
    same_as = np.full(count, -1, dtype=np.int64)
    again = np.flatnonzero(
        (rng.random(count) < DUPLICATE_SHARE)
        & (source != SERVICE_SOURCE)
        & (np.arange(count) > count // 50)
    )
    earlier = (again * rng.random(len(again))).astype(np.int64)
    fresh = ~np.isin(earlier, again)
    same_as[again[fresh]] = earlier[fresh]
    return same_as
