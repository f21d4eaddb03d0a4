"""What Today shows, put together from the rooms below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.agree.disputes.queries import open_count
from onefunnel.server.agree.drafts.queries import round_going_on
from onefunnel.server.agree.queries import in_use
from onefunnel.server.agree.turns.queries import turns_of
from onefunnel.server.measure.forecast.queries import Seen
from onefunnel.server.measure.forecast.queries import seen as forecast_seen
from onefunnel.server.measure.pacing.queries import Pace, paces
from onefunnel.server.measure.queries import FunnelStrip, today_funnel
from onefunnel.server.notify.queries import unread_count
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may
from onefunnel.server.plan.lists.queries import overdue_of
from onefunnel.server.plan.queries import objectives_to_sign
from onefunnel.server.run.handovers.queries import replies_owed, today_waiting
from onefunnel.server.run.nurture.queries import today_todos
from onefunnel.server.site import tasks
from onefunnel.server.warehouse.duplicates.queries import waiting as duplicates_waiting
from onefunnel.server.warehouse.queries import Unfinished, current_facts, unfinished_import


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for somebody: how many, in words, and where to deal with it."""

    title: str
    count: int
    words: str
    url: str


@dataclass(frozen=True)
class Agreed:
    """What is in force before there is any data: which version, and the stages a lead goes
    through."""

    title: str
    number: int
    is_signed: bool
    stages: tuple[str, ...]


@dataclass(frozen=True)
class First:
    """What a head does before all else, why, and where: while both teams agreed on nothing."""

    title: str
    why: str
    deed: str
    url: str


@dataclass(frozen=True)
class Today:
    """The page's contract. `funnel` is None before there is any data; then an import that was
    begun and left is shown to those who may go on with it, and what is agreed to everybody."""

    funnel: FunnelStrip | None
    waiting: tuple[Waiting, ...] = ()
    is_simulating: bool = False
    data_at: datetime | None = None
    unfinished: Unfinished | None = None
    agreed: Agreed | None = None
    paces: tuple[Pace, ...] = ()
    first: First | None = None
    forecast: Seen | None = None


def today_of(person: Person) -> Today:
    """Gather what the person needs to see first."""
    is_there = has_data()
    return Today(
        funnel=today_funnel() if is_there else None,
        paces=paces(current_basis()) if is_there else (),
        forecast=forecast_seen(current_basis()) if is_there else None,
        waiting=tuple(one for one in _waiting(person) if one),
        is_simulating=is_simulating(),
        data_at=current_basis().data_at if is_there else None,
        unfinished=None if is_there or not may(person, "import data") else unfinished_import(),
        agreed=None if is_there else _agreed(),
        first=_first(person) if is_there else None,
    )


def _first(person: Person) -> First | None:
    """What is to be done first; None for who signs nothing, and where somebody began."""
    if not may(person, "sign agreement") or round_going_on() or turns_of(person):
        return None
    found = in_use(at=timezone.now())
    if found is None:
        return First(
            "First: agree what the funnel is",
            "These stages are read from the data; marketing and sales agreed on none of them. Each "
            "writes a draft, the differences are settled one by one, then both sign.",
            "Begin the drafts", reverse("agree:drafts"),
        )  # fmt: skip
    if found.agreement.is_agreed:
        return None
    return First(
        "First: sign what is in use",
        f"Leads go by version {found.version.number}, which both teams have yet to sign. Read it "
        "together, change what you do not mean, then sign.",
        "Read it", reverse("agree:version", args=[found.version.public_id]),
    )  # fmt: skip


def _agreed() -> Agreed | None:
    found = in_use(at=timezone.now())
    if found is None:
        return None
    stages = tuple(stage.name for stage in found.agreement.success_path)
    return Agreed(found.agreement.title, found.version.number, found.agreement.is_agreed, stages)


def has_data() -> bool:
    """Whether there is anything to measure yet."""
    return "moves" in current_facts()


def is_simulating() -> bool:
    """Whether the simulated company is on its way in."""
    path = f"{tasks.add_demo.module_path}"
    return (
        DBTaskResult.objects.filter(task_path=path).filter(status__in=("READY", "RUNNING")).exists()
    )


def _waiting(person: Person) -> tuple[Waiting | None, ...]:
    return (
        *_turns(person), _objectives(person), _work(person), _handovers(person), _todos(person),
        _replies(person), _disputes(person), _inbox(person), _duplicates(person),
    )  # fmt: skip


def _turns(person: Person) -> tuple[Waiting, ...]:
    return tuple(Waiting(turn.title, turn.count, turn.words, turn.url) for turn in turns_of(person))


def _objectives(person: Person) -> Waiting | None:
    count = objectives_to_sign(person)
    words = "waits for your signature" if count == 1 else "wait for your signature"
    return Waiting("Objectives", count, words, "/plan/") if count else None


def _work(person: Person) -> Waiting | None:
    count = overdue_of(person, timezone.localdate())
    words = "thing is overdue" if count == 1 else "things are overdue"
    return Waiting("Work for objectives", count, words, "/plan/") if count else None


def _handovers(person: Person) -> Waiting | None:
    found = today_waiting(person, at=timezone.now())
    if found is None:
        return None
    return Waiting("Handed over to your team", found.count, found.words, "/run/handovers/")


def _todos(person: Person) -> Waiting | None:
    count = today_todos(person, at=timezone.now())
    words = "thing is due" if count == 1 else "things are due"
    return Waiting("To do with leads", count, words, "/run/todo/") if count else None


def _replies(person: Person) -> Waiting | None:
    owed = replies_owed(person)
    words = "rejection waits" if owed == 1 else "rejections wait"
    title, url = "Rejected leads", "/run/handovers/rejections/"
    return Waiting(title, owed, f"{words} for your team's reply", url) if owed else None


def _disputes(person: Person) -> Waiting | None:
    count, own = open_count(person, at=timezone.now())
    if not count or not may(person, "open dispute"):
        return None
    words = "wait for your decision" if own == count else f"open, {own} wait for your decision"
    return Waiting("Disputed", count, words if own else "open", "/agree/disputes/")


def _inbox(person: Person) -> Waiting | None:
    unread = unread_count(person)
    return Waiting("In your inbox", unread, "unread", "/inbox/") if unread else None


def _duplicates(person: Person) -> Waiting | None:
    if not may(person, "merge duplicates"):
        return None
    pairs = duplicates_waiting().doubtful
    if not pairs:
        return None
    return Waiting("Perhaps the same lead", pairs, "pairs to look at", "/data/duplicates/")
