"""Sequences, who is in them, and what is to do: the pages and lists of nurture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may
from onefunnel.server.run.handovers.lead_data import titles_of
from onefunnel.server.run.handovers.models import team_name
from onefunnel.server.run.handovers.teams import is_owner
from onefunnel.server.run.nurture.leaving import WORK
from onefunnel.server.run.nurture.models import (
    IN_IT,
    Enrolment,
    Revision,
    Sequence,
    Status,
    Todo,
)
from onefunnel.server.run.nurture.plan import Plan, Step, read_plan
from onefunnel.server.run.nurture.whose import may_do

#: So many stand on a page; the rest comes after them.
PAGE = 50
STATES = tuple(Status.choices)


@dataclass(frozen=True)
class SequenceLine:
    """A sequence in the list: its teams, and how many leads stand how in it."""

    sequence: Sequence
    plan: Plan
    counts: tuple[tuple[str, str, int], ...]  # state, in words, leads

    @property
    def teams(self) -> tuple[tuple[str, str], ...]:
        return tuple((team, team_name(team)) for team in self.plan.teams)


@dataclass(frozen=True)
class StepLine:
    """A step as drawn: its number, and how many leads are at it now."""

    number: int
    step: Step
    here: int


@dataclass(frozen=True)
class LeadLine:
    """A lead in a sequence as its reader may see it; `next` is its step in words."""

    enrolment: Enrolment
    title: str
    key: str
    next: str


@dataclass(frozen=True)
class TodoLine:
    """Something to do as its reader may see it."""

    todo: Todo
    title: str
    key: str
    words: str
    team: str
    is_late: bool
    may_do: bool


@dataclass(frozen=True)
class OnTheLeadPage:
    """What marketing sent last and sends next, and what sales has to do: of one lead."""

    key: str
    lines: tuple[LeadLine, ...]
    todos: tuple[TodoLine, ...]
    sent: tuple[str, datetime] | None
    sequences: tuple[Sequence, ...]

    @property
    def is_anything(self) -> bool:
        return bool(self.lines or self.todos or self.sequences)


def sequence_lines() -> list[SequenceLine]:
    """Every sequence, those that are on first."""
    rows = list(Sequence.objects.order_by("-is_on", "name"))
    counted = Enrolment.objects.order_by().values_list("sequence", "status").annotate(n=Count("pk"))
    counts = {(sequence, status): n for sequence, status, n in counted}
    plans = plans_of(rows)
    return [
        SequenceLine(
            one, plans[one.pk],
            tuple((state, words, counts.get((one.pk, state), 0)) for state, words in STATES),
        )
        for one in rows
    ]  # fmt: skip


def plans_of(rows: Iterable[Sequence]) -> dict[int, Plan]:
    """What sequences say now."""
    current = {one.pk: one.current for one in rows}
    found = Revision.objects.filter(sequence__in=current).values_list("sequence", "number", "plan")
    return {pk: read_plan(plan) for pk, number, plan in found if number == current[pk]}


def plan_of(one: Sequence) -> Plan:
    """What a sequence says now."""
    return plans_of([one])[one.pk]


def step_lines(one: Sequence) -> list[StepLine]:
    """The steps in their order; who goes on by an older revision is counted at the same step."""
    plan = plan_of(one)
    here = dict.fromkeys(range(len(plan.steps) + 1), 0)
    rows = Enrolment.objects.filter(sequence=one, status__in=IN_IT).order_by()
    counted = rows.values_list("revision__plan", "position").annotate(n=Count("pk"))
    for kept, position, n in counted:
        steps = read_plan(kept).steps
        key = steps[position].key if position < len(steps) else ""
        here[plan.place_of(key, position)] += n
    return [StepLine(n + 1, step, here[n]) for n, step in enumerate(plan.steps)]


def leads_in(one: Sequence, state: str) -> QuerySet[Enrolment]:
    """Who stands so in a sequence, the latest first; everybody where no state is asked."""
    rows = Enrolment.objects.select_related("sequence", "revision", "by").filter(sequence=one)
    return rows.filter(status=state) if state in Status.values else rows


def on_older_revisions(one: Sequence) -> int:
    """How many leads in it go on by an older text."""
    rows = Enrolment.objects.filter(sequence=one, status__in=IN_IT)
    return rows.exclude(revision__number=one.current).count()


def lead_lines(rows: Iterable[Enrolment], hiding: Hiding) -> list[LeadLine]:
    """Leads in sequences as a list shows them."""
    there = list(rows)
    titles = titles_of((one.lead_id for one in there), hiding)
    return [
        LeadLine(one, titles[one.lead_id], hiding.address("leads", "lead_id", one.lead_id),
                 _next(one))
        for one in there
    ]  # fmt: skip


def todos_for(person: Person) -> QuerySet[Todo]:
    """What the person's team has to do, the longest due first; an owner's is everybody's."""
    rows = Todo.objects.select_related("assigned_to", "enrolment__sequence").filter(ended_at=None)
    if not is_owner(person):
        rows = rows.filter(team=person.team)
    return rows.order_by("due_at", "pk")


