"""Deeds about people and the workspace. Each is one transaction and tells one event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from onefunnel.server.people import tokens
from onefunnel.server.people.events import PeopleEvent, tell
from onefunnel.server.people.models import Invitation, Person, Role, Team, Workspace
from onefunnel.server.people.queries import has_anybody, workspace
from onefunnel.server.people.rules import require

WELCOME_HOURS = 24
INVITATION_DAYS = 7


class LinkNotUsable(Exception):
    """The link was used, has run out, was withdrawn or never existed."""


class LastOwner(Exception):
    """The workspace would be left without an owner who can sign in."""


class AlreadyHere(Exception):
    """Somebody with this e-mail address is already in the workspace."""


@transaction.atomic
def make_welcome_link(*, at: datetime) -> str | None:
    """Make the one-time secret with which the first owner comes in; None if anybody is here.

    Every call withdraws the earlier one, so only the newest printed link works.
    """
    if has_anybody():
        return None
    Invitation.objects.filter(by=None).delete()
    token = tokens.new_token()
    Invitation.objects.create(
        digest=tokens.digest(token),
        team=Team.LEADERSHIP,
        role=Role.OWNER,
        made_at=at,
        expires_at=at + timedelta(hours=WELCOME_HOURS),
    )
    return token


@transaction.atomic
def invite(*, email: str, team: str, role: str, by: Person, at: datetime) -> str:
    """Make an invitation and return the secret of its link; an open one for the address ends.

    Raises:
        AlreadyHere: see the class.
    """
    require(by, "manage people")
    address = email.strip().lower()
    if Person.objects.filter(email__iexact=address).exists():
        raise AlreadyHere(address)
    Invitation.objects.filter(email__iexact=address, used_at=None).delete()
    token = tokens.new_token()
    invitation = Invitation.objects.create(
        digest=tokens.digest(token),
        email=address,
        team=Team(team),
        role=Role(role),
        by=by,
        made_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
    )
    tell(
        PeopleEvent(
            "people.person-invited",
            at,
            by,
            f"invitation:{invitation.public_id}",
            {"team": team, "role": role},
        )
    )
    return token


def usable_invitation(*, token: str, at: datetime) -> Invitation:
    """Find the invitation of a link.

    Raises:
        LinkNotUsable: see the class.
    """
    found = Invitation.objects.filter(
        digest=tokens.digest(token), used_at=None, expires_at__gt=at
    ).first()
    if found is None or (found.by_id is None and has_anybody()):
        raise LinkNotUsable
    return found


@transaction.atomic
def accept_invitation(
    *,
    token: str,
    name: str,
    email: str,
    password: str,
    team: str = "",
    time_zone: str = "",
    at: datetime,
) -> Person:
    """Make the account a link stands for; the link is spent in the same transaction.

    What the invitation says counts, not what is typed; only the welcome link leaves address, team
    and the workspace's time zone to the person who comes in.

    Raises:
        LinkNotUsable: also when somebody else used the link a moment ago.
        AlreadyHere: see the class.
    """
    invitation = usable_invitation(token=token, at=at)
    spent = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=at)
    if spent != 1:
        raise LinkNotUsable
    address = invitation.email or email.strip().lower()
    if Person.objects.filter(email__iexact=address).exists():
        raise AlreadyHere(address)
    person = Person.objects.create_user(
        address,
        password,
        name=name.strip(),
        team=Team(team) if team and not invitation.email else invitation.team,
        role=invitation.role,
    )
    tell(PeopleEvent("people.person-joined", at, person, f"person:{person.public_id}"))
    if time_zone and not invitation.email:
        save_workspace(by=person, at=at, time_zone=time_zone)
    return person


@transaction.atomic
def withdraw_invitation(*, public_id: str, by: Person, at: datetime) -> bool:
    """Make an open invitation's link useless; whether there was one."""
    require(by, "manage people")
    gone, _ = Invitation.objects.filter(public_id=public_id, used_at=None).delete()
    if gone:
        tell(PeopleEvent("people.invitation-withdrawn", at, by, f"invitation:{public_id}"))
    return bool(gone)


@transaction.atomic
def change_person(
    *, public_id: str, team: str, role: str, is_active: bool, by: Person, at: datetime
) -> Person:
    """Move somebody to another team or role, or stop them from signing in.

    Raises:
        LastOwner: see the class.
        Person.DoesNotExist: nobody has this id.
    """
    require(by, "manage people")
    # all owners are locked, so that two owners cannot demote one another at the same moment
    owners = list(
        Person.objects.select_for_update().filter(role=Role.OWNER, is_active=True).order_by("pk")
    )
    person = Person.objects.select_for_update().get(public_id=public_id)
    stays_owner = role == Role.OWNER and is_active
    if not stays_owner and owners == [person]:
        raise LastOwner
    changed = {
        name: value
        for name, value in (("team", Team(team)), ("role", Role(role)), ("is_active", is_active))
        if getattr(person, name) != value
    }
    if changed:
        for name, value in changed.items():
            setattr(person, name, value)
        person.save(update_fields=list(changed))
        payload = {name: str(value) for name, value in changed.items()}
        tell(PeopleEvent("people.person-changed", at, by, f"person:{public_id}", payload))
    return person


@transaction.atomic
def save_profile(*, person: Person, name: str, time_zone: str, at: datetime) -> None:
    """Change one's own name and time zone."""
    person.name, person.time_zone = name.strip(), time_zone
    person.save(update_fields=["name", "time_zone"])
    tell(PeopleEvent("people.profile-changed", at, person, f"person:{person.public_id}"))


@transaction.atomic
def save_workspace(*, by: Person | None, at: datetime, **fields: Any) -> Workspace:
    """Change what is true of the whole workspace; by nobody: the program, at first start."""
    if by is not None:
        require(by, "manage workspace")
    place = workspace()
    changed = {name: value for name, value in fields.items() if getattr(place, name) != value}
    for name, value in changed.items():
        setattr(place, name, value)
    place.save()
    if changed:
        payload = {name: value for name, value in changed.items() if name != "name"}
        payload["changed"] = sorted(changed)
        tell(PeopleEvent("people.workspace-changed", at, by, "workspace:1", payload))
    return place
