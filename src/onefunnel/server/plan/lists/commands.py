"""The deeds on the six lists of an objective: add, mark done or not, remove."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from onefunnel.facts.typed_text import one_line
from onefunnel.measures.catalogue import MEASURES
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people
from onefunnel.server.people.rules import require
from onefunnel.server.plan import events
from onefunnel.server.plan.commands import DRAFT, NoSuchObjective
from onefunnel.server.plan.lists.models import List, WorkItem
from onefunnel.server.plan.models import Objective
from onefunnel.server.plan.wording import ObjectiveRefused
from onefunnel.server.record.commands import append

FIELDS = ("list", "what", "strategy", "tactic", "stage", "measure", "owner", "due_on")
_TEXTS = {"what": "what is to be done", "strategy": "the strategy", "tactic": "the tactic"}
LONGEST = 300
ASIDE = "This objective is set aside. Take it up first."


class NoSuchItem(LookupError):
    """There is no such item, or it was removed."""


def add_item(
    *, objective_id: object, typed: Mapping[str, str], by: Person, at: datetime
) -> WorkItem:
    """Put something on one of the six lists. `owner` is the public id of a person. What stands
    there in the same words is not put there again: a click sent two forms.

    Raises:
        NoSuchObjective; ObjectiveRefused: something is missing or unknown, or the objective is set
            aside.
    """
    require(by, DRAFT)
    texts = {name: one_line(typed.get(name, "")) for name in _TEXTS}
    for name, said in _TEXTS.items():
        if not texts[name] or len(texts[name]) > LONGEST:
            raise ObjectiveRefused(f"Say {said}, in {LONGEST} characters at most.")
    if typed.get("list") not in List.values:
        raise ObjectiveRefused(f"Pick one of the six lists: {', '.join(List.labels)}.")
    stages = [stage.name for stage in current_basis().agreement.success_path]
    if typed.get("stage") not in stages:
        raise ObjectiveRefused("Pick the stage of the agreement that it feeds.")
    if typed.get("measure") not in MEASURES:
        raise ObjectiveRefused("Pick the measure by which it is judged.")
    owner = next((one for one in people() if str(one.public_id) == typed.get("owner")), None)
    if owner is None or not owner.is_active:
        raise ObjectiveRefused("Pick who does it.")
    try:
        due_on = date.fromisoformat(typed.get("due_on", ""))
    except ValueError:
        raise ObjectiveRefused("Say by which day, as 2027-03-31.") from None
    with transaction.atomic():
        objective = Objective.objects.select_for_update().filter(public_id=objective_id).first()
        if objective is None:
            raise NoSuchObjective("there is no such objective")
        if objective.set_aside_at is not None:
            raise ObjectiveRefused(ASIDE)
        said = {
            "list": typed["list"], "stage": typed["stage"], "owner": owner,
            "measure": typed["measure"], "due_on": due_on, **texts,
        }  # fmt: skip
        standing = WorkItem.objects.filter(objective=objective, removed_at=None, done_at=None)
        if there := standing.filter(**said).first():
            return there
        made = WorkItem.objects.create(objective=objective, made_at=at, made_by=by, **said)
        _tell(events.WORK_ADDED, made, by, at, list=made.list)
    return made


def mark_done(*, item_id: object, is_done: bool, by: Person, at: datetime) -> WorkItem:
    """Mark an item done, or not done after all; what is so already stays.

    Raises:
        NoSuchItem; ObjectiveRefused: its objective is set aside.
    """
    require(by, DRAFT)
    with transaction.atomic():
        there = _followed(item_id)
        changed = there.filter(done_at__isnull=is_done).update(
            done_at=at if is_done else None, done_by=by if is_done else None
        )
        item = there.first()
        if item is None:
            raise NoSuchItem("there is no such item")
        if changed:
            _tell(events.WORK_DONE if is_done else events.WORK_UNDONE, item, by, at)
    return item


def remove_item(*, item_id: object, by: Person, at: datetime) -> WorkItem:
    """Take an item off its list; it stays in the record. Raises as `mark_done`."""
    require(by, DRAFT)
    with transaction.atomic():
        there = _followed(item_id)
        if not there.update(removed_at=at, removed_by=by):
            raise NoSuchItem("there is no such item")
        item = WorkItem.objects.get(public_id=item_id)
        _tell(events.WORK_REMOVED, item, by, at)
    return item


def _followed(item_id: object) -> QuerySet[WorkItem]:
    there = WorkItem.objects.filter(public_id=item_id, removed_at=None)
    if there.filter(objective__set_aside_at__isnull=False).exists():
        raise ObjectiveRefused(ASIDE)
    return there


def _tell(kind: str, item: WorkItem, by: Person, at: datetime, **payload: str) -> None:
    append(kind=kind, at=at, by=by, subject=f"work:{item.public_id}", payload=payload)
