"""Deals and orders: what was offered, won, and bought afterwards, in two currencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onefunnel.simulate.company import names
from onefunnel.simulate.company.accounts import Accounts, Machines
from onefunnel.simulate.company.days import DAY, Seconds, office_time, times
from onefunnel.simulate.company.history import People, blank_where
from onefunnel.simulate.company.leads import Ints, Leads
from onefunnel.simulate.company.parameters import (
    AMOUNT_MISSING_SHARE,
    COMPETITORS,
    COUNTRIES,
    DISQUALIFIED,
    EUR_PER_GBP,
    LOST,
    MARGIN_MISSING_SHARE,
    PRODUCTS,
    PROPOSAL,
    REASONS_LOST,
    RECYCLED,
    REPEAT,
    SEGMENTS,
    SERVICE_SOURCE,
    SQL,
    WON,
)
from onefunnel.simulate.company.walk import Walk

Floats = npt.NDArray[np.float64]
MONEY = pa.decimal128(18, 4)


def money(amount: Floats, known: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Whole cents as exact money; empty where not known."""
    cents = pa.array(np.round(amount, 2), mask=None if known is None else ~known)
    return cents.cast(MONEY)


@dataclass(frozen=True)
class Worth:
    """What the deal of each lead is worth, in its account's currency."""

    amount: Floats
    margin: Floats
    currency: Ints


def draw_worth(rng: np.random.Generator, leads: Leads, accounts: Accounts) -> Worth:
    """Lognormal around segment price x machine price x size of firm; findings are smaller."""
    segment = accounts.segment[leads.account]
    amount = (
        np.asarray([one.deal for one in SEGMENTS])[segment]
        * np.asarray([one.price for one in PRODUCTS])[leads.product]
        * (leads.employees / 90) ** 0.15
        * np.exp(0.45 * rng.standard_normal(len(leads)))
        * np.where(leads.source == SERVICE_SOURCE, 0.35, 1.0)
    )
    country = accounts.country[leads.account]
    is_euro = np.asarray([one.currency == "EUR" for one in COUNTRIES])[country]
    amount = np.round(amount * np.where(is_euro, EUR_PER_GBP, 1.0) / 50) * 50
    share = np.asarray([one.margin_share for one in PRODUCTS])[leads.product]
    share = (share + 0.05 * rng.standard_normal(len(leads))).clip(0.02, 0.6)
    return Worth(amount, np.round(amount * share, 2), is_euro.astype(np.int64))


def deals_table(
    rng: np.random.Generator,
    leads: Leads,
    accounts: Accounts,
    walk: Walk,
    worth: Worth,
    people: People,
) -> pa.Table:
    """One deal per lead that reached Sales qualified (or went on without it).

    Won deals keep their day of winning whatever comes after. Amounts are missing on most deals
    that ended before a proposal and on a few others; margins exist for most won deals only.
    """
    sql, proposal, won = (walk.first_at[code] for code in (SQL, PROPOSAL, WON))
    opened = np.where(sql > 0, sql, np.where(proposal > 0, proposal, won))
    rows = np.flatnonzero(opened > 0)
    is_won = won[rows] > 0
    ended = np.isin(walk.last_stage[rows], (LOST, DISQUALIFIED, RECYCLED)) & ~is_won
    outcome = np.where(is_won, 0, np.where(ended, 1, 2))
    closed = np.where(is_won, won[rows], np.where(ended, walk.last_at[rows], 0))
    count = len(rows)
    reached = proposal[rows] > 0
    known = rng.random(count) >= np.where(reached | is_won, AMOUNT_MISSING_SHARE, 0.6)
    margin_known = is_won & known & (rng.random(count) >= MARGIN_MISSING_SHARE)
    reason = people.lost_reason[rows]
    lost_reason = names.pick(REASONS_LOST, reason)
    rival = rng.integers(len(COMPETITORS), size=count)
    has_rival = (rng.random(count) < 0.55) | (ended & (reason == 1))
    blank = leads.is_account_blank[rows]
    return pa.table(
        {
            "deal_id": names.numbered("D", count, 6),
            "lead_id": people.lead_ids.take(pa.array(rows)),
            "account_id": blank_where(accounts.ids.take(pa.array(leads.account[rows])), blank),
            "owner": names.pick(names.SELLERS, people.seller[rows]),
            "opened_at": times(opened[rows]),
            "closed_at": times(closed, closed > 0),
            "outcome": names.pick(["won", "lost", "open"], outcome),
            "amount": money(worth.amount[rows], known),
            "margin": money(worth.margin[rows], margin_known),
            "currency": names.pick(["GBP", "EUR"], worth.currency[rows]),
            "reason": blank_where(lost_reason, ~ended),
            "competitor": blank_where(names.pick(COMPETITORS, rival), ~has_rival),
            "product": names.pick([one.name for one in PRODUCTS], leads.product[rows]),
        }
    )


