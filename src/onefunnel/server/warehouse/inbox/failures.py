"""What goes wrong in an import, in plain words, on the import itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
from django.db import DatabaseError

from onefunnel.connectors.mapping import MappingError
from onefunnel.connectors.reading.tables import ReadingStopped
from onefunnel.facts.store import MissingFacts
from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.lock import WriterBusy
from onefunnel.server.warehouse.inbox.running import fail, save
from onefunnel.server.warehouse.models import Import

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
STOPPED_EARLY = "Somebody stopped it while the files were being read. Nothing was written."


class ImportFailed(Exception):
    """An import could not be done. The text says what happened and what to do."""


@contextmanager
def told(imported: Import, *, clock: Clock, is_raised: bool = False) -> Iterator[None]:
    """Turn whatever goes wrong inside into words on the import; WriterBusy goes through.

    With `is_raised`, ImportFailed is raised with the same words.
    """
    try:
        yield
    except WriterBusy:
        raise
    except ReadingStopped:
        imported.refresh_from_db()
        if imported.first_change:
            save(imported, status=Import.Status.STOPPED, is_stop_asked=False, phase="")
        else:
            fail(imported, STOPPED_EARLY, clock=clock)
    except Exception as problem:
        words = in_words(problem)
        if not isinstance(problem, (BadUpload, MappingError, MissingFacts, FileNotFoundError)):
            log.exception("import %s failed", imported.public_id)
        fail(imported, words, clock=clock)
        if is_raised:
            raise ImportFailed(words) from problem


def in_words(problem: BaseException) -> str:
    """What happened, what it means, what to do."""
    match problem:
        case MappingError():
            return f"The mapping cannot be used: {problem}"
        case BadUpload() | MissingFacts():
            return str(problem)
        case FileNotFoundError():
            return "The files are not there any more. Upload them again in a new import."
        case OSError(errno=28):
            return (
                "The disk is full. What was written so far is kept and counted; make room and "
                "continue, or undo."
            )
        case MemoryError() | duckdb.OutOfMemoryException():
            return (
                "There was not enough memory. What was written so far is kept; continue when the "
                "machine is less busy, or import the folder in parts."
            )
        case DatabaseError():
            return (
                f"The database refused to write ({problem}). What was written so far is kept; "
                "continue when it answers again, or undo."
            )
        case _:
            return (
                f"Something that should not happen did: {type(problem).__name__}. What was "
                "written so far is kept and counted; continue, or undo. The log has the details."
            )
