"""Who in the team answers, and when each works: settings that people make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people
from onefunnel.server.record.commands import append
from onefunnel.server.run.handovers import events
from onefunnel.server.run.handovers.cards import check_condition
from onefunnel.server.run.handovers.finding import (
    AlreadyAnswered,
    BadAnswer,
    HandoverRefused,
    handover_for,
)
from onefunnel.server.run.handovers.models import Absence, Handover, Receiver, Status, TeamDesk
from onefunnel.server.run.handovers.teams import (
    may_arrange,
    receivers,
    require_arranger,
    require_receiver,
)
from onefunnel.server.run.handovers.telling import tell
from onefunnel.server.warehouse.commands import hold_the_door

_MOST_HOLIDAYS = 400


class ChangedMeanwhile(HandoverRefused):
    """Somebody changed the settings after they were read."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this meanwhile. Look at it as it is now, then save.")


def reassign_handover(*, handover_id: object, to: object, by: Person, at: datetime) -> Handover:
    """Give an open handover to somebody of the receiving team, out of turn.

    Everybody may take one for themselves; a head of the team or an owner gives it to others.

    Raises:
        NoSuchHandover, AlreadyAnswered: see the classes.
        BadAnswer: nobody of the team who may answer has this id.
        HandoverRefused: only a head may give it to others, or somebody else was faster.
    """
    handover = handover_for(by, handover_id)
    require_receiver(by, handover.to_team)
    person = _of_team(handover.to_team, to)
    if person.pk != by.pk and not may_arrange(by, handover.to_team):
        raise HandoverRefused(
            f"Only a head of {handover.to_name} gives it to somebody else; you can take it."
        )
    with transaction.atomic():
        hold_the_door()
        changed = Handover.objects.filter(
            pk=handover.pk, status=Status.OFFERED, assigned_to=handover.assigned_to
        ).update(assigned_to=person)
        handover.refresh_from_db()
        if changed:
            tell(events.HANDOVER_REASSIGNED, handover, at=at, by=by, person=str(person.public_id))
    if not changed:
        raise AlreadyAnswered(handover, at=at)
    return handover


def save_hours(
    *,
    team: str,
    zone: str,
    week: list[list[list[str]]],
    holidays: Iterable[date],
    revision: int,
    by: Person,
    at: datetime,
) -> TeamDesk:
    """Say when a team works. What is due already stays due when it was.

    Raises:
        BadAnswer: the zone, a time or the number of days is wrong.
        ChangedMeanwhile: see the class.
    """
    require_arranger(by, team)
    days = sorted({day.isoformat() for day in holidays})
    if len(days) > _MOST_HOLIDAYS:
        raise BadAnswer(f"A team has at most {_MOST_HOLIDAYS} holidays here.")
    try:
        ZoneInfo(zone or "UTC")
    except (ValueError, OSError, LookupError) as unknown:
        raise BadAnswer(f"There is no time zone {zone}; choose one of the list.") from unknown
    _check_week(week)
    values = {"zone": zone, "week": week, "holidays": days}
    with transaction.atomic():
        hold_the_door()
        TeamDesk.objects.get_or_create(team=team)
        changed = TeamDesk.objects.filter(team=team, revision=revision).update(
            **values, revision=F("revision") + 1
        )
        if not changed:
            raise ChangedMeanwhile
        append(kind=events.HOURS_CHANGED, at=at, by=by, subject=f"team:{team}")
    return TeamDesk.objects.get(team=team)


def save_turn(
    *,
    person_id: object,
    is_in_turn: bool,
    capacity: int | None,
    territory: str,
    revision: int,
    by: Person,
    at: datetime,
) -> Receiver:
    """Say how somebody receives leads: in turn or not, how many open at once, which ones.

    Raises:
        BadAnswer: there is no such person, or the condition cannot be read.
        ChangedMeanwhile: see the class.
    """
    person = _person(person_id)
    require_arranger(by, person.team)
    try:
        check_condition(territory, at=at)
    except PredicateError as wrong:
        raise BadAnswer(f"The condition cannot be read: {wrong}") from wrong
    with transaction.atomic():
        hold_the_door()
        Receiver.objects.get_or_create(person=person)
        changed = Receiver.objects.filter(person=person, revision=revision).update(
            is_in_turn=is_in_turn, capacity=capacity, territory=territory.strip(),
            revision=F("revision") + 1,
        )  # fmt: skip
        if not changed:
            raise ChangedMeanwhile
        append(
            kind=events.ROUTING_CHANGED, at=at, by=by, subject=f"person:{person.public_id}",
            payload={"in_turn": is_in_turn, "capacity": capacity},
        )  # fmt: skip
    return Receiver.objects.get(person=person)


def say_absence(
    *, person_id: object, from_on: date, until_on: date, by: Person, at: datetime
) -> Absence:
    """Say that somebody is away: oneself, or as the head of the team.

    Raises:
        BadAnswer: there is no such person, or it ends before it begins.
    """
    person = _person(person_id)
    if person.pk != by.pk:
        require_arranger(by, person.team)
    if until_on < from_on:
        raise BadAnswer("The last day comes before the first.")
    with transaction.atomic():
        absence = Absence.objects.create(person=person, from_on=from_on, until_on=until_on)
        append(kind=events.ABSENCE_SAID, at=at, by=by, subject=f"person:{person.public_id}")
    return absence


def remove_absence(*, absence_id: object, by: Person, at: datetime) -> None:
    """Take back an absence. Raises BadAnswer where there is no such."""
    found = Absence.objects.select_related("person").filter(public_id=_uuid(absence_id)).first()
    if found is None:
        raise BadAnswer("There is no such absence; perhaps it was removed already.")
    if found.person_id != by.pk:
        require_arranger(by, found.person.team)
    with transaction.atomic():
        found.delete()
        append(
            kind=events.ABSENCE_REMOVED, at=at, by=by, subject=f"person:{found.person.public_id}"
        )


def _of_team(team: str, public_id: object) -> Person:
    wanted = _uuid(public_id)
    for person in receivers(team):
        if person.public_id == wanted:
            return person
    raise BadAnswer("Nobody of the receiving team who may answer has this id.")


def _person(public_id: object) -> Person:
    found = people().filter(public_id=_uuid(public_id), is_active=True).first()
    if found is None:
        raise BadAnswer("There is no such person.")
    return found


def _uuid(value: object) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError as wrong:
        raise BadAnswer("That is not an id.") from wrong


def _check_week(week: list[list[list[str]]]) -> None:
    if len(week) != 7:
        raise BadAnswer("A week has seven days; give the hours of each, or none.")
    for day in week:
        for hours in day:
            try:
                opens, closes = (time.fromisoformat(text) for text in hours)
            except (TypeError, ValueError) as wrong:
                raise BadAnswer(f"Give hours as 09:00 to 17:00, not {hours}.") from wrong
            if opens.tzinfo or closes.tzinfo:
                raise BadAnswer("Hours have no zone of their own; the team has one.")
