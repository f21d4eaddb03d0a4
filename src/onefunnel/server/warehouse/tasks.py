"""What the warehouse does in the background: read, try, write, undo. One task, one import."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils import timezone
from django_tasks import default_task_backend, task

from onefunnel.server.people.models import Person
from onefunnel.server.warehouse import commands, trials
from onefunnel.server.warehouse.duplicates.tasks import look_after_import
from onefunnel.server.warehouse.inbox.lock import WriterBusy, is_writing
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import UNDER_WAY

#: How long an import waits for its turn before it says that it is busy, in seconds.
PATIENCE = 6 * 3600
#: How long the copy waits for further deeds, and for an import that writes, in seconds.
SOON, LOOK_AGAIN = 1.0, 5.0
_lock, _covered_until = threading.Lock(), 0.0
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


@task()
def follow_deeds() -> None:
    """Bring the copy up to what people entered; while an import writes, after it.

    An import publishes all its rows at once, so nothing may be published in the middle of it.
    """
    if not is_writing():
        refresh_copy.func()
    else:
        follow_soon(LOOK_AGAIN)


def follow_soon(wait: float = SOON) -> None:
    """Have the copy follow the deeds in `wait` seconds, unless a look that is to come covers them.

    One that this process asked for a moment ago has not begun, so it sees this deed too: many
    deeds are one refresh. Where tasks cannot wait (in tests), it follows at once.
    """
    global _covered_until
    if not default_task_backend.supports_defer:
        if wait == SOON:
            follow_deeds.enqueue()
        return
    with _lock:
        now = time.monotonic()
        if now < _covered_until:
            return
        _covered_until = now + 0.9 * wait
    follow_deeds.using(run_after=timezone.now() + timedelta(seconds=wait)).enqueue()


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
