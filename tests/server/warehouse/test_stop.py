"""An import can be stopped, continued, or undone; a second one waits its turn."""

from __future__ import annotations

import fcntl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from onefunnel.server.warehouse import commands
from onefunnel.server.warehouse.inbox import writing
from onefunnel.server.warehouse.inbox.lock import (
    _ADVISORY,
    WriterBusy,
    held_file,
    is_held,
    is_writing,
    lock_file,
    only_writer,
)
from onefunnel.server.warehouse.inbox.running import run_delivery
from onefunnel.server.warehouse.inbox.undo_import import run_undo
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import NOW, delivered
from tests.server.warehouse.test_import import lead, move
from tests.server.warehouse.test_undo import every_row

LEADS = [lead(n) for n in range(10)]
MOVES = [move(n, "New") for n in range(10)]


@pytest.fixture
def stopped(db: None, monkeypatch: Any) -> Import:
    """An import of 20 rows that was asked to stop while it wrote the first 4."""
    monkeypatch.setattr(writing, "CHUNK", 4)
    source = Source.objects.create(name="crm", created_at=NOW)
    imported = Import.objects.create(source=source, created_at=NOW)

    def ask(phase: str, done: int, total: int | None) -> None:
        if phase == "writing rows":
            commands.stop_import(import_id=imported.public_id, by=None)

    delivery = delivered(leads=LEADS, moves=MOVES)
    return run_delivery(imported, delivery, clock=lambda: NOW, progress=ask)


def test_a_stopped_import_says_what_it_wrote(stopped: Import) -> None:
    counts = stopped.counts
    assert stopped.status == Import.Status.STOPPED
    assert (counts["rows_in"], counts["created"], counts["skipped"]) == (20, 4, 16)
    assert counts["reasons"] == {"not written: the import was stopped before it": 16}
    assert current_facts()["leads"].count().execute() == 4


def test_it_can_be_continued(stopped: Import) -> None:
    again = run_delivery(stopped, delivered(leads=LEADS, moves=MOVES), clock=lambda: NOW)
    assert again.status == Import.Status.DONE
    assert (again.counts["rows_in"], again.counts["created"]) == (20, 20)
    assert current_facts()["moves"].count().execute() == 10


def test_it_can_be_undone(stopped: Import) -> None:
    run_undo(stopped, by=None, clock=lambda: NOW)
    assert not any(every_row().values())


def test_stopping_one_that_waits_to_go_on_leaves_it_to_be_undone(stopped: Import) -> None:
    commands.begin(import_id=stopped.public_id, by=None, at=NOW)
    again = commands.stop_import(import_id=stopped.public_id, by=None)
    assert again.status == Import.Status.STOPPED
    commands.undo_import(import_id=stopped.public_id, by=None, clock=lambda: NOW)
    assert not any(every_row().values())


def test_stopping_one_that_wrote_nothing_goes_back_to_its_trial(db: None) -> None:
    imported = Import.objects.create(created_at=NOW, status=Import.Status.QUEUED)
    again = commands.stop_import(import_id=imported.public_id, by=None)
    assert again.status == Import.Status.CHECKED


def test_looking_keeps_no_writer_out() -> None:
    path = lock_file("writer")

    def look(until: float) -> None:
        while time.monotonic() < until:
            is_held(path)

    with ThreadPoolExecutor(1) as lookers:
        looks = lookers.submit(look, time.monotonic() + 0.5)
        while not looks.done():
            with held_file(path, wait=False):
                pass
        looks.result()


def test_a_writer_is_seen_and_two_who_look_see_none(db: None) -> None:
    with only_writer():
        assert is_writing()
    assert not is_writing()
    with lock_file("writer").open("a") as looker:
        fcntl.flock(looker, fcntl.LOCK_SH)
        assert not is_writing()


def test_a_writer_on_another_machine_is_seen(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has writers on other machines")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY])
        assert is_writing()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY])
    assert not is_writing()


def test_two_imports_never_write_at_once(bring: Any) -> None:
    with only_writer(), pytest.raises(WriterBusy, match="Another import is writing"):
        bring("crm", leads=LEADS)
