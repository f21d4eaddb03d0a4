"""One import or undo writes at a time, and a writer that dies lets go by dying.

The lock is on a file of the workspace; on PostgreSQL there is an advisory lock of the session too,
so that it holds across machines (alone it would let the same session in twice).
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

_ADVISORY = 7_203_311_981


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
    """Whether somebody holds the right to write now."""
    try:
        with only_writer():
            return False
    except WriterBusy:
        return True


@contextmanager
def held_file(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an exclusive lock on the file; without `wait`, WriterBusy where it is taken."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise WriterBusy from None
        yield
