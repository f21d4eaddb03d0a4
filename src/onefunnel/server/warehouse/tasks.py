"""What the warehouse does in the background: read, try, write, undo. One task, one import."""

from __future__ import annotations

import time

from django.utils import timezone
from django_tasks import task

from onefunnel.server.people.models import Person
from onefunnel.server.warehouse import commands, trials
from onefunnel.server.warehouse.inbox.lock import WriterBusy

#: How long an import waits for its turn before it says that it is busy, in seconds.
PATIENCE = 6 * 3600


@task()
def try_import(import_id: str) -> None:
    """Read the files and show what they would bring."""
    trials.try_import(import_id=import_id)


@task()
def write_import(import_id: str) -> None:
    """Write an import that was begun; waits while another one writes."""
    _in_turn(lambda: commands.run_import(import_id=import_id))


@task()
def undo_import(import_id: str, person_id: str) -> None:
    """Take an import back; waits while another one writes."""
    person = Person.objects.filter(public_id=person_id).first()
    _in_turn(lambda: commands.undo_import(import_id=import_id, by=person))


@task()
def refresh_copy() -> None:
    """Bring the columnar copy up to the database and the agreement in force."""
    commands.refresh_copy(at=timezone.now())


def _in_turn(deed: object) -> None:
    assert callable(deed)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            deed()
            return
        except WriterBusy:
            if time.monotonic() > until:
                raise
            time.sleep(1)
