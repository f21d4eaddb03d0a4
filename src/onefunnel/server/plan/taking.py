"""What an objective takes, over the data as they are; the past is read once for each version."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.facts.store import MissingFacts
from onefunnel.facts.utc import in_utc
from onefunnel.measures.steps.groups import UnknownGroup, group_columns
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.measures.steps.spend import channel_column
from onefunnel.planner.goal import Goal, goal_of
from onefunnel.planner.history import History, NoHistory, history
from onefunnel.planner.objective import NoObjective
from onefunnel.planner.what_it_takes import Takes, what_it_takes
from onefunnel.planner.worth import NoWorth
from onefunnel.planner.would_do import ENOUGH, WouldDo, would_do
from onefunnel.server.agree.basis import Basis
from onefunnel.server.plan.capacities import capacity_of
from onefunnel.server.plan.models import Wording
from onefunnel.server.plan.scenarios import Moved
from onefunnel.server.plan.wording import ObjectiveRefused, day_of, moment_of, objective_of
from onefunnel.server.warehouse.kept import Kept

#: Two whole years and the days that a month of 30.4375 days lacks: seasons need them.
LOOK_BACK = timedelta(days=732)
#: A column with more values than this tells no channels apart.
MOST_CHANNELS = 60

_pasts = Kept(32)
_answers = Kept(128)


@dataclass(frozen=True)
class Answer:
    """What an objective takes; `refusal` says in words why it cannot be told.

    `by` is the column that tells channels apart, `since` the first moment of the past looked at,
    `where` the definition of the leads. `would` is filled where the goal is out of reach.
    """

    takes: Takes | None = None
    goal: Goal | None = None
    past: History | None = None
    would: tuple[WouldDo, ...] = ()
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    where: str = ""
    refusal: str = ""

    @property
    def is_within_reach(self) -> bool:
        return self.takes is not None and self.takes.needed.reached_chance >= ENOUGH


def taken(basis: Basis, wording: Wording, moved: Moved, *, with_would: bool = False) -> Answer:
    """What the objective takes with these levers; with what would have to be true where asked."""
    key = (
        basis.version, basis.agreement.digest, basis.zone.key, wording.digest,
        tuple(sorted(moved.words.items())), moved.capacity.pk if moved.capacity else 0, with_would,
    )  # fmt: skip
    return _answers.get(key, lambda: _taken(basis, wording, moved, with_would))


def _taken(basis: Basis, wording: Wording, moved: Moved, with_would: bool) -> Answer:
    if basis.is_empty:
        return Answer(refusal="There is no data yet to plan from.")
    changed = copy(wording)
    changed.amount = moved.amount or wording.amount
    changed.until = moved.until or wording.until
    try:
        objective = objective_of(changed, basis.agreement, basis.zone)
        past, by, since = past_of(basis, objective.where)
        objective.check(past.as_of)
        goal = goal_of(
            basis.facts, basis.agreement, objective, as_of=past.as_of, since=since,
            counts_from=in_utc(wording.objective.begun_at),
        )  # fmt: skip
        capacity = capacity_of(moved.capacity, past.stages, past.as_of, moved.people)
        takes = what_it_takes(
            past, goal.wins, objective.until, levers=moved.levers, capacity=capacity
        )
    except (
        ObjectiveRefused, NoHistory, NoObjective, NoSuccessPath, NoWorth, MissingFacts,
        PredicateError, UnknownGroup,
    ) as refusal:  # fmt: skip
        said = str(refusal)
        return Answer(refusal=said[:1].upper() + said[1:].rstrip(".") + ".")
    answer = Answer(takes, goal, past, (), by, since, objective.until, objective.where)
    if with_would and not answer.is_within_reach:
        found = would_do(past, goal.wins, objective.until, takes.needed, capacity=capacity)
        return replace(answer, would=found)
    return answer


def past_of(basis: Basis, where: str) -> tuple[History, str | None, datetime | None]:
    """The past of these leads, the column of its channels, and from when on it is looked at."""
    key = (basis.version, basis.agreement.digest, basis.zone.key, where)
    return _pasts.get(key, lambda: _read(basis, where))


def _read(basis: Basis, where: str) -> tuple[History, str | None, datetime | None]:
    facts, at = basis.facts, basis.facts.data_at
    since = moment_of(day_of(at, basis.zone) - LOOK_BACK, basis.zone) if at else None
    by: str | None = channel_column(facts) if "leads" in facts else None
    if by not in group_columns(facts):
        by = None
    past = history(facts, basis.agreement, by=by, where=where, as_of=at, since=since)
    if len(past.cells) > MOST_CHANNELS:
        by = None
        past = history(facts, basis.agreement, where=where, as_of=at, since=since)
    return past, by, since
