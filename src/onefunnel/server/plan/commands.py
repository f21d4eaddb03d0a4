"""The deeds of this room: write, change, sign, set aside objectives; say who works; save plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from onefunnel.facts.utc import in_utc
from onefunnel.planner.what_it_takes import PlanMonth
from onefunnel.server.agree.basis import Basis, current_basis
from onefunnel.server.agree.disputes.deciding import signing_for
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.plan import events
from onefunnel.server.plan.capacities import read_capacity
from onefunnel.server.plan.models import (
    Objective,
    ObjectiveSignature,
    SalesCapacity,
    SavedPlan,
    Wording,
)
from onefunnel.server.plan.scenarios import moved_from
from onefunnel.server.plan.taking import taken
from onefunnel.server.plan.wording import ObjectiveRefused, Words, day_of, read_words
from onefunnel.server.record.commands import append

DRAFT, SIGN = "draft objective", "sign objective"


class NoSuchObjective(LookupError):
    """There is no such objective."""


def draft_objective(*, typed: Mapping[str, str], by: Person, at: datetime) -> Objective:
    """Write an objective down. It is a draft until the heads of both sides have signed it.

    Written twice by one person in the same words it is one objective: a click sent two forms.

    Raises:
        ObjectiveRefused: something is missing, or cannot be read.
    """
    require(by, DRAFT)
    words = _read(typed, current_basis(), at)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=by.pk)  # two clicks one after the other
        there = _drafted(words, by)
        if there is not None:
            return there
        made = Objective.objects.create(begun_at=at, begun_by=by)
        _word(made, words, by, at)
        _tell(events.OBJECTIVE_DRAFTED, made, by, at, outcome=words.outcome)
    return made


def _drafted(words: Words, by: Person) -> Objective | None:
    """The objective that this person wrote in these very words, and that stands."""
    said = Wording.objects.filter(
        written_by=by, revision=1, objective__revision=1, objective__set_aside_at=None,
        **asdict(words),
    )  # fmt: skip
    found = said.select_related("objective").first()
    return found.objective if found else None


def change_objective(
    *, objective_id: object, typed: Mapping[str, str], revision: int, by: Person, at: datetime
) -> Objective:
    """Change the words of an objective; signatures under the old ones do not stand under these.

    Raises:
        NoSuchObjective; ObjectiveRefused: as for a draft, or somebody changed it meanwhile.
    """
    require(by, DRAFT)
    words = _read(typed, current_basis(), at)
    with transaction.atomic():
        return _changed(_standing(objective_id), words, revision, by, at)


def undo_change(*, objective_id: object, revision: int, by: Person, at: datetime) -> Objective:
    """Give an objective the words it had before its last change. It has to be signed again.

    Raises:
        NoSuchObjective; ObjectiveRefused: it was never changed, or was changed once more.
    """
    require(by, DRAFT)
    with transaction.atomic():
        objective = _standing(objective_id)
        before = Wording.objects.filter(objective=objective, revision=revision - 1).first()
        if before is None:
            raise ObjectiveRefused("There is nothing to take back: it was not changed.")
        words = Words(**{name: getattr(before, name) for name in Words.__dataclass_fields__})
        return _changed(objective, words, revision, by, at)


def sign_objective(
    *, objective_id: object, digest: str, by: Person, at: datetime
) -> ObjectiveSignature:
    """Sign the words that `digest` names, for one's own team.

    Raises:
        NoSuchObjective; ObjectiveRefused: the words were changed since they were read, the team
            does not sign, or it has.
    """
    require(by, SIGN)
    teams = signing_for(current_basis().agreement)
    with transaction.atomic():
        objective = _standing(objective_id)
        wording = Wording.objects.get(objective=objective, revision=objective.revision)
        if wording.digest != digest:
            raise ObjectiveRefused("It was changed since you read it. Read it again and sign then.")
        if by.team not in teams:
            raise ObjectiveRefused(
                f"{by.get_team_display()} does not sign objectives: the heads of the teams that "
                "sign the agreement do."
            )
        signed = ObjectiveSignature.objects.filter(digest=digest)
        if signed.filter(team=by.team).exists() or signed.filter(signed_by=by).exists():
            raise ObjectiveRefused("Your team has signed it already.")
        signature = ObjectiveSignature.objects.create(
            objective=objective, digest=digest, team=by.team, signed_at=at, signed_by=by
        )
        _tell(events.OBJECTIVE_SIGNED, objective, by, at, team=by.team, digest=digest[:12])
    return signature


def set_aside(*, objective_id: object, by: Person, at: datetime) -> Objective:
    """Set an objective aside: it stays, and is no longer followed. Raises NoSuchObjective."""
    require(by, DRAFT)
    with transaction.atomic():
        objective = _standing(objective_id)
        objective.set_aside_at, objective.set_aside_by = at, by
        objective.save(update_fields=["set_aside_at", "set_aside_by"])
        _tell(events.OBJECTIVE_SET_ASIDE, objective, by, at)
    return objective


def take_up(*, objective_id: object, by: Person, at: datetime) -> Objective:
    """Take up an objective that was set aside; its signatures stand. Raises NoSuchObjective."""
    require(by, DRAFT)
    with transaction.atomic():
        objective = _held(objective_id)
        if objective.set_aside_at is not None:
            objective.set_aside_at = objective.set_aside_by = None
            objective.save(update_fields=["set_aside_at", "set_aside_by"])
            _tell(events.OBJECTIVE_TAKEN_UP, objective, by, at)
    return objective


def set_aside_with_the_demo(*, at: datetime) -> int:
    """Set aside what people of the simulated company wrote; how many."""
    found = Objective.objects.filter(begun_by__is_simulated=True, set_aside_at=None)
    count = 0
    for objective in found:
        with transaction.atomic():
            there = Objective.objects.filter(pk=objective.pk, set_aside_at=None)
            if there.update(set_aside_at=at, set_aside_by=objective.begun_by):
                _tell(events.OBJECTIVE_SET_ASIDE, objective, None, at)
                count += 1
    return count


def say_capacity(
    *, objective_id: object, typed: Mapping[str, str], by: Person, at: datetime
) -> SalesCapacity:
    """Say who works on the leads of an objective, from which stage on; the last one counts. What
    was said last is not said again.

    Raises:
        NoSuchObjective; ObjectiveRefused: a number is missing or impossible.
    """
    require(by, DRAFT)
    said = read_capacity(typed, current_basis().agreement)
    with transaction.atomic():
        objective = _standing(objective_id)
        last = SalesCapacity.objects.filter(objective=objective).last()
        if last is not None and asdict(said) == {
            name: getattr(last, name) for name in asdict(said)
        }:
            return last
        made = SalesCapacity.objects.create(
            objective=objective, said_at=at, said_by=by, **asdict(said)
        )
        _tell(events.CAPACITY_SAID, objective, by, at)
    return made


def save_plan(
    *, objective_id: object, words: Mapping[str, str], by: Person, at: datetime
) -> SavedPlan:
    """Keep what the levers in `words` come to as the objective's plan; older ones stay. Where the
    last one says the same, over the same data, it is the plan.

    Raises:
        NoSuchObjective; ObjectiveRefused: the levers change the goal or the day itself, which is
            to change the objective; or nothing can be told from the data.
    """
    require(by, DRAFT)
    basis = current_basis()
    objective = _found(objective_id)
    wording = Wording.objects.get(objective=objective, revision=objective.revision)
    capacity = SalesCapacity.objects.filter(objective=objective).last()
    moved = moved_from(words, wording, capacity)
    if moved.changes_objective:
        raise ObjectiveRefused(
            "This plan is for another goal or day than the objective's. Change the objective first."
        )
    answer = taken(basis, wording, moved)
    if answer.takes is None:
        raise ObjectiveRefused(answer.refusal)
    with transaction.atomic():
        objective = _standing(objective_id)
        if objective.revision != wording.revision:
            raise ObjectiveRefused("The objective was changed meanwhile. Look again, then save.")
        said = {
            "digest": wording.digest, "agreement": basis.agreement.digest,
            "data_at": basis.data_at or at, "levers": dict(moved.words),
            "leads": answer.takes.leads, "chance": answer.takes.needed.reached_chance,
            "months": _months(answer.takes.months, basis),
        }  # fmt: skip
        last = SavedPlan.objects.filter(objective=objective).last()
        if last is not None and said == {name: getattr(last, name) for name in said}:
            return last
        plan = SavedPlan.objects.create(
            objective=objective, number=last.number + 1 if last else 1, saved_at=at, saved_by=by,
            **said,
        )  # fmt: skip
        _tell(events.PLAN_SAVED, objective, by, at, number=plan.number, leads=plan.leads)
    return plan


def _months(months: tuple[PlanMonth, ...], basis: Basis) -> list[dict[str, str | float]]:
    """The months as they are kept: days of the workspace's zone, the last one not included."""
    return [
        {
            "since": day_of(month.since, basis.zone).isoformat(),
            "until": day_of(month.until, basis.zone).isoformat(),
            "leads": round(month.leads, 2),
            "wins": round(month.wins, 2),
        }
        for month in months
    ]


