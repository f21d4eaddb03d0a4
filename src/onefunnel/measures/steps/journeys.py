"""One row per lead: what it reached, when, and how it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.entries import entries
from onefunnel.measures.steps.groups import NONE, group_value
from onefunnel.measures.steps.marks import marks_of, stands_of
from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir


#: Raise it when the columns of journeys or their meaning change: kept ones are then made anew.
SHAPE = 7


#: Columns of leads that journeys carry as groups, so that a funnel split by one needs no join:
#: those a company splits by. None says who the lead is; the owner is one of the company's own.
CARRIED = ("source", "campaign", "segment", "country", "owner")


def made_by(agreement: Agreement) -> str:
    """What ready-made journeys must have been made by: this agreement, in this shape."""
    return f"{agreement.digest}.{SHAPE}"


def journeys(facts: Facts, agreement: Agreement, as_of: datetime | None = None) -> ir.Table:
    """What has each lead reached, when, and how does it stand at `as_of`?

    Ready-made journeys are used where they were made under this agreement: as they are where
    `as_of` leaves nothing of their data out, else for all leads without a move since. Without
    them one window over the moves orders them and one aggregation
    makes the rows. Leads created after `as_of` are left out unless they have a move before it.

    Returns one row per lead, for success stages k = 0, 1, ...:
        lead_id, created_at
        n_k: entries into stage k, dated or not; at_k: first dated entry
        back_k: how often it went back from stage k to an earlier one; fell_k: when it first did,
            of the times with a date
        furthest: largest k entered; 0 for a lead that was only ever in a detour; NULL for a lead
            that never was in a stage of this agreement
        current, current_stage: the success stage it is in (NULL in a detour), the name of its state
        outcome: open, won (in the won stage or later), lost, disqualified or recycled, from the
            current state: a lead lost and moved on again is not lost; one of several deals is where
            its best deal is: won once one is won, open while one is open
        outcome_at: when that came about (first reach of won; entry into the detour); NULL if open
        since: when it came to stand where it does, where that has a date
        deals: how many deals its moves are of, where they are of several; else NULL
        moved_back: sum of back_k; first_at, last_at: its first and latest dated entry
    and what every page counts, ready to be counted (see `marks`):
        entered_at: the earlier of created_at and first_at
        stands: the outcome as a number; marks_w: bits per stage, entered (n_k > 0), fallen back
            from (back_k > 0), entered without any date
        by_source, by_campaign, ...: the lead's group by the columns of CARRIED that leads have
    """
    path = Path(agreement)
    ready = facts.journeys
    if ready is None or ready.digest != made_by(agreement):
        return _followed(facts, path, as_of)
    if _covers(facts, ready.as_of, as_of):
        return ready.table
    if as_of is not None and _is_whole(facts, ready.as_of):
        return _looking_back(facts, path, ready.table, as_of)
    return _followed(facts, path, as_of)


def _followed(facts: Facts, path: Path, as_of: datetime | None) -> ir.Table:
    """Every lead followed through its moves."""
    per_lead = _per_lead(entries(facts, path, as_of), path)
    return _with_outcome(_with_created_at(facts, per_lead, as_of), path)


def _looking_back(facts: Facts, path: Path, ready: ir.Table, as_of: datetime) -> ir.Table:
    """Journeys as of an earlier moment out of those of all data: only leads that moved since are
    followed again, up to then; of the others all moves were there, so their rows stand."""
    moves = facts["moves"]
    later = moves.filter(moves["at"] > as_of).select("lead_id").distinct()
    until = moves.filter(moves["at"].isnull() | (moves["at"] <= as_of))
    tables = {**facts.tables, "moves": until.semi_join(later, "lead_id")}
    if "leads" in facts:
        tables["leads"] = facts["leads"].semi_join(later, "lead_id")
    again = _followed(replace(facts, tables=tables, journeys=None), path, as_of)
    if set(again.columns) != set(ready.columns):
        return _followed(facts, path, as_of)
    same = ready.anti_join(later, "lead_id")
    is_there = same["created_at"].isnull() | (same["created_at"] <= as_of)
    same = same.filter(is_there | same["last_at"].notnull())
    return same.union(again.select(ready.columns).cast(ready.schema()))


def _is_whole(facts: Facts, when: datetime | None) -> bool:
    """Whether a look as of `when` leaves no data out."""
    return when is None or (facts.data_at is not None and when >= facts.data_at)


def _covers(facts: Facts, made: datetime | None, asked: datetime | None) -> bool:
    """Whether journeys made as of `made` are those of `asked`: neither leaves data out."""
    wholes = [_is_whole(facts, when) for when in (made, asked)]
    return all(wholes) or (made is not None and made == asked)


def _per_lead(log: ir.Table, path: Path) -> ir.Table:
    state, came_from = log["state"], log["came_from"]
    went_back = state < came_from
    is_detour = state >= path.length
    columns: dict[str, ir.Value] = {}
    for k in range(path.length):
        columns[f"n_{k}"] = log.count(where=state == k)
        columns[f"at_{k}"] = log["at"].min(where=state == k)
        is_fall = went_back & (came_from == k)
        columns[f"back_{k}"] = log.count(where=is_fall)
        columns[f"fell_{k}"] = log["at"].min(where=is_fall)
    return log.group_by("lead_id").agg(
        **columns,
        furthest_state=state.max(where=state < path.length),
        latest=log["stands"].max(),
        since=log["since"].argmax(log["stands"]),
        deals=log["deals"].max() if "deals" in log.columns else ibis.null("int64"),
        first_at=log["at"].min(),
        last_at=log["at"].max(),
        latest_detour_at=ibis.ifelse(
            (is_detour & log["at"].isnull()).any(),
            ibis.null("timestamp"),
            log["at"].max(where=is_detour),
        ),
    )


def _with_created_at(facts: Facts, per_lead: ir.Table, as_of: datetime | None) -> ir.Table:
    if "leads" not in facts:
        return per_lead.mutate(created_at=ibis.null("timestamp"))
    leads = facts["leads"]
    has_time = "created_at" in leads.columns
    created = leads["created_at"] if has_time else ibis.null("timestamp")
    carried = {
        f"by_{name}": group_value(leads, name, "") for name in CARRIED if name in leads.columns
    }
    known = leads.select(_lead="lead_id", created_at=created, **carried)
    joined = per_lead.outer_join(known, per_lead["lead_id"] == known["_lead"])
    joined = joined.mutate(lead_id=joined["lead_id"].coalesce(joined["_lead"])).drop("_lead")
    if as_of is None:
        return joined
    is_there = joined["created_at"].isnull() | (joined["created_at"] <= as_of)
    return joined.filter(is_there | joined["last_at"].notnull())


def _with_outcome(leads: ir.Table, path: Path) -> ir.Table:
    state = (leads["latest"] % path.width).cast("int16")
    known = sorted(path.names)
    outcome = ibis.cases(*((state == k, path.outcomes[k]) for k in known), else_="open")
    reached_won = [leads[f"at_{k}"] for k in range(path.won, path.length)]
    won_at = ibis.least(*reached_won)
    is_detour = state >= path.length
    columns: dict[str, ir.Value] = {
        "lead_id": leads["lead_id"],
        "created_at": leads["created_at"],
    }
    for k in range(path.length):
        columns |= {
            f"n_{k}": leads[f"n_{k}"].fill_null(0),
            f"at_{k}": leads[f"at_{k}"],
            f"back_{k}": leads[f"back_{k}"].fill_null(0),
            f"fell_{k}": leads[f"fell_{k}"],
        }
    columns |= {
        "furthest": leads["furthest_state"].fill_null(
            ibis.ifelse(state.notnull(), 0, ibis.null("int16"))
        ),
        "current": ibis.ifelse(is_detour, ibis.null("int16"), state),
        "current_stage": ibis.cases(*((state == k, path.names[k]) for k in known)),
        "outcome": outcome,
        "outcome_at": ibis.cases(
            (outcome == "won", won_at), (is_detour, leads["latest_detour_at"])
        ),
        "moved_back": sum(
            (leads[f"back_{k}"].fill_null(0) for k in range(1, path.length)),
            start=ibis.literal(0, "int64"),
        ),
        "since": leads["since"],
        "deals": leads["deals"],
        "first_at": leads["first_at"],
        "last_at": leads["last_at"],
        "entered_at": ibis.least(leads["created_at"], leads["first_at"]),
        "stands": stands_of(outcome),
    }
    stages = range(path.length)
    columns |= marks_of(
        went=[columns[f"n_{k}"] > 0 for k in stages],
        fell=[columns[f"back_{k}"] > 0 for k in stages],
        undated=[(columns[f"n_{k}"] > 0) & leads[f"at_{k}"].isnull() for k in stages],
    )
    columns |= {
        name: leads[name].fill_null(NONE) for name in leads.columns if name.startswith("by_")
    }
    return leads.select(**columns)
