"""What waits for whom: the lists of the pages, of Today and of the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover as Card
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.business_time import WorkCalendar
from onefunnel.measures.steps.drifting import is_ours
from onefunnel.server.agree.signatures import team_of
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import may
from onefunnel.server.run.handovers.calendars import own_hours, today
from onefunnel.server.run.handovers.cards import (
    CardUnreadable,
    NoAgreementInForce,
    NoSuchCard,
    check_condition,
    terms_in_force,
    terms_of,
    unmet,
)
from onefunnel.server.run.handovers.lead_data import NoSuchLead, label_of, lead_of, titles_of
from onefunnel.server.run.handovers.models import Absence, Handover, Receiver, Status, TeamDesk
from onefunnel.server.run.handovers.reasons import reason_in_words
from onefunnel.server.run.handovers.routing import candidates, next_in_turn
from onefunnel.server.run.handovers.standing import is_at, is_held
from onefunnel.server.run.handovers.teams import is_owner, may_answer, may_give, receivers
from onefunnel.server.run.handovers.words import left

#: So many stand on a page; the rest comes after them.
PAGE = 50
_PEOPLE = ("assigned_to", "offered_by", "answered_by", "replied_by")
#: Time is short when less than this is left.
_SHORT = timedelta(hours=2)


@dataclass(frozen=True)
class Line:
    """One handover as a list shows it to its reader."""

    handover: Handover
    title: str
    key: str
    left: str
    tone: str  # bad: overdue; warn: soon; empty: there is time
    reason: str
    missing: tuple[str, ...]
    may_answer: bool
    may_give: bool


@dataclass(frozen=True)
class Page:
    """A part of a list, how many there are in all, and where the next part begins."""

    lines: tuple[Line, ...]
    count: int
    next: int | None


@dataclass(frozen=True)
class OnTheLeadPage:
    """A lead's handovers, the newest first, and the cards under which the reader may offer it."""

    key: str
    lines: tuple[Line, ...]
    cards: tuple[str, ...]


@dataclass(frozen=True)
class WaitingForTeam:
    """What Today says: how many wait for an answer of the team, and when the first is due."""

    count: int
    words: str


def visible_to(person: Person) -> QuerySet[Handover]:
    """The handovers that exist for the person: those of the team, all of them for an owner."""
    found = Handover.objects.select_related(*_PEOPLE)
    if is_owner(person):
        return found
    return found.filter(Q(from_team=person.team) | Q(to_team=person.team))


def waiting_for(person: Person) -> QuerySet[Handover]:
    """Offers that the person's team has to answer, the earliest due first; an owner's are all."""
    offered = Handover.objects.select_related(*_PEOPLE).filter(status=Status.OFFERED)
    if not is_owner(person):
        offered = offered.filter(to_team=person.team)
    return offered.order_by(F("due_at").asc(nulls_last=True), "pk")


def rejections_to_answer(person: Person) -> QuerySet[Handover]:
    """Rejections that the person's team owes a reply, the earliest due first."""
    owed = _given_by(person).filter(status=Status.REJECTED, replied_at=None)
    return owed.order_by("reply_due_at", "pk")


def to_complete(person: Person, *, at: datetime) -> QuerySet[Handover]:
    """What the giving team has to see to: data missing, sent back, run out, time to wake up."""
    offered_again = Exists(
        Handover.objects.filter(lead_id=OuterRef("lead_id"), card=OuterRef("card"))
        .filter(pk__gt=OuterRef("pk"))
    )  # fmt: skip
    ended = Q(status__in=(Status.RETURNED, Status.EXPIRED))
    ended |= Q(status=Status.RECYCLED, wake_on__lte=today(person.team, at=at))
    due = Q(status=Status.WAITING) | (ended & ~offered_again)
    return _given_by(person).filter(due).order_by("made_at", "pk")


def today_waiting(person: Person, *, at: datetime) -> WaitingForTeam | None:
    """What Today says about handovers; None where nothing waits for an answer of the person."""
    if not may(person, "answer handovers"):
        return None
    found = waiting_for(person).order_by().aggregate(n=Count("pk"), first=Min("due_at"))
    if not found["n"]:
        return None
    first = f", the first is {left(found['first'], at=at)}" if found["first"] else ""
    wait = "lead waits" if found["n"] == 1 else "leads wait"
    return WaitingForTeam(found["n"], f"{wait} for an answer{first}")


