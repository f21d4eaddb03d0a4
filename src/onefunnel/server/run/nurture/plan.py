"""What a sequence says: whom it is for, its steps, and when a human is needed. Kept as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.server.people.models import Team
from onefunnel.server.run.handovers.cards import check_condition
from onefunnel.server.run.nurture.wording import BadWording, check_wording
from onefunnel.server.run.tracker.arrivals import UNFIT, is_unfit
from onefunnel.server.run.tracker.book import current_book

MAIL, TODO = "mail", "todo"
#: What a person can have to do, and what is noted of it when it is done (`contacts.KINDS`).
DEEDS: Mapping[str, str] = {"call": "called", "meet": "met", "message": "messaged"}
#: How a wait is counted: days of the calendar, or working hours.
DAYS, HOURS = "days", "hours"
MOST_STEPS = 40
_PURPOSE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_KEY = re.compile(r"[a-z0-9]{1,12}")
_LONGEST = 20_000


class BadPlan(ValueError):
    """The sequence cannot be kept like that; the text says where and what to do."""


@dataclass(frozen=True)
class Step:
    """A mail of a team, or something that somebody of a team has to do, after a wait.

    `key` stays with the step through all revisions; `deed` is one of DEEDS (of a todo); `text` is
    the mail's, or what is to be said.
    """

    key: str
    kind: str
    team: str
    wait: int = 0
    unit: str = DAYS
    subject: str = ""
    text: str = ""
    deed: str = ""

    @property
    def is_mail(self) -> bool:
        return self.kind == MAIL

    @property
    def team_name(self) -> str:
        return str(Team(self.team).label)

    @property
    def wait_in_words(self) -> str:
        """The wait as the page says it."""
        if not self.wait:
            return "at once"
        if self.unit == HOURS:
            return f"after {self.wait} working hour{'' if self.wait == 1 else 's'}"
        return f"after {self.wait} day{'' if self.wait == 1 else 's'}"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"Mail: {self.subject}" if self.is_mail else self.deed.capitalize()


@dataclass(frozen=True)
class HumanNeeded:
    """When mail stops at once and a person takes over; nothing said: never.

    `when` is a condition over the lead; `touches` so many touches of one of the `kinds` within
    `days` days, counted from the entry on. `team` does it where no hand-over card fits.
    """

    when: str = ""
    touches: int = 0
    days: int = 14
    kinds: tuple[str, ...] = ()
    team: str = str(Team.SALES)

    @property
    def is_said(self) -> bool:
        return bool(self.when or self.touches)


@dataclass(frozen=True)
class Plan:
    """A sequence as one text: who enters, the steps in their order, the trigger.

    `stages` and `when` are the rule by which leads enter; both empty: by hand only. `is_for_asleep`
    lets leads stay that are put aside until a day.
    """

    purpose: str = "nurture"
    stages: tuple[str, ...] = ()
    when: str = ""
    is_for_asleep: bool = False
    steps: tuple[Step, ...] = ()
    human: HumanNeeded = field(default_factory=HumanNeeded)

    @property
    def has_rule(self) -> bool:
        return bool(self.stages or self.when)

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that have a part in it, in the order of the teams."""
        named = {step.team for step in self.steps}
        return tuple(str(team) for team in Team.values if team in named)

    def place_of(self, key: str, otherwise: int) -> int:
        """Where the step of that key stands now; else the place, at most the end."""
        for place, step in enumerate(self.steps):
            if step.key == key:
                return place
        return min(otherwise, len(self.steps))


def read_plan(kept: Mapping[str, object]) -> Plan:
    """A plan that was kept."""
    human = dict(_mapping(kept.get("human")))
    human["kinds"] = tuple(_texts(human.get("kinds")))
    return Plan(
        purpose=str(kept.get("purpose") or "nurture"),
        stages=tuple(_texts(kept.get("stages"))),
        when=str(kept.get("when") or ""),
        is_for_asleep=bool(kept.get("is_for_asleep")),
        steps=tuple(Step(**_mapping(one)) for one in _list(kept.get("steps"))),
        human=HumanNeeded(**human),
    )


def kept_plan(plan: Plan) -> dict[str, object]:
    """The plan as it is kept."""
    return asdict(plan)


def check_plan(plan: Plan, *, at: datetime) -> None:
    """Say nothing of a plan that can run. Raises BadPlan of any other."""
    if not _PURPOSE.fullmatch(plan.purpose):
        raise BadPlan(
            "Say what the mails are for in one word of small letters, such as nurture: consent is "
            "recorded for that word."
        )
    if not plan.steps:
        raise BadPlan("A sequence needs a step. Add a mail, or something for sales to do.")
    if len(plan.steps) > MOST_STEPS:
        raise BadPlan(f"A sequence has at most {MOST_STEPS} steps. Make two of it.")
    for number, step in enumerate(plan.steps, 1):
        _check_step(step, number)
    if len({step.key for step in plan.steps}) != len(plan.steps):
        raise BadPlan("Two steps have the same key. Remove one of them and add it anew.")
    known = {stage.name for stage in current_book(at=at).agreement.stages}
    for stage in plan.stages:
        if stage not in known:
            names = ", ".join(sorted(known)) or "none yet"
            raise BadPlan(f"The agreement has no stage “{stage}”. It has: {names}.")
    _check_condition(plan.when, "who enters", at)
    _check_human(plan.human, at)


def _check_step(step: Step, number: int) -> None:
    where = f"Step {number}"
    if step.kind not in (MAIL, TODO) or not _KEY.fullmatch(step.key):
        raise BadPlan(f"{where} is neither a mail nor something to do. Add it anew.")
    if step.team not in Team.values:
        raise BadPlan(f"{where} belongs to no team. Choose which team does it.")
    if step.unit not in (DAYS, HOURS) or not 0 <= step.wait <= 3650:
        raise BadPlan(f"{where}: wait between 0 and 3650 days or working hours.")
    lines = step.text.replace("\t", " ").splitlines()
    if any(map(is_unfit, (step.subject, *lines))) or len(step.text) > _LONGEST:
        raise BadPlan(f"{where} cannot be kept: {UNFIT}, or it is too long. Type it anew.")
    if step.kind == TODO:
        if step.deed not in DEEDS:
            raise BadPlan(f"{where}: choose what is to be done: {', '.join(DEEDS)}.")
        return
    if not step.subject.strip() or not step.text.strip():
        raise BadPlan(f"{where} is a mail without a subject or a text. Write both.")
    if len(step.subject) > 200:
        raise BadPlan(f"{where}: the subject is longer than 200 characters. Shorten it.")
    try:
        check_wording(step.subject)
        check_wording(step.text)
    except BadWording as wrong:
        raise BadPlan(f"{where}: {wrong}") from wrong


def _check_human(human: HumanNeeded, at: datetime) -> None:
    _check_condition(human.when, "when a human is needed", at)
    if human.team not in Team.values:
        raise BadPlan("Choose which team takes over when a human is needed.")
    if human.touches and not (0 < human.touches <= 100 and 0 < human.days <= 3650):
        raise BadPlan("A human is needed after 1 to 100 touches within 1 to 3650 days.")
    if human.touches and not human.kinds:
        raise BadPlan("Say which kinds of touch count, such as: replied, clicked.")


def _check_condition(text: str, what: str, at: datetime) -> None:
    try:
        check_condition(text, at=at)
    except PredicateError as wrong:
        raise BadPlan(f"The condition of {what} cannot be read: {wrong}") from wrong


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _texts(value: object) -> list[str]:
    return [str(one) for one in _list(value)]
