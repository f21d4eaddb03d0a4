"""What the warehouse does in the background: read, try, write, undo. One task, one import."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.utils import timezone
from django_tasks import task

from onefunnel.server.people.models import Person
from onefunnel.server.warehouse import commands, trials
from onefunnel.server.warehouse.duplicates.tasks import look_after_import
from onefunnel.server.warehouse.inbox.lock import WriterBusy, is_writing
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import UNDER_WAY

#: How long an import waits for its turn before it says that it is busy, in seconds.
PATIENCE = 6 * 3600
T = TypeVar("T")


@task()
def try_import(import_id: str) -> None:
    """Read the files and show what they would bring."""
    trials.try_import(import_id=import_id)


@task()
def write_import(import_id: str) -> None:
    """Write an import that was begun; waits while another one writes."""
    imported = _in_turn(lambda: commands.run_import(import_id=import_id))
    if imported.status == Import.Status.DONE:
        look_after_import()


@task()
def undo_import(import_id: str, person_id: str) -> None:
    """Take an import back; waits while another one writes."""
    person = Person.objects.filter(public_id=person_id).first() if person_id else None
    _in_turn(lambda: commands.undo_import(import_id=import_id, by=person))


@task()
def refresh_copy() -> None:
    """Bring the columnar copy up to the database and the agreement in force."""
    commands.refresh_copy(at=timezone.now())


def go_on_with_interrupted(*, at: datetime) -> int:
    """Start again what died with its worker: imports, undos and trial runs; how many.

    Called when the program starts, before anything else runs.
    """
    if is_writing():
        return 0
    count = 0
    for imported in Import.objects.filter(status__in=UNDER_WAY).select_related("by"):
        Import.objects.filter(pk=imported.pk).update(
            phase="waiting to go on after an interruption", phase_at=at
        )
        name = str(imported.public_id)
        if imported.status == Import.Status.UNDOING:
            undo_import.enqueue(name, str(imported.by.public_id) if imported.by else "")
        elif imported.status in (Import.Status.QUEUED, Import.Status.RUNNING):
            write_import.enqueue(name)
        else:
            try_import.enqueue(name)
        count += 1
    return count


def _in_turn(deed: Callable[[], T]) -> T:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return deed()
        except WriterBusy:
            if time.monotonic() > until:
                raise
            time.sleep(1)
