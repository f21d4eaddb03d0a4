"""Looking through all leads takes seconds to minutes: it runs in the background."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from onefunnel.server.people.models import Person
from onefunnel.server.warehouse.duplicates.looking import look_for_duplicates
from onefunnel.server.warehouse.queries import current_facts


@task()
def look(person_id: str) -> None:
    """Look through the leads for people who are there more than once; "" is nobody in person."""
    person = Person.objects.filter(public_id=person_id).first() if person_id else None
    look_for_duplicates(current_facts(), by=person, at=timezone.now())


def look_after_import() -> None:
    """Have the leads looked through, now that some are new."""
    if settings.LOOK_FOR_DUPLICATES_AFTER_IMPORT:
        look.enqueue("")
