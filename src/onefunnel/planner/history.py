"""What the past says of leads to come: how many are won, after how long, from which channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data, cohort
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import rows
from onefunnel.statistics.competing_risks import (
    Incidence,
    Survival,
    aalen_johansen,
    kaplan_meier,
)
from onefunnel.statistics.follow_up import is_too_early

if TYPE_CHECKING:
    import ibis.expr.types as ir

Floats = NDArray[np.float64]
OPEN, WON, ENDED = 0, 1, 2
ALL = "all leads"
_SECONDS_A_DAY = 86_400


class NoHistory(ValueError):
    """The past holds nothing that a plan could be made from. The text says what lacks."""


@dataclass(frozen=True)
class Lag:
    """From being in a place to being won, in whole days, while other ends compete.

    `won` is the share of all there that is won by each day, `waiting` the share still open.
    """

    won: Incidence
    waiting: Survival

    def come(self, days: float) -> float:
        """Of those who will be won: the share that is won after so many days."""
        return min(1.0, self.won.at(days) / self.won.final) if self.won.final > 0 else 0.0


@dataclass(frozen=True)
class Step:
    """From reaching a stage to going on from it, in whole days, while other ends compete.

    `on` is the share of all there that reaches the next stage by each day, `stays` the share that
    is still in the stage.
    """

    on: Incidence
    stays: Survival


@dataclass(frozen=True)
class Cell:
    """Leads of one channel: how many came and were won, and how much of what they had to wait for
    has passed.

    `exposure` counts each lead by the share of wins that come within its age, so that won /
    exposure is the share that is ever won, though young leads had no time yet. `factor`: how many
    times as often they are thought to be won from now on; see levers.
    """

    name: str
    entries: int
    won: int
    exposure: float
    factor: float = 1.0


@dataclass(frozen=True)
class Waiting:
    """Open leads in one stage that have stood in it for the same number of days."""

    stage: int
    days: int
    leads: int


@dataclass(frozen=True)
class History:
    """What a plan is made from; days are counted to `as_of`.

    Attributes:
        stages: Names of the success stages up to the one where a lead is won.
        reached: Of all leads, the share that ever reaches each stage, other ends competing.
        lag: From entering the funnel to being won.
        from_stage: From reaching a stage to being won, by number of the stage.
        steps: From reaching a stage to going on from it, by number of the stage.
        cells: The channels, most leads first.
        waiting: The open leads.
        entries_a_month: Leads that entered in each of the last whole months, 30.4375 days each,
            the latest last; of a past shorter than one, all there were.
        undated: Leads left out because a date lacks.
        is_too_early: Whether the look-back is too short to know the share that is ever won.
        pace: How many times as long everything is thought to take from now on; see levers.
    """

    as_of: datetime
    stages: tuple[str, ...]
    reached: tuple[float, ...]
    lag: Lag
    from_stage: Mapping[int, Lag]
    steps: Mapping[int, Step]
    cells: tuple[Cell, ...]
    waiting: tuple[Waiting, ...]
    entries_a_month: tuple[int, ...]
    undated: int
    is_too_early: bool
    pace: float = 1.0


DAYS_A_MONTH = 30.4375


def history(
    facts: Facts, agreement: Agreement, *, by: str | None = None, where: str = "",
    as_of: datetime | None = None, lookback_days: int = 730, since: datetime | None = None,
) -> History:  # fmt: skip
    """What the leads of the last `lookback_days`, or since a moment, say of those to come.

    Args:
        by: The column that tells channels apart; None takes all leads as one.
        where: Which leads; see Objective.
        as_of: The moment of looking (UTC without a zone); None: the data's own time.

    Raises:
        NoHistory: no dated lead entered in that time, or none was won.
        NoSuccessPath: the agreement has no stages.
    """
    scope = as_of_data(facts, Scope(by=by, where=where or None, as_of=as_of))
    if scope.as_of is None:
        raise NoHistory("no move has a date: a plan needs to know how long things take")
    path = Path(agreement)
    leads = with_reached(cohort(facts, agreement, scope), path)
    now = ibis.literal(scope.as_of, "timestamp")
    leads = leads.filter(leads["furthest"].notnull())
    age = _days(leads["entered_at"], now)
    leads = leads.mutate(age=age, is_won=leads["furthest"] >= path.won)
    known = leads.filter(
        leads["age"].between(0, lookback_days - 1)
        if since is None
        else (leads["entered_at"] >= since) & (leads["age"] >= 0)
    )
    undated = rows(leads.agg(n=leads.count(where=leads["entered_at"].isnull())))[0]["n"]
    lag = _lag(known, "entered_at", path.won, now)
    if lag is None:
        raise NoHistory(
            "no lead that entered with a date was won: say what share is won, or bring in more"
        )
    from_stage, reached = {0: lag}, [1.0]  # reaching the first stage is entering the funnel
    for stage in range(1, path.won):
        there = known.filter(known["furthest"] >= stage)
        if found := _lag(there, f"reached_{stage}", path.won, now):
            from_stage[stage] = found
        on_the_way = _lag(known, "entered_at", stage, now)
        reached.append(on_the_way.won.final if on_the_way else 0.0)
    reached.append(lag.won.final)
    steps = {stage: _step(known, stage, path.won, from_stage, now) for stage in from_stage}
    times = lag.won.times
    follow_up = float(times.max()) if len(times) else 0.0
    return History(
        as_of=scope.as_of,
        stages=path.stages[: path.won + 1],
        reached=tuple(reached),
        lag=lag,
        from_stage=from_stage,
        steps=steps,
        cells=_cells(known, lag, by),
        waiting=_waiting(leads, path, now),
        entries_a_month=_a_month(known),
        undated=int(undated),
        is_too_early=is_too_early(follow_up, lag.won.quantile(0.5)),
    )


def _count(part: ir.Table) -> ir.IntegerScalar:
    return part.count()


def _days(start: ir.Value, end: ir.Value) -> ir.IntegerValue:
    return end.delta(start, unit="second") // _SECONDS_A_DAY


def _lag(leads: ir.Table, start: str, target: int, now: ir.Value) -> Lag | None:
    """How long from `start` to reaching a stage; leads without that date tell nothing."""
    counted = _took(leads, start, target, now)
    if not any(row["cause"] == WON for row in counted):
        return None
    took, why, many = (np.array([row[name] for row in counted]) for name in ("took", "cause", "n"))
    return Lag(aalen_johansen(took, why, many, cause=WON), kaplan_meier(took, why, many))


def _took(leads: ir.Table, start: str, target: int, now: ir.Value) -> list[dict[str, Any]]:
    """Days from `start` to reaching a stage, to another end, or to now; how many leads each."""
    is_there = leads["furthest"] >= target
    has_ended = leads["outcome"].notin(["open", "won"])
    end = ibis.cases(
        (is_there, leads[f"reached_{target}"]), (has_ended, leads["outcome_at"]), else_=now
    )
    cause = ibis.cases((is_there, WON), (has_ended, ENDED), else_=OPEN)
    timed = leads.mutate(took=ibis.greatest(_days(leads[start], end), 0), cause=cause)
    timed = timed.filter(timed[start].notnull() & end.notnull())
    return rows(timed.group_by("took", "cause").agg(n=_count))


def _step(
    leads: ir.Table, stage: int, won: int, from_stage: Mapping[int, Lag], now: ir.Value
) -> Step:
    """From reaching a stage to the next one; the last step before the win is the way to it."""
    if stage + 1 == won:
        return Step(from_stage[stage].won, from_stage[stage].waiting)
    there = leads.filter(leads["furthest"] >= stage)
    on = _lag(there, f"reached_{stage}", stage + 1, now)
    assert on is not None, "who was won has reached the stages before"
    return Step(on.won, on.waiting)


def _cells(leads: ir.Table, lag: Lag, by: str | None) -> tuple[Cell, ...]:
    group = leads["group"] if by else ibis.literal(ALL)
    counted = rows(
        leads.group_by(name=group, age=leads["age"]).agg(
            n=_count, won=lambda t: t.count(where=t["is_won"])
        )
    )
    found: dict[str, list[float]] = {}
    for row in counted:
        cell = found.setdefault(row["name"], [0, 0, 0.0])
        cell[0] += row["n"]
        cell[1] += row["won"]
        cell[2] += row["n"] * lag.come(row["age"])
    cells = [
        Cell(name, int(n), int(won), max(float(exposure), float(won)))
        for name, (n, won, exposure) in found.items()
    ]
    return tuple(sorted(cells, key=lambda one: (-one.entries, one.name)))


def _waiting(leads: ir.Table, path: Path, now: ir.Value) -> tuple[Waiting, ...]:
    """The open leads short of won, by stage and days in it; without that date, days since entry."""
    is_open = (leads["outcome"] == "open") & (leads["furthest"] < path.won)
    since = leads["since"].coalesce(leads["entered_at"])
    there = leads.filter(is_open & leads["current"].notnull()).mutate(
        stood=ibis.greatest(_days(since, now), 0).fill_null(0)
    )
    counted = rows(there.group_by("current", "stood").agg(n=_count))
    found = [Waiting(int(r["current"]), int(r["stood"]), int(r["n"])) for r in counted]
    return tuple(sorted(found, key=lambda one: (one.stage, one.days)))


def _a_month(leads: ir.Table) -> tuple[int, ...]:
    """Leads of each whole month back from now; the rest of the oldest one is left out."""
    month = (leads["age"].cast("float64") / DAYS_A_MONTH).floor().cast("int64")
    oldest = rows(leads.agg(days=leads["age"].max()))[0]["days"]
    counted: list[dict[str, Any]] = rows(leads.group_by(month=month).agg(n=_count))
    many = {int(row["month"]): int(row["n"]) for row in counted}
    whole = max(1, int((oldest + 1) // DAYS_A_MONTH))
    return tuple(many.get(back, 0) for back in range(whole - 1, -1, -1))
