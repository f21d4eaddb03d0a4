"""Is this installation well? The same answers on the Health page and in `onefunnel doctor`."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django_tasks_db.models import DBTaskResult

from onefunnel.server.notify.outbox.queries import standing
from onefunnel.server.notify.queries import mail_goes
from onefunnel.server.record.queries import check_chain
from onefunnel.server.site.start import WillNotStart, check_start, setup_of

LEAST_FREE = 1024**3
QUEUE_LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Check:
    """One question, its answer in words, and what to do if it is not well."""

    name: str
    is_well: bool
    answer: str
    fix: str = ""


def checks(*, environment: dict[str, str], now: datetime) -> list[Check]:
    """Ask everything; a question that itself fails is an answer too, never an exception."""
    asked: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("Settings", lambda: _settings(environment)),
        ("Database", _database),
        ("Migrations", _migrations),
        ("Disk", _disk),
        ("Background jobs", lambda: _queue(now)),
        ("What goes out", lambda: _outgoing(now)),
        ("Record", _record),
    )
    answers = []
    for name, ask in asked:
        try:
            answers.append(ask())
        except Exception as broken:
            answers.append(Check(name, False, f"could not be asked: {broken}", "See the log."))
    return answers


def _settings(environment: dict[str, str]) -> Check:
    setup = setup_of(
        environment,
        workspace=settings.WORKSPACE,
        secret=settings.SECRET_KEY,
        debug=settings.DEBUG,
    )
    try:
        check_start(setup)
    except WillNotStart as refusal:
        return Check("Settings", False, str(refusal))
    return Check("Settings", True, f"workspace {settings.WORKSPACE}, safe to start")


def _database() -> Check:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(1)")
            said = cursor.fetchone()[0]
            size = Path(connection.settings_dict["NAME"]).stat().st_size
            words = f"SQLite {sqlite3.sqlite_version}, {size / 1e6:,.0f} MB, {said}"
            fix = "" if said == "ok" else "The file is damaged: restore the last backup."
            return Check("Database", said == "ok", words, fix)
        cursor.execute("SELECT version()")
        return Check("Database", True, str(cursor.fetchone()[0]).split(",")[0])


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Check(
        "Migrations",
        not waiting,
        f"{len(waiting)} waiting" if waiting else "up to date",
        "Start `onefunnel serve` again: it brings the database up to date." if waiting else "",
    )


def _disk() -> Check:
    free = shutil.disk_usage(settings.WORKSPACE).free
    return Check(
        "Disk",
        free >= LEAST_FREE,
        f"{free / 1024**3:,.1f} GiB free",
        "" if free >= LEAST_FREE else "Make room: imports stop safely when the disk is full.",
    )


def _queue(now: datetime) -> Check:
    waiting = DBTaskResult.objects.ready().order_by("enqueued_at")
    first = waiting.first()
    failed = DBTaskResult.objects.failed().filter(finished_at__gt=now - timedelta(days=1)).count()
    if first is not None and now - first.enqueued_at > QUEUE_LATE:
        minutes = (now - first.enqueued_at).total_seconds() / 60
        return Check(
            "Background jobs",
            False,
            f"{waiting.count()} waiting, the first for {minutes:,.0f} minutes",
            "No worker runs: start `onefunnel worker`, or `onefunnel serve`, which brings one.",
        )
    words = f"{waiting.count()} waiting, {failed} failed in the last day"
    return Check("Background jobs", failed == 0, words, "See Jobs." if failed else "")


def _outgoing(now: datetime) -> Check:
    found = standing(at=now)
    waiting, failed = found.counts["waiting"], found.failed_lately
    words = f"{waiting} waiting, {failed} failed in the last day; mail goes {mail_goes()}"
    fix = ""
    if found.is_stuck:
        fix = "No worker runs: start `onefunnel worker`, or `onefunnel serve`, which brings one."
    elif failed:
        fix = "See Settings, What goes out, for the reasons."
    return Check("What goes out", not fix, words, fix)


def _record() -> Check:
    broken = check_chain()
    if broken is None:
        return Check("Record", True, "the hash chain of all events is whole")
    return Check(
        "Record",
        False,
        f"event {broken.public_id or '(end)'}: {broken.why}",
        "Somebody changed the database by hand. Compare with a backup.",
    )
