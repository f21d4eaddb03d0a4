"""What the background worker does for this room."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from onefunnel.server.people.models import Person
from onefunnel.server.site import demo


@task()
def add_demo(person_id: int) -> None:
    """Simulate and store the company: some seconds, too long for a page."""
    if not demo.has_demo():
        demo.add_demo(by=Person.objects.get(pk=person_id), at=timezone.now())