def replies_owed(person: Person) -> int:
    """How many rejections wait for a reply of the person's team."""
    return rejections_to_answer(person).count() if may(person, "hand over leads") else 0


def counts_of(person: Person, *, at: datetime, but: str = "") -> dict[str, int]:
    """How many stand in each list of the person, but for one that was counted already."""
    lists = {
        "waiting": waiting_for(person),
        "given": to_complete(person, at=at),
        "rejections": rejections_to_answer(person),
    }
    return {name: found.count() for name, found in lists.items() if name != but}


def on_the_lead_page(
    lead_id: str, person: Person, *, hiding: Hiding, at: datetime
) -> OnTheLeadPage:
    """A lead's handovers that exist for the person, and the cards under which it can be offered."""
    rows = list(visible_to(person).filter(lead_id=lead_id).order_by("-pk")[:PAGE])
    return OnTheLeadPage(
        key=hiding.address("leads", "lead_id", lead_id),
        lines=tuple(lines_of(rows, person, hiding, at=at)),
        cards=_offerable(lead_id, rows, person, at=at),
    )


def _offerable(
    lead_id: str, rows: list[Handover], person: Person, *, at: datetime
) -> tuple[str, ...]:
    """The cards of the lead's stage that it is neither offered nor taken under."""
    cards = cards_for(person, at=at)
    try:
        known = lead_of(lead_id) if cards else None
    except NoSuchLead:
        known = None
    if known is None:
        return ()
    last: dict[str, Handover] = {}
    for one in rows:  # the newest first
        last.setdefault(one.card, one)
    offered = {name for name, one in last.items() if one.status == Status.OFFERED}
    return tuple(
        card.name
        for card in cards
        if card.name not in offered
        and is_at(card, known, at=at)
        and not is_held(last.get(card.name), known, at=at)
    )


def page_of(
    found: QuerySet[Handover], person: Person, hiding: Hiding, *, at: datetime, start: int = 0
) -> Page:
    """Fifty lines of a list from a place on."""
    rows = list(found[start : start + PAGE])
    count = found.count() if start or len(rows) == PAGE else len(rows)
    more = start + PAGE if start + PAGE < count else None
    return Page(tuple(lines_of(rows, person, hiding, at=at)), count, more)


def lines_of(
    rows: Iterable[Handover], person: Person, hiding: Hiding, *, at: datetime
) -> list[Line]:
    """Handovers as a list shows them."""
    there = list(rows)
    titles = titles_of((one.lead_id for one in there), hiding)
    return [_line(one, titles[one.lead_id], person, hiding, at=at) for one in there]


def _given_by(person: Person) -> QuerySet[Handover]:
    found = Handover.objects.select_related(*_PEOPLE)
    return found if is_owner(person) else found.filter(from_team=person.team)


def _line(one: Handover, title: str, person: Person, hiding: Hiding, *, at: datetime) -> Line:
    due = one.reply_due_at if one.status == Status.REJECTED else one.due_at
    words, tone = left(due, at=at), ""
    if one.paused_at is not None:
        words = "the clock stands still"
    elif due is not None:
        tone = "bad" if due <= at else "warn" if due - at < _SHORT else ""
    return Line(
        handover=one if hiding.sees_all else _quiet(one),
        title=title,
        key=hiding.address("leads", "lead_id", one.lead_id),
        left=words,
        tone=tone,
        reason=reason_in_words(one.reason) if one.reason else "",
        missing=tuple(label_of(column) for column in one.missing),
        may_answer=one.status == Status.OFFERED and may_answer(person, one.to_team),
        may_give=may_give(person, one.from_team),
    )


def _quiet(handover: Handover) -> Handover:
    """What people wrote about a lead may name it: who may not see names does not read it."""
    handover.note = handover.better = handover.reply = ""
    return handover


# --- one handover, the settings ---------------------------------------------------------------
@dataclass(frozen=True)
class ClauseLine:
    """A clause that a rejection can name, and whether it holds for the lead as it is now."""

    words: str
    is_failing: bool