def _read(typed: Mapping[str, str], basis: Basis, at: datetime) -> Words:
    now = basis.facts.data_at or in_utc(at)
    return read_words(typed, agreement=basis.agreement, facts=basis.facts, zone=basis.zone, now=now)


def _word(objective: Objective, words: Words, by: Person, at: datetime) -> Wording:
    return Wording.objects.create(
        objective=objective, revision=objective.revision, written_by=by, written_at=at,
        **asdict(words),
    )  # fmt: skip


def _changed(
    objective: Objective, words: Words, revision: int, by: Person, at: datetime
) -> Objective:
    there = Objective.objects.filter(pk=objective.pk, revision=revision)
    if not there.update(revision=revision + 1):
        raise ObjectiveRefused(
            "Somebody changed it meanwhile. Read what it says now, and change that."
        )
    objective.revision = revision + 1
    _word(objective, words, by, at)
    _tell(events.OBJECTIVE_CHANGED, objective, by, at, revision=objective.revision)
    return objective


def _found(objective_id: object) -> Objective:
    found = Objective.objects.filter(public_id=objective_id).first()
    if found is None:
        raise NoSuchObjective("there is no such objective")
    return found


def _held(objective_id: object) -> Objective:
    found = Objective.objects.select_for_update().filter(public_id=objective_id).first()
    if found is None:
        raise NoSuchObjective("there is no such objective")
    return found


def _standing(objective_id: object) -> Objective:
    found = _held(objective_id)
    if found.set_aside_at is not None:
        raise ObjectiveRefused("This objective is set aside. Take it up first.")
    return found


def _tell(
    kind: str, objective: Objective, by: Person | None, at: datetime, **payload: object
) -> None:
    append(kind=kind, at=at, by=by, subject=f"objective:{objective.public_id}", payload=payload)
