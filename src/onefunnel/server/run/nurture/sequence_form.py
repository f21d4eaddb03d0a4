"""The editor of a sequence without a script: what is typed, and steps added, moved and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict

from onefunnel.server.people.ids import uuid7
from onefunnel.server.people.models import Team
from onefunnel.server.run.nurture.plan import (
    DAYS,
    HOURS,
    MAIL,
    TODO,
    BadPlan,
    HumanNeeded,
    Plan,
    Step,
)

_FAR = 10_000


@dataclass(frozen=True)
class Typed:
    """A form as it was filled in: the name, the plan, and which button was pressed."""

    name: str
    plan: Plan
    deed: str

    @property
    def is_edit_of_steps(self) -> bool:
        """Whether a button only changes the form: nothing is saved by it."""
        return self.deed.split("-")[0] in ("add", "up", "down", "remove")


def empty_plan() -> Plan:
    """What the editor begins with: a mail, and a call after it."""
    return Plan(steps=(new_step(MAIL), new_step(TODO, wait=3)))


def new_step(kind: str, *, wait: int = 0) -> Step:
    """A step that says nothing yet."""
    if kind == MAIL:
        return Step(_key(), MAIL, str(Team.MARKETING), wait)
    return Step(_key(), TODO, str(Team.SALES), wait, deed="call")


def typed(given: QueryDict) -> Typed:
    """The form as it stands. Raises BadPlan where a number is none."""
    human = HumanNeeded(
        when=given.get("human_when", "").strip(),
        touches=_number(given.get("human_touches", ""), "When a human is needed", 0),
        days=_number(given.get("human_days", ""), "When a human is needed", 14),
        kinds=tuple(one.strip() for one in given.get("human_kinds", "").split(",") if one.strip()),
        team=given.get("human_team", str(Team.SALES)),
    )
    plan = Plan(
        purpose=given.get("purpose", "").strip(),
        stages=tuple(given.getlist("stage")),
        when=given.get("when", "").strip(),
        is_for_asleep=given.get("is_for_asleep") == "yes",
        steps=_steps(given),
        human=human,
    )
    return Typed(given.get("name", ""), plan, given.get("do", "save"))


def edited(plan: Plan, deed: str) -> Plan:
    """The plan after a button of its steps: add-mail, add-todo, up-2, down-2, remove-2."""
    verb, _, what = deed.partition("-")
    steps = list(plan.steps)
    if verb == "add":
        steps.append(new_step(MAIL if what == MAIL else TODO, wait=3 if steps else 0))
    elif what.isdecimal() and int(what) < len(steps):
        place = int(what)
        moved = steps.pop(place)
        if verb == "up":
            steps.insert(max(0, place - 1), moved)
        elif verb == "down":
            steps.insert(place + 1, moved)
    return replace(plan, steps=tuple(steps))


def _steps(given: QueryDict) -> tuple[Step, ...]:
    columns: Mapping[str, list[str]] = {
        name: given.getlist(f"step_{name}")
        for name in ("key", "kind", "team", "wait", "unit", "subject", "text", "deed")
    }
    count = len(columns["key"])
    if any(len(found) != count for found in columns.values()):
        raise BadPlan("The form came incomplete. Open the sequence again.")
    return tuple(
        Step(
            key=columns["key"][n][:12],
            kind=columns["kind"][n],
            team=columns["team"][n],
            wait=_number(columns["wait"][n], f"Step {n + 1}", 0),
            unit=HOURS if columns["unit"][n] == HOURS else DAYS,
            subject=columns["subject"][n].strip() if columns["kind"][n] == MAIL else "",
            text=columns["text"][n].replace("\r\n", "\n").strip(),
            deed=columns["deed"][n] if columns["kind"][n] == TODO else "",
        )
        for n in range(count)
    )


def _number(text: str, where: str, otherwise: int) -> int:
    tidy = text.strip()
    if not tidy:
        return otherwise
    if not tidy.isdecimal() or len(tidy) > 5 or int(tidy) > _FAR:
        raise BadPlan(f"{where}: write a whole number up to {_FAR:,}.")
    return int(tidy)


def _key() -> str:
    return uuid7().hex[-12:]