@dataclass(frozen=True)
class Turn:
    """How somebody of a team receives leads."""

    person: Person
    receiver: Receiver
    open: int
    is_away: bool
    is_next: bool
    territory: str


def chain_of(one: Handover) -> list[Handover]:
    """The handovers of the lead under the same card before this one, the latest first."""
    rows = Handover.objects.select_related(*_PEOPLE).filter(lead_id=one.lead_id, card=one.card)
    return list(rows.filter(pk__lt=one.pk).order_by("-pk")[:PAGE])


def clauses_for(one: Handover, words: Iterable[str], *, at: datetime) -> list[ClauseLine]:
    """The clauses, those that the lead does not meet now first."""
    terms = terms_of(one.agreement_digest)
    failing_now: set[str] = set()
    if terms is not None:
        try:
            known = lead_of(one.lead_id)
            failing_now = set(unmet(terms, terms.card(one.card), known.as_moved, at=at))
        except (NoSuchLead, NoSuchCard, CardUnreadable):
            failing_now = set()
    lines = [ClauseLine(said, said in failing_now) for said in words]
    return sorted(lines, key=lambda line: not line.is_failing)


def opening_hours(agreement: Agreement) -> tuple[tuple[str, WorkCalendar], ...]:
    """The hours of the teams that have set their own, as the agreement calls them, and of those it
    does not name, as they are called here; the others' are the agreement's."""
    cards = [team for card in agreement.handovers for team in (card.from_team, card.to_team)]
    promised = [team for one in agreement.promises for team in (one.by_team, one.to_team)]
    named = {team for team in (*cards, *promised) if team}
    ours = {one for one in Team.labels if not any(is_ours(team, (one,)) for team in named)}
    return own_hours(named | ours)


def territories() -> dict[str, tuple[str, ...]]:
    """For each team the predicates that say which leads somebody of it gets."""
    found: dict[str, list[str]] = {}
    kept = Receiver.objects.exclude(territory="").filter(person__is_active=True, is_in_turn=True)
    for team, text in kept.order_by("pk").values_list("person__team", "territory"):
        found.setdefault(team, []).append(text)
    return {team: tuple(dict.fromkeys(texts)) for team, texts in found.items()}


def cards_for(person: Person, *, at: datetime) -> list[Card]:
    """The hand-over cards under which the person's team gives leads."""
    try:
        terms = terms_in_force(at=at)
    except NoAgreementInForce:
        return []
    return [card for card in terms.agreement.handovers if may_give(person, team_of(card.from_team))]


def desk_of(team: str) -> TeamDesk:
    """When a team works, as it was said; the defaults before anybody said anything."""
    return TeamDesk.objects.filter(team=team).first() or TeamDesk(team=team)


def turns_of(team: str, *, at: datetime) -> list[Turn]:
    """The people of a team who may be given leads, who is next first."""
    people = {one.pk: one for one in receivers(team)}
    kept = {one.person_id: one for one in Receiver.objects.filter(person__in=people)}
    found = candidates(people, team, {}, at=at)
    free = next_in_turn(replace(one, fits=True) for one in found)  # whatever lead comes
    turns = [
        Turn(
            person=people[one.person],
            receiver=kept.get(one.person) or Receiver(person=people[one.person]),
            open=one.open,
            is_away=one.is_away,
            is_next=free is not None and free.person == one.person,
            territory=_in_words(kept[one.person].territory, at) if one.person in kept else "",
        )
        for one in sorted(found, key=lambda one: (one.last_given, one.person))
    ]
    return sorted(turns, key=lambda turn: not turn.is_next)


def absences_of(team: str, *, at: datetime) -> list[Absence]:
    """Absences of a team that are not over."""
    rows = Absence.objects.select_related("person").filter(person__team=team)
    return list(rows.filter(until_on__gte=today(team, at=at)))


def segments(*, at: datetime) -> tuple[tuple[str, str], ...]:
    """The agreement's segments, for those who divide leads by them: (name, condition)."""
    try:
        agreement = terms_in_force(at=at).agreement
    except NoAgreementInForce:
        return ()
    return tuple((one.name, one.when) for one in agreement.segments if one.when)


def _in_words(condition: str, at: datetime) -> str:
    try:
        return check_condition(condition, at=at)
    except PredicateError:
        return "a condition that cannot be read"
