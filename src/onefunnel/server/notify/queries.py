"""What waits in somebody's inbox."""

from __future__ import annotations

from django.db.models import QuerySet

from onefunnel.server.notify.models import Notice
from onefunnel.server.people.models import Person


def inbox(person: Person) -> QuerySet[Notice]:
    """Everything sent to the person, newest first."""
    return Notice.objects.filter(person=person)


def unread_count(person: Person) -> int:
    """How many notices the person has not read."""
    return Notice.objects.filter(person=person, read_at=None).count()
