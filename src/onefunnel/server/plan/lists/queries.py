"""The six lists of an objective, what they lack, and what is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from onefunnel.agreement.document import Agreement
from onefunnel.server.people.models import Person
from onefunnel.server.plan.lists.models import List, WorkItem
from onefunnel.server.plan.models import Objective


@dataclass(frozen=True)
class WorkList:
    """One list and its items, the nearest day first."""

    label: str
    items: tuple[WorkItem, ...]


@dataclass(frozen=True)
class Board:
    """The six lists. `missing`: those without an item; `starved`: stages on the way to the win
    that no tactic feeds."""

    lists: tuple[WorkList, ...]
    missing: tuple[str, ...]
    starved: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.starved


def board(objective: Objective, agreement: Agreement) -> Board:
    """The six lists of an objective as they stand."""
    items = list(
        WorkItem.objects.filter(objective=objective, removed_at=None).select_related("owner")
    )
    lists = tuple(
        WorkList(str(kind.label), tuple(one for one in items if one.list == kind.value))
        for kind in List
    )
    fed = {one.stage for one in items}
    path = [stage.name for stage in agreement.success_path if stage.kind == "open"]
    kinds = [stage.kind for stage in agreement.success_path]
    before = path[: kinds.index("won")] if "won" in kinds else path
    return Board(
        lists=lists,
        missing=tuple(one.label for one in lists if not one.items),
        starved=tuple(stage for stage in before if stage not in fed),
    )


def overdue_of(person: Person, today: date) -> int:
    """How many items of a person are past their day and not done, of objectives followed."""
    return WorkItem.objects.filter(
        owner=person, due_on__lt=today, done_at=None, removed_at=None, objective__set_aside_at=None
    ).count()