def orders_table(
    rng: np.random.Generator,
    leads: Leads,
    accounts: Accounts,
    walk: Walk,
    worth: Worth,
    machines: Machines,
    span: tuple[int, int],
) -> pa.Table:
    """First orders at Won, repeat orders at Repeat order, parts and service work by machine."""
    won, repeat = walk.first_at[WON], walk.first_at[REPEAT]
    first, again = np.flatnonzero(won > 0), np.flatnonzero(repeat > 0)
    parts_machine, parts_at = _parts(rng, machines, span)
    is_euro = np.asarray([one.currency == "EUR" for one in COUNTRIES])[accounts.country]
    parts_account = machines.account[parts_machine]
    visit_account = machines.account[machines.visit_machine]
    account = np.concatenate(
        [leads.account[first], leads.account[again], parts_account, visit_account]
    )
    small = np.concatenate(
        [_price(rng, 1_900, 0.8, len(parts_at)), _price(rng, 1_150, 0.4, len(machines.visit_at))]
    )
    rate = np.where(is_euro[np.concatenate([parts_account, visit_account])], EUR_PER_GBP, 1.0)
    small = np.round(small * rate, 2)
    repeated = np.round(worth.amount[again] * _price(rng, 0.4, 0.5, len(again)), 2)
    amount = np.concatenate([worth.amount[first], repeated, small])
    margin = np.concatenate(
        [worth.margin[first], np.round(repeated * 0.34, 2), np.round(small * 0.42, 2)]
    )
    at = np.concatenate([won[first], repeat[again], parts_at, machines.visit_at])
    kind = np.repeat([0, 1, 2, 3], [len(first), len(again), len(parts_at), len(machines.visit_at)])
    order = np.lexsort((account, kind, at))
    known = rng.random(len(order)) >= MARGIN_MISSING_SHARE
    return pa.table(
        {
            "order_id": names.numbered("O", len(order), 6),
            "account_id": accounts.ids.take(pa.array(account[order])),
            "at": times(at[order]),
            "amount": money(amount[order]),
            "margin": money(margin[order], known),
            "currency": names.pick(["GBP", "EUR"], is_euro[account[order]].astype(np.int64)),
            "kind": names.pick(["first", "repeat", "parts", "service"], kind[order]),
        }
    )


def _price(rng: np.random.Generator, median: float, spread: float, count: int) -> Floats:
    result: Floats = median * np.exp(spread * rng.standard_normal(count))
    return result


def _parts(
    rng: np.random.Generator, machines: Machines, span: tuple[int, int]
) -> tuple[Ints, Seconds]:
    """About 1.6 parts orders a year for each machine, on working days."""
    start, until = span
    since = np.maximum(machines.installed_at, start)
    years = (until - since).clip(0) / (365 * DAY)
    machine = np.repeat(np.arange(len(since)), rng.poisson(1.6 * years))
    at = since[machine] + (rng.random(len(machine)) * (until - since[machine])).astype(np.int64)
    at = office_time(rng, at)
    return machine[at <= until], at[at <= until]
