"""What was recorded: the stage history and the handovers, with names and reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.simulate.company import names
from onefunnel.simulate.company.accounts import Accounts
from onefunnel.simulate.company.days import DAY, lags, next_working_day, times
from onefunnel.simulate.company.leads import Ints, Leads
from onefunnel.simulate.company.parameters import (
    DISQUALIFIED,
    EMPLOYEES_QUALIFIED,
    INQUIRY,
    LOST,
    MARKETING,
    MQL,
    ONBOARDED,
    REASONS_DISQUALIFIED,
    REASONS_LOST,
    REASONS_RECYCLED,
    REASONS_REJECTED,
    RECYCLED,
    REJECTED_NO_BUDGET,
    REJECTED_TOO_SMALL,
    SAL,
    SALES,
    SERVICE,
    SERVICE_SOURCE,
    STAGES,
    WON,
)
from onefunnel.simulate.company.walk import NO_STAGE, Walk

_TEAMS = (MARKETING, SALES, SERVICE)
_REJECTED = (REJECTED_NO_BUDGET, REJECTED_TOO_SMALL, *REASONS_REJECTED)
_CLAUSES = ("Sales accepted: budget known", "Sales accepted: size of firm", "", "", "")
_OUTCOMES = ("accepted", "rejected", "returned")
_WELCOME_DAYS, _RETURNED_SHARE = 5, 0.08

#: How long marketing takes to reply to a rejection, and how often it never does.
_REPLY_DAYS, _UNREPLIED_SHARE = 0.6, 0.15


@dataclass(frozen=True)
class People:
    """Per lead: its id, its seller, and the reasons given should it be lost or turned away."""

    lead_ids: pa.Array
    seller: Ints
    lost_reason: Ints
    disqualified_reason: Ints
    recycled_reason: Ints
    rejected_reason: Ints


def draw_people(rng: np.random.Generator, leads: Leads, accounts: Accounts) -> People:
    """Two sellers look after each country and take turns."""
    count = len(leads)
    others = 2 + rng.integers(len(REASONS_REJECTED), size=count)
    no_budget = ~leads.is_budget_known & (rng.random(count) < 0.75)
    small = (leads.employees < EMPLOYEES_QUALIFIED) & (rng.random(count) < 0.75)
    return People(
        lead_ids=names.numbered("L", count, 6),
        seller=accounts.country[leads.account] * 2 + np.arange(count) % 2,
        lost_reason=(rng.random(count) ** 1.3 * len(REASONS_LOST)).astype(np.int64),
        disqualified_reason=rng.integers(len(REASONS_DISQUALIFIED), size=count),
        recycled_reason=rng.integers(len(REASONS_RECYCLED), size=count),
        rejected_reason=np.where(no_budget, 0, np.where(small, 1, others)),
    )


def moves_table(walk: Walk, people: People, bulk: tuple[Ints, int]) -> pa.Table:
    """The stage history in order of time, the bulk edit (leads, second) among it."""
    moves = walk.moves
    swept, second = bulk
    lead = np.concatenate([moves.lead, swept])
    at = np.concatenate([moves.at, np.full(len(swept), second)])
    stage = np.concatenate([moves.stage, np.full(len(swept), RECYCLED)])
    before = np.concatenate([moves.from_stage, np.full(len(swept), INQUIRY)])
    rejected = np.concatenate([moves.rejected, np.zeros(len(swept), dtype=np.bool_)])
    is_bulk = np.arange(len(lead)) >= len(moves.lead)
    order = np.lexsort((np.arange(len(lead)), lead, at))
    lead, at, stage, before = lead[order], at[order], stage[order], before[order]
    rejected, is_bulk = rejected[order], is_bulk[order]

    stage_names = [one.name for one in STAGES]
    team = np.asarray([_TEAMS.index(one.team) for one in STAGES])[stage]
    by = names.pick(names.SELLERS, people.seller[lead])
    by = pc.if_else(pa.array(stage <= MQL), "marketing automation", by)
    by = pc.if_else(pa.array(stage >= ONBOARDED), _by_service(by, stage), by)
    by = pc.if_else(pa.array(is_bulk), "operations", by)
    return pa.table(
        {
            "lead_id": people.lead_ids.take(pa.array(lead)),
            "at": times(at),
            "stage": names.pick(stage_names, stage),
            "from_stage": blank_where(names.pick(stage_names, before.clip(0)), before == NO_STAGE),
            "team": names.pick(_TEAMS, team),
            "by": by,
            "reason": _reasons(people, lead, stage, rejected, is_bulk),
            "seq": pa.array(_order_within_lead(lead)),
            "deal_id": pa.nulls(
                len(lead), pa.string()
            ),  # one deal a lead: its stages are the lead's
        }
    )


def _by_service(by: pa.Array, stage: Ints) -> pa.Array:
    """Service makes the moves after the sale; losing and recycling stay with the seller."""
    return pc.if_else(pa.array(stage < LOST), "service desk", by)


def _reasons(
    people: People,
    lead: Ints,
    stage: Ints,
    rejected: npt.NDArray[np.bool_],
    is_bulk: npt.NDArray[np.bool_],
) -> pa.Array:
    nothing = pa.scalar(None, pa.string())
    lost = names.pick(REASONS_LOST, people.lost_reason[lead])
    gone = names.pick(REASONS_DISQUALIFIED, people.disqualified_reason[lead])
    later = names.pick(REASONS_RECYCLED, people.recycled_reason[lead])
    back = names.pick(_REJECTED, people.rejected_reason[lead])
    reason = pc.if_else(pa.array(stage == LOST), lost, nothing)
    reason = pc.if_else(pa.array(stage == DISQUALIFIED), gone, reason)
    reason = pc.if_else(pa.array(stage == RECYCLED), later, reason)
    reason = pc.if_else(pa.array(rejected), back, reason)
    return pc.if_else(pa.array(is_bulk), "Clean-up before the review", reason)


def _order_within_lead(lead: Ints) -> Ints:
    """0, 1, 2, ... for the moves of each lead, in the order they stand."""
    by_lead = np.argsort(lead, kind="stable")
    ordered = lead[by_lead]
    starts = np.r_[0, np.flatnonzero(np.diff(ordered)) + 1]
    sizes = np.diff(np.r_[starts, len(ordered)])
    place = np.empty(len(lead), dtype=np.int64)
    place[by_lead] = np.arange(len(lead)) - np.repeat(starts, sizes)
    return place


def handovers_table(
    rng: np.random.Generator, leads: Leads, walk: Walk, people: People, until: int
) -> pa.Table:
    """Marketing to sales (every Marketing qualified), service to sales, sales to service (Won)."""
    given = walk.answers
    first_sal, won = walk.first_at[SAL], walk.first_at[WON]
    found = np.flatnonzero(
        (leads.source == SERVICE_SOURCE) & (first_sal > 0) & (walk.first_at[MQL] == 0)
    )
    sold = np.flatnonzero(won > 0)
    welcome = np.maximum(won[sold] + lags(rng, 2.0, 0.7, len(sold)), won[sold] + 60)
    welcome = np.where(welcome > until, 0, welcome)
    returned = (rng.random(len(sold)) < _RETURNED_SHARE) & (welcome > 0)

    lead = np.concatenate([given.lead, found, sold])
    offered = np.concatenate([given.offered, leads.created[found], won[sold]])
    due = np.concatenate(
        [given.due, next_working_day(leads.created[found]), won[sold] + _WELCOME_DAYS * DAY]
    )
    answered = np.concatenate([given.answered, first_sal[found], welcome])
    outcome = np.concatenate(
        [given.rejected.astype(np.int64), np.zeros(len(found), np.int64), returned * 2]
    )
    sizes = [len(given.lead), len(found), len(sold)]
    giving, taking = np.repeat([0, 2, 1], sizes), np.repeat([1, 1, 2], sizes)
    order = np.lexsort((lead, offered))
    lead, offered, due, answered = lead[order], offered[order], due[order], answered[order]
    outcome, giving, taking = outcome[order], giving[order], taking[order]
    is_open, rejected = answered == 0, outcome == 1
    code = people.rejected_reason[lead]
    reason = blank_where(names.pick(_REJECTED, code), ~rejected)
    reason = pc.if_else(pa.array(outcome == 2), "Site data missing", reason)
    reply_due = next_working_day(answered)
    replied = answered + lags(rng, _REPLY_DAYS, 0.9, len(lead))
    silent = rng.random(len(lead)) < _UNREPLIED_SHARE
    return pa.table(
        {
            "handover_id": names.numbered("H", len(lead), 6),
            "lead_id": people.lead_ids.take(pa.array(lead)),
            "from_team": names.pick(_TEAMS, giving),
            "to_team": names.pick(_TEAMS, taking),
            "offered_at": times(offered),
            "due_at": times(due),
            "answered_at": times(answered, ~is_open),
            "outcome": blank_where(names.pick(_OUTCOMES, outcome), is_open),
            "reason": reason,
            "clause": blank_where(names.pick(_CLAUSES, code), ~rejected | (code > 1)),
            "reply_due_at": times(reply_due, rejected),
            "replied_at": times(replied, rejected & ~silent & (replied <= until)),
        }
    )


def stages_table() -> pa.Table:
    """The CRM's own stage list, in order."""
    return pa.table(
        {
            "stage": pa.array([one.name for one in STAGES]),
            "pipeline": pa.array(["Machines and service"] * len(STAGES)),
            "position": pa.array(list(range(len(STAGES))), pa.int64()),
            "kind": pa.array([one.kind for one in STAGES]),
            "team": pa.array([one.team for one in STAGES]),
        }
    )


def swept_leads(rng: np.random.Generator, walk: Walk, most: int, second: int) -> tuple[Ints, int]:
    """Quarrel 4, the bulk edit: Inquiries nobody touched for 90 days, recycled in one second."""
    idle = np.flatnonzero((walk.last_stage == INQUIRY) & (walk.last_at < second - 90 * DAY))
    return np.sort(rng.permutation(idle)[:most]), second


def blank_where(texts: pa.Array, blank: npt.NDArray[np.bool_]) -> pa.Array:
    """The texts, empty where `blank`."""
    return pc.if_else(pa.array(blank), pa.scalar(None, pa.string()), texts)
