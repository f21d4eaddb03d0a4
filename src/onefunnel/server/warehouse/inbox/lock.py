"""One import or undo writes at a time, and a writer that dies lets go by dying.

The lock is on a file of the workspace; on PostgreSQL there is an advisory lock of the session too,
so that it holds across machines (alone it would let the same session in twice).
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

_ADVISORY = 7_203_311_981
#: Longer than anybody looks, shorter than anybody notices; in seconds.
_MOMENT = 0.2


class WriterBusy(Exception):
    """Another import or undo is writing just now; wait for it or stop it first."""

    def __init__(self) -> None:
        super().__init__(
            "Another import is writing just now. Nothing was changed; try again when it is done, "
            "or stop it on the Jobs page."
        )


def lock_file(name: str) -> Path:
    """The lock file of that name in the workspace."""
    folder = Path(settings.WORKSPACE) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / name


@contextmanager
def only_writer() -> Iterator[None]:
    """Hold the right to write facts. Raises WriterBusy where somebody else holds it."""
    with held_file(lock_file("writer"), wait=False):
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY])
            if not cursor.fetchone()[0]:
                raise WriterBusy
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY])


def is_writing() -> bool:
    """Whether somebody holds the right to write now. Looking takes nothing from a writer.

    The file is looked at under a lock that lookers share, for an instant in which a writer that
    comes waits (see `held_file`); the session lock is looked up, not taken.
    """
    if is_held(lock_file("writer")):
        return True
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND objsubid = 1 AND ((classid::bigint << 32) | objid::bigint) = %s AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database()))",
            [_ADVISORY],
        )
        return bool(cursor.fetchone()[0])


def is_held(path: Path) -> bool:
    """Whether somebody holds the exclusive lock on the file."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def held_file(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an exclusive lock on the file; without `wait`, WriterBusy where it stays taken.

    Somebody who only looks holds it for an instant, so it is tried for a moment.
    """
    with path.open("a") as file:
        if wait:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            _try_for_a_moment(file)
        yield


def _try_for_a_moment(file: IO[str]) -> None:
    until = time.monotonic() + _MOMENT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise WriterBusy from None
            time.sleep(_MOMENT / 20)
