"""What the past says of leads to come: how many are won, after how long, from which channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data, cohort
from onefunnel.measures.steps.followed import (
    DAY,
    NEVER,
    Attribute,
    Flags,
    Moments,
    attribute,
    fetched,
    moments,
)
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.statistics.competing_risks import (
    Incidence,
    Survival,
    aalen_johansen,
    kaplan_meier,
)
from onefunnel.statistics.follow_up import is_too_early

Floats = NDArray[np.float64]
OPEN, WON, ENDED = 0, 1, 2
ALL = "all leads"


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
    if path.won == 0:
        raise NoHistory("the first stage is the win already, so no lead comes in before it")
    leads = _leads(facts, agreement, scope, path)
    age = leads.age
    known = leads.part(
        (age >= 0) & (age < lookback_days)
        if since is None
        else (leads.entered >= _micros(since)) & (age >= 0)
    )
    lag = _lag(known, known.entered, path.won)
    if lag is None:
        raise NoHistory(
            "no lead that entered with a date was won: say what share is won, or bring in more"
        )
    from_stage, reached = {0: lag}, [1.0]  # reaching the first stage is entering the funnel
    for stage in range(1, path.won):
        there = known.part(known.furthest >= stage)
        if found := _lag(there, there.reached[stage], path.won):
            from_stage[stage] = found
        on_the_way = _lag(known, known.entered, stage)
        reached.append(on_the_way.won.final if on_the_way else 0.0)
    reached.append(lag.won.final)
    steps = {stage: _step(known, stage, path.won, from_stage) for stage in from_stage}
    times = lag.won.times
    follow_up = float(times.max()) if len(times) else 0.0
    return History(
        as_of=scope.as_of,
        stages=path.stages[: path.won + 1],
        reached=tuple(reached),
        lag=lag,
        from_stage=from_stage,
        steps=steps,
        cells=_cells(known, lag),
        waiting=_waiting(leads, path.won),
        entries_a_month=_a_month(known.age),
        undated=int((leads.entered == NEVER).sum()),
        is_too_early=is_too_early(follow_up, lag.won.quantile(0.5)),
    )


@dataclass(frozen=True)
class _Leads:
    """The leads as arrays, one place each. Moments are microseconds, NEVER where not known.

    `current` is the stage it stands in, below zero where it stands in none; `reached` by stage,
    up to the one where a lead is won.
    """

    as_of: int
    entered: Moments
    furthest: NDArray[np.int64]
    current: NDArray[np.int64]
    is_open: Flags
    has_ended: Flags
    ended: Moments
    since: Moments
    reached: tuple[Moments, ...]
    group: Attribute

    def part(self, which: Flags) -> _Leads:
        """Some of them."""
        return _Leads(
            self.as_of, self.entered[which], self.furthest[which], self.current[which],
            self.is_open[which], self.has_ended[which], self.ended[which], self.since[which],
            tuple(one[which] for one in self.reached),
            Attribute(self.group.names, self.group.codes[which]),
        )  # fmt: skip

    @property
    def age(self) -> NDArray[np.int64]:
        """Whole days since it entered; -1 where that is not known."""
        return np.where(self.entered == NEVER, -1, (self.as_of - self.entered) // DAY)


def _leads(facts: Facts, agreement: Agreement, scope: Scope, path: Path) -> _Leads:
    """The leads of a question, read once: everything else is counted from these."""
    assert scope.as_of is not None
    table = with_reached(cohort(facts, agreement, scope), path)
    table = table.filter(table["furthest"].notnull()).select(
        "entered_at", "furthest", "current", "outcome", "outcome_at", "since",
        *(f"reached_{stage}" for stage in range(path.won + 1)),
        group=table["group"] if scope.by else ibis.literal(ALL),
    )  # fmt: skip
    found = fetched(table)
    outcome = found["outcome"]
    return _Leads(
        as_of=_micros(scope.as_of),
        entered=moments(found["entered_at"]),
        furthest=np.asarray(found["furthest"].to_numpy(), np.int64),
        current=np.asarray(pc.fill_null(found["current"], -1).to_numpy(), np.int64),
        is_open=np.asarray(pc.equal(outcome, "open").to_numpy(), bool),
        has_ended=~np.asarray(pc.is_in(outcome, pa.array(["open", "won"])).to_numpy(), bool),
        ended=moments(found["outcome_at"]),
        since=moments(found["since"]),
        reached=tuple(moments(found[f"reached_{stage}"]) for stage in range(path.won + 1)),
        group=attribute(found["group"]),
    )


def _micros(moment: datetime) -> int:
    return int(np.datetime64(moment, "us").astype(np.int64))


def _lag(leads: _Leads, start: Moments, target: int) -> Lag | None:
    """How long from `start` to reaching a stage; leads without that date tell nothing."""
    took, cause, many = _took(leads, start, target)
    if not (cause == WON).any():
        return None
    return Lag(aalen_johansen(took, cause, many, cause=WON), kaplan_meier(took, cause, many))


def _took(
    leads: _Leads, start: Moments, target: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Days from `start` to reaching a stage, to another end, or to now; the kind of end; and how
    many leads each."""
    is_there = leads.furthest >= target
    otherwise = np.where(leads.has_ended, leads.ended, leads.as_of)
    end = np.where(is_there, leads.reached[target], otherwise)
    cause = np.where(is_there, WON, np.where(leads.has_ended, ENDED, OPEN))
    is_timed = (start != NEVER) & (end != NEVER)
    days = np.maximum((end - start)[is_timed] // DAY, 0)
    kinds, many = np.unique(np.stack([days, cause[is_timed]]), axis=1, return_counts=True)
    return kinds[0], kinds[1], many


def _step(leads: _Leads, stage: int, won: int, from_stage: Mapping[int, Lag]) -> Step:
    """From reaching a stage to the next one; the last step before the win is the way to it."""
    if stage + 1 == won:
        return Step(from_stage[stage].won, from_stage[stage].waiting)
    there = leads.part(leads.furthest >= stage)
    on = _lag(there, there.reached[stage], stage + 1)
    assert on is not None, "who was won has reached the stages before"
    return Step(on.won, on.waiting)


def _cells(leads: _Leads, lag: Lag) -> tuple[Cell, ...]:
    ages, place = np.unique(leads.age, return_inverse=True)
    come = np.array([lag.come(float(age)) for age in ages])[place]
    codes, size = leads.group.codes, len(leads.group.names)
    is_won = leads.furthest >= len(leads.reached) - 1
    counted = zip(
        leads.group.names,
        np.bincount(codes, minlength=size),
        np.bincount(codes, weights=is_won, minlength=size),
        np.bincount(codes, weights=come, minlength=size),
        strict=True,
    )
    cells = [
        Cell(name, int(n), int(won), max(float(exposure), float(won)))
        for name, n, won, exposure in counted
        if n
    ]
    return tuple(sorted(cells, key=lambda one: (-one.entries, one.name)))


def _waiting(leads: _Leads, won: int) -> tuple[Waiting, ...]:
    """The open leads short of won, by stage and days in it; without that date, days since entry."""
    there = leads.part(leads.is_open & (leads.furthest < won) & (leads.current >= 0))
    since = np.where(there.since == NEVER, there.entered, there.since)
    days = np.where(since == NEVER, 0, np.maximum((there.as_of - since) // DAY, 0))
    kinds, many = np.unique(np.stack([there.current, days]), axis=1, return_counts=True)
    return tuple(
        Waiting(int(stage), int(stood), int(n))
        for stage, stood, n in zip(kinds[0], kinds[1], many, strict=True)
    )


def _a_month(age: NDArray[np.int64]) -> tuple[int, ...]:
    """Leads of each whole month back from now; the rest of the oldest one is left out."""
    many = np.bincount((age / DAYS_A_MONTH).astype(np.int64))
    whole = max(1, int((age.max() + 1) // DAYS_A_MONTH))
    return tuple(int(many[back]) if back < len(many) else 0 for back in range(whole - 1, -1, -1))
