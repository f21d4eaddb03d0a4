"""Whose turn is it? In turn, never to who is away, full, or not for such leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.calendars import today
from onefunnel.server.run.handovers.cards import holds
from onefunnel.server.run.handovers.models import Absence, Handover, Receiver, Status, TeamDesk
from onefunnel.server.run.handovers.teams import receivers


@dataclass(frozen=True)
class Candidate:
    """Somebody of the team at the moment a lead is given: `last_given` is when, counted in
    leads the team was given in turn; 0 is never."""

    person: int
    last_given: int
    open: int
    capacity: int | None
    is_away: bool
    is_in_turn: bool
    fits: bool

    @property
    def is_free(self) -> bool:
        """Whether the lead may go to them."""
        has_room = self.capacity is None or self.open < self.capacity
        return self.is_in_turn and self.fits and has_room and not self.is_away


def next_in_turn(candidates: Iterable[Candidate]) -> Candidate | None:
    """Who waited longest among those who are free; nobody where nobody is."""
    free = [one for one in candidates if one.is_free]
    return min(free, key=lambda one: (one.last_given, one.person), default=None)


def give_in_turn(team: str, lead: Mapping[str, object], *, at: datetime) -> Person | None:
    """Choose who gets the lead and take their turn; nobody where nobody is free.

    Runs in the caller's transaction. The team's desk is locked until it ends, so two leads that
    come in at once are given one after the other.
    """
    desk = _locked(team)
    there = {person.pk: person for person in receivers(team)}
    chosen = next_in_turn(candidates(there, team, lead, at=at))
    if chosen is None:
        return None
    TeamDesk.objects.filter(pk=desk.pk).update(given=F("given") + 1)
    Receiver.objects.update_or_create(
        person_id=chosen.person, defaults={"last_given": desk.given + 1}
    )
    return there[chosen.person]


def candidates(
    people: Iterable[int], team: str, lead: Mapping[str, object], *, at: datetime
) -> list[Candidate]:
    """How each of the people stands towards a lead."""
    wanted = list(people)
    kept = {one.person_id: one for one in Receiver.objects.filter(person__in=wanted)}
    day = today(team, at=at)
    away = set(
        Absence.objects.filter(
            person__in=wanted, from_on__lte=day, until_on__gte=day
        ).values_list("person_id", flat=True)
    )  # fmt: skip
    load = open_of(wanted)
    found = []
    for person in wanted:
        one = kept.get(person) or Receiver(person_id=person)
        found.append(
            Candidate(
                person=person,
                last_given=one.last_given,
                open=load.get(person, 0),
                capacity=one.capacity,
                is_away=person in away,
                is_in_turn=one.is_in_turn,
                fits=holds(one.territory, lead, at=at),
            )
        )
    return found


def open_of(people: Iterable[int]) -> dict[int, int]:
    """How many unanswered handovers each person has."""
    rows = Handover.objects.filter(status=Status.OFFERED, assigned_to__in=list(people))
    counted = rows.order_by().values("assigned_to").annotate(n=Count("pk"))
    return {row["assigned_to"]: row["n"] for row in counted}


def _locked(team: str) -> TeamDesk:
    TeamDesk.objects.get_or_create(team=team)
    return TeamDesk.objects.select_for_update().get(team=team)