def today_todos(person: Person, *, at: datetime) -> int:
    """How many things wait for the person: given to them, or to nobody of their team; due now."""
    if not may(person, WORK):
        return 0
    mine = Q(assigned_to=person) | Q(assigned_to=None, team=person.team)
    return Todo.objects.filter(mine, ended_at=None, due_at__lte=at).count()


def todo_lines(
    rows: Iterable[Todo], person: Person, hiding: Hiding, *, at: datetime
) -> list[TodoLine]:
    """Things to do as a list shows them; what was written about a lead is for who may see names."""
    there = list(rows)
    titles = titles_of((one.lead_id for one in there), hiding)
    return [
        TodoLine(
            todo=one,
            title=titles[one.lead_id],
            key=hiding.address("leads", "lead_id", one.lead_id),
            words=one.words if hiding.sees_all else "",
            team=team_name(one.team),
            is_late=(at - one.due_at).days >= 1,
            may_do=may(person, WORK) and may_do(person, one.team),
        )
        for one in there
    ]


def on_the_lead_page(
    lead_id: str, person: Person, *, hiding: Hiding, at: datetime
) -> OnTheLeadPage:
    """What a person who is about to call needs to know: what was sent, what comes next."""
    rows = list(
        Enrolment.objects.select_related("sequence", "revision", "by")
        .prefetch_related("mails")
        .filter(lead_id=lead_id)[:PAGE]
    )
    todos = Todo.objects.select_related("assigned_to", "enrolment__sequence").filter(
        lead_id=lead_id, ended_at=None
    )
    sent = [
        (mail.subject, mail.ended_at)
        for one in rows
        for mail in one.mails.all()
        if mail.state == "sent" and mail.ended_at
    ]
    inside = {one.sequence_id for one in rows if one.status in IN_IT}
    free = Sequence.objects.filter(is_on=True).exclude(pk__in=inside)
    return OnTheLeadPage(
        key=hiding.address("leads", "lead_id", lead_id),
        lines=tuple(lead_lines(rows, hiding)),
        todos=tuple(todo_lines(todos, person, hiding, at=at)),
        sent=max(sent, key=lambda one: one[1], default=None),
        sequences=tuple(free) if may(person, WORK) else (),
    )


def sequences_on() -> list[Sequence]:
    """Those that leads can enter now."""
    return list(Sequence.objects.filter(is_on=True))


def entered_in(batch_id: object) -> list[Enrolment]:
    """Everybody who entered together, in the sequence still or not."""
    return list(
        Enrolment.objects.select_related("sequence", "revision", "by")
        .filter(batch=batch_id)
        .order_by("pk")
    )


def _next(one: Enrolment) -> str:
    steps = read_plan(one.revision.plan).steps
    if one.status not in IN_IT:
        return ""
    if one.position >= len(steps):
        return "the end"
    step = steps[one.position]
    going = " (going out)" if one.due_at is None and step.is_mail else ""
    return f"{step.title}{going}" if step.is_mail else f"{step.team_name}: {step.deed}{going}"
