"""What other rooms and pages ask about people and about the workspace."""

from __future__ import annotations

from django.db.models import QuerySet

from onefunnel.server.people.models import ApiKey, Invitation, Person, Role, Workspace


def workspace() -> Workspace:
    """Return the workspace's own facts; before anybody set them, the defaults (unsaved).

    In SQL: every request asks, and the mapper would take longer over it than the database.
    """
    found = Workspace.objects.raw("SELECT * FROM people_workspace WHERE id = 1")
    return next(iter(found), None) or Workspace(pk=1)


def has_anybody() -> bool:
    """Say whether anybody can sign in yet."""
    return Person.objects.filter(is_active=True).exists()


def people() -> QuerySet[Person]:
    """Everybody, by team and name."""
    return Person.objects.order_by("team", "name", "pk")


def heads_of(team: str) -> list[Person]:
    """Those who lead a team and may sign in, by name."""
    return list(people().filter(team=team, role=Role.LEAD, is_active=True))


def keys_of(person: Person) -> QuerySet[ApiKey]:
    """The person's own keys, newest first."""
    return ApiKey.objects.filter(person=person)


def open_invitations() -> QuerySet[Invitation]:
    """Invitations nobody has used; expired ones included, so that they can be made again."""
    return Invitation.objects.filter(used_at=None).exclude(by=None)


def demo_people() -> list[Person]:
    """The people of the simulated company that the sign-in page offers to look around as."""
    return list(Person.objects.filter(is_simulated=True, is_active=True).order_by("pk"))
