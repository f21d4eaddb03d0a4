"""Woken: do leads that were put aside come back, and what becomes of them?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.contacted import WOKEN
from onefunnel.measures.steps.entries import TIME, entries
from onefunnel.measures.steps.handed import ACCEPTED, handed
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("step", "team", "leads", "woken_share", "low", "high", "n", "note")
FIGURES = ("leads", "n")
ASIDE, AWAKE, TAKEN = "put aside", "woken", "accepted"


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per step: put aside, woken, back in each stage up to won, accepted by a team.

    A lead is put aside when it enters a recycled stage, and woken when the program woke it on its
    day or it came back to the success path by whatever hand, the earlier of the two. Each lead
    counts once, by the first time it was put aside (in the period, where one is asked for).
    leads: that took the step after they woke; back in a stage: in it or a later one; woken_share:
    of the n that woke (of woken itself: of those put aside); team: who leads the stage, in accepted
    whom leads are offered. What has no date is left out.
    """
    path = Path(agreement)
    steps = _steps(path)
    leads = _leads(facts, path, scope)
    flags = {f"s{place}": leads[step].sum() for place, step in enumerate(_columns(path))}
    found = rows(leads.agg(**flags))[0]
    counts = [int(found[f"s{place}"] or 0) for place in range(len(steps))]
    teams = _teams(agreement, path)
    made = tuple(_row(step, teams[place], counts, place) for place, step in enumerate(steps))
    return Figures(
        columns=COLUMNS,
        rows=made,
        sentence=_sentence(made, path, agreement),
        notes=(
            "Each lead counts once, by the first time it was put aside; a step counts at whatever "
            "time after the lead woke.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The leads behind one count, with when each was put aside and woke."""
    path = Path(agreement)
    steps = _steps(path)
    if figure not in FIGURES or row.get("step") not in steps:
        raise UnknownFigure("woken", figure, FIGURES)
    place = steps.index(row["step"])
    if figure == "n":
        place = 0 if place < 2 else 1
    leads = _leads(facts, path, scope)
    chosen = leads.filter(leads[_columns(path)[place]])
    return Records(chosen.select("lead_id", "aside_at", "woken_at"))


def _steps(path: Path) -> tuple[str, ...]:
    back = (f"back in {stage}" for stage in path.stages[: path.won + 1])
    return (ASIDE, AWAKE, *back, TAKEN)


def _columns(path: Path) -> tuple[str, ...]:
    return ("is_aside", "is_woken", *(f"is_{k}" for k in range(path.won + 1)), "is_taken")


def _leads(facts: Facts, path: Path, scope: Scope) -> ir.Table:
    """One row per lead that was put aside: when, when it woke, and each step as a flag."""
    log = entries(facts, path, scope.as_of)
    log = log.filter(log["at"].notnull()).select("lead_id", "at", "state", "ordinal")
    recycled = [state for state, outcome in path.outcomes.items() if outcome == "recycled"]
    aside = log.filter(log["state"].isin(recycled)).mutate(entered_at=log["at"])
    first = ibis.row_number().over(ibis.window(group_by="lead_id", order_by=["at", "ordinal"]))
    aside = in_period(matching(aside, facts, scope.where), scope).mutate(place=first)
    aside = aside.filter(aside["place"] == 0)
    aside = aside.select("lead_id", aside_at="at", aside_ordinal="ordinal")
    back = log.filter(log["state"] < path.length)
    back = back.select(_of="lead_id", _at="at", _ordinal="ordinal", _state="state")
    after = aside.left_join(
        back, (aside["lead_id"] == back["_of"]) & (back["_ordinal"] > aside["aside_ordinal"])
    )
    came = after.group_by("lead_id", "aside_at", "aside_ordinal").agg(back_at=after["_at"].min())
    came = _with_wakings(came, facts, scope)
    again = back.view()
    later = came.left_join(
        again,
        [
            came["lead_id"] == again["_of"],
            again["_ordinal"] > came["aside_ordinal"],
            again["_at"] >= came["woken_at"],
        ],
    )
    found = later.group_by("lead_id", "aside_at", "woken_at").agg(
        furthest=later["_state"].max().fill_null(-1)
    )
    flags: dict[str, ir.Value] = {
        "is_aside": ibis.literal(True), "is_woken": found["woken_at"].notnull(),
    }  # fmt: skip
    flags |= {f"is_{k}": found["furthest"] >= k for k in range(path.won + 1)}
    return _with_accepted(found.mutate(**flags), facts, scope)


def _with_wakings(came: ir.Table, facts: Facts, scope: Scope) -> ir.Table:
    """With `woken_at`: when the program noted that it woke, or it came back, the earlier."""
    if "touches" not in facts or not {"kind", "at", "lead_id"} <= set(facts["touches"].columns):
        return came.rename(woken_at="back_at")
    touches = facts["touches"]
    is_one = (touches["kind"] == WOKEN) & touches["at"].notnull()
    if scope.as_of is not None:
        is_one = is_one & (touches["at"] <= scope.as_of)
    noted = touches.filter(is_one).select(_lead="lead_id", _noted=touches["at"].cast(TIME))
    joined = came.left_join(
        noted, (came["lead_id"] == noted["_lead"]) & (noted["_noted"] >= came["aside_at"])
    )
    known = ("lead_id", "aside_at", "aside_ordinal", "back_at")
    found = joined.group_by(*known).agg(noted=joined["_noted"].min())
    woken = ibis.least(
        found["back_at"].fill_null(found["noted"]), found["noted"].fill_null(found["back_at"])
    )
    return found.select("lead_id", "aside_at", "aside_ordinal", woken_at=woken)


def _with_accepted(leads: ir.Table, facts: Facts, scope: Scope) -> ir.Table:
    if "handovers" not in facts or scope.as_of is None:
        return leads.mutate(is_taken=ibis.literal(False))
    offers = handed(facts, scope.as_of)
    taken = offers.filter((offers["outcome"] == ACCEPTED).fill_null(False))
    last = taken.group_by("lead_id").agg(_last=taken["answered_at"].max()).rename(_of="lead_id")
    found = leads.left_join(last, leads["lead_id"] == last["_of"])
    is_taken = (found["_last"] >= found["woken_at"]).fill_null(False)
    return found.mutate(is_taken=is_taken).drop("_of", "_last")


def _teams(agreement: Agreement, path: Path) -> tuple[str, ...]:
    """Who leads each step, in the agreement's words: both departments stand there."""
    aside = [stage for stage in agreement.detours if stage.kind == "recycled"]
    keepers = _joined(team for stage in aside for team in stage.leads)
    stages = (_joined(stage.leads) for stage in agreement.success_path[: path.won + 1])
    takers = _joined(card.to_team for card in agreement.handovers)
    return (keepers, keepers, *stages, takers)


def _joined(teams: Any) -> str:
    return ", ".join(dict.fromkeys(team for team in teams if team))


def _row(step: str, team: str, counts: list[int], place: int) -> dict[str, Any]:
    n = counts[0] if place < 2 else counts[1]
    found = rate(counts[place], n)
    is_whole = place == 0
    return {
        "step": step, "team": team, "leads": counts[place],
        "woken_share": None if is_whole else found.share,
        "low": None if is_whole else found.interval.low,
        "high": None if is_whole else found.interval.high,
        "n": n, "note": "" if is_whole else found.note,
    }  # fmt: skip


def _sentence(made: tuple[dict[str, Any], ...], path: Path, agreement: Agreement) -> str:
    if not any(stage.kind == "recycled" for stage in agreement.detours):
        return "The agreement has no stage for leads that are put aside until a day."
    aside, woken, won = made[0], made[1], made[path.won + 2]
    if not aside["leads"]:
        return "No lead was put aside until a day."
    tail = f" ({percent(won['woken_share'], 1)})" if won["woken_share"] is not None else ""
    return (
        f"Of {aside['leads']:,} leads that were put aside, {woken['leads']:,} woke and "
        f"{won['leads']:,} of these came to {path.stages[path.won]}{tail}."
    )
