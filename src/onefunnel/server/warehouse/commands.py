"""The deeds of the warehouse. Each checks the right, does one thing, and records it.

The long ones (reading, trying, importing, undoing) run as background tasks (tasks.py) and are
plain functions here, so that the command line and tests call them in line.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from onefunnel.facts.checks.run import run_checks
from onefunnel.facts.checks.wording import as_sentences
from onefunnel.facts.store import Facts
from onefunnel.facts.utc import in_utc
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.warehouse import events
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.columns.manifest import Manifest
from onefunnel.server.warehouse.columns.refresh import refresh
from onefunnel.server.warehouse.inbox import failures
from onefunnel.server.warehouse.inbox.delivery import Delivery, delivery_of_tables
from onefunnel.server.warehouse.inbox.encoding import BadRow as BadRow
from onefunnel.server.warehouse.inbox.files import check_folder, keep_upload
from onefunnel.server.warehouse.inbox.forgetting import forget_kept
from onefunnel.server.warehouse.inbox.reading import read_delivery
from onefunnel.server.warehouse.inbox.recording import OWN_SOURCE
from onefunnel.server.warehouse.inbox.recording import Ground as Ground
from onefunnel.server.warehouse.inbox.recording import Recorded as Recorded
from onefunnel.server.warehouse.inbox.recording import add_rows as add_rows
from onefunnel.server.warehouse.inbox.recording import check_row as check_row
from onefunnel.server.warehouse.inbox.recording import ground_of_leads as ground_of_leads
from onefunnel.server.warehouse.inbox.recording import hold_the_door as hold_the_door
from onefunnel.server.warehouse.inbox.recording import record_rows as record_rows
from onefunnel.server.warehouse.inbox.recording import take_back_rows as take_back_rows
from onefunnel.server.warehouse.inbox.running import Clock, import_folder_of, run_delivery
from onefunnel.server.warehouse.inbox.undo_import import UNDOABLE, run_undo
from onefunnel.server.warehouse.inbox.undoing import Undone
from onefunnel.server.warehouse.inbox.unfinished_mapping import what_is_lacking
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.queries import about_the_data

Progress = Callable[[str, int, int | None], None]
_S = Import.Status
DEMO_SOURCE = "Simulated company"


class WrongMoment(Exception):
    """The import is not at the step that the deed belongs to. The text says what to do."""


class NotEmpty(Exception):
    """The workspace holds data of its own; simulated rows would mix in."""


# --- an import, step by step ------------------------------------------------------------------
def start_import(*, by: Person | None, at: datetime, mapping: str = "") -> Import:
    """Begin an import: an empty one that waits for files; `mapping` is the text of one."""
    if by is not None:
        require(by, "import data")
    return Import.objects.create(by=by, created_at=at, mapping=mapping)


def drop_import(*, import_id: object, by: Person) -> None:
    """Forget an import whose files were refused, with whatever of them was kept."""
    require(by, "import data")
    imported = _at_step(import_id, _S.DRAFT)
    shutil.rmtree(import_folder_of(imported), ignore_errors=True)
    imported.delete()


def add_files(*, import_id: object, uploads: list[object], by: Person) -> Import:
    """Keep uploaded files with an import that waits for them.

    Raises:
        BadUpload: a file is too large, or there are too many; nothing of it is kept.
    """
    require(by, "import data")
    imported = _at_step(import_id, _S.DRAFT)
    for upload in uploads:
        keep_upload(imported, upload)
    return imported


def use_folder(*, import_id: object, folder: str, by: Person) -> Import:
    """Read a folder of the server instead of uploads; for people who run the workspace.

    Raises:
        BadUpload: there is no such folder, or it may not be read.
    """
    require(by, "import data")
    require(by, "manage workspace")
    imported = _at_step(import_id, _S.DRAFT)
    imported.folder = str(check_folder(folder))
    imported.save(update_fields=["folder"])
    return imported


def name_source(*, import_id: object, name: str, by: Person | None, at: datetime) -> Import:
    """Say which system the import comes from; a known name means the same system as before."""
    if by is not None:
        require(by, "import data")
    imported = Import.objects.get(public_id=import_id)
    tidy = " ".join(name.split())[:110] or "Exports"
    if tidy.casefold() == OWN_SOURCE:  # the name of what is entered here
        tidy = f"{tidy} (files)"
    imported.source = _source_called(tidy, at)
    imported.save(update_fields=["source"])
    return imported


def _source_called(name: str, at: datetime) -> Source:
    """The source of that name, made where there is none; two who ask at once get the same one."""
    known = Source.objects.filter(name__iexact=name).order_by("pk")
    source = known.first()
    while source is None:
        try:
            with transaction.atomic():
                source = known.first() or Source.objects.create(name=name, created_at=at)
        except IntegrityError:  # somebody else made it in between
            source = known.first()
    return source


def begin(*, import_id: object, by: Person | None, at: datetime) -> Import:
    """Put the import in the queue: the trial run was looked at, it may be written.

    Raises:
        WrongMoment: it runs or is done already, or its mapping lacks a column.
    """
    if by is not None:
        require(by, "import data")
    lacks = what_is_lacking(Import.objects.get(public_id=import_id).mapping)
    if lacks:
        raise WrongMoment(" ".join(lacks))
    steps = (_S.DRAFT, _S.CHECKED, _S.PROPOSED, _S.STOPPED, _S.FAILED)
    with transaction.atomic():
        changed = Import.objects.filter(public_id=import_id, status__in=steps).update(
            status=_S.QUEUED,
            is_stop_asked=False,
            error="",
            phase="waiting for its turn",
            rows_done=0,
            rows_total=0,
        )
        imported = Import.objects.get(public_id=import_id)
        if not changed:
            raise WrongMoment(
                f"This import is {imported.get_status_display()}; it cannot be started now."
            )
        append(kind=events.IMPORT_STARTED, at=at, by=by, subject=f"import:{imported.public_id}")
    return imported


def stop_import(*, import_id: object, by: Person | None) -> Import:
    """Ask a running import to stop after the chunk it is writing.

    One that waits for its turn goes back to where it was: looked at, or stopped in the middle
    where it has written something, so that it can still be continued or undone.
    """
    if by is not None:
        require(by, "import data")
    Import.objects.filter(
        public_id=import_id,
        status__in=(_S.READING, _S.CHECKING, _S.QUEUED, _S.RUNNING),
    ).update(is_stop_asked=True)
    waiting = Import.objects.filter(public_id=import_id, status=_S.QUEUED)
    waiting.filter(first_change__isnull=False).update(status=_S.STOPPED, phase="")
    waiting.filter(first_change__isnull=True).update(status=_S.CHECKED, phase="")
    return Import.objects.get(public_id=import_id)


def run_import(*, import_id: object, clock: Clock = timezone.now) -> Import:
    """Read, write and report one import that was begun; goes on where a killed one was.

    An import that is not waiting or under way is left as it is: a task may come twice, or late,
    after somebody stopped or undid it. Whatever goes wrong is written to the import in plain
    words; only WriterBusy is raised.
    """
    is_due = Import.objects.filter(public_id=import_id, status__in=(_S.QUEUED, _S.RUNNING)).update(
        status=_S.RUNNING
    )
    imported = Import.objects.get(public_id=import_id)
    if not is_due:
        return imported
    with failures.told(imported, clock=clock):
        run_delivery(imported, read_delivery(imported, clock=clock), clock=clock)
    imported.refresh_from_db()
    return imported


def undo_import(*, import_id: object, by: Person | None, clock: Clock = timezone.now) -> Undone:
    """Take back one import as one; rows that later imports changed stay and are named."""
    if by is not None:
        require(by, "import data")
    return run_undo(Import.objects.get(public_id=import_id), by=by, clock=clock)


def ask_for_undo(*, import_id: object, by: Person) -> Import:
    """Put the import where it is taken back; the rows follow in the background."""
    require(by, "import data")
    mine = Import.objects.filter(public_id=import_id, first_change__isnull=False)
    mine.filter(status__in=UNDOABLE).update(
        status=_S.UNDOING,
        phase="waiting for its turn",
        phase_at=timezone.now(),
        rows_done=0,
        rows_total=0,  # how many there are to take back is counted when it begins
    )
    return Import.objects.get(public_id=import_id)


# --- in line ----------------------------------------------------------------------------------
def import_folder(
    folder: Path,
    *,
    at: datetime,
    mapping: Path | str | None = None,
    source: str = "",
    by: Person | None = None,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> Import:
    """Bring a folder of exports in, from reading to the published numbers, and return the import.

    Args:
        at: The moment of the import; times after it are in the future.
        mapping: A mapping file or its text; without one the source's last one, else a proposal.
        source: What the system is called; the folder's name if not said.

    Raises:
        ImportFailed: nothing could be read or written; the text says why in plain words.
    """
    imported = start_import(by=by, at=at)
    imported.folder = str(folder.resolve())
    text = mapping.read_text() if isinstance(mapping, Path) else (mapping or "")
    imported.mapping = text
    imported.save(update_fields=["folder", "mapping"])
    name_source(import_id=imported.public_id, name=source or folder.resolve().name, by=by, at=at)
    imported.refresh_from_db()
    now = clock or timezone.now
    with failures.told(imported, clock=now, is_raised=True):
        delivery = read_delivery(imported, clock=now, now=at, progress=progress)
        return run_delivery(imported, delivery, clock=now, progress=progress)


def import_facts(
    facts: Facts,
    *,
    source: str,
    at: datetime,
    by: Person | None = None,
    is_simulated: bool = False,
    progress: Progress | None = None,
) -> Import:
    """Bring facts in that come from no file: a generator, an API, our own tracker."""
    return _import_delivery(
        delivery_of_tables(facts), source, at, by, is_simulated=is_simulated, progress=progress
    )


def _import_delivery(
    delivery: Delivery,
    source: str,
    at: datetime,
    by: Person | None,
    *,
    is_simulated: bool,
    progress: Progress | None,
) -> Import:
    imported = start_import(by=by, at=at)
    name_source(import_id=imported.public_id, name=source, by=by, at=at)
    imported.refresh_from_db()
    if is_simulated and imported.source is not None:
        Source.objects.filter(pk=imported.source.pk).update(is_simulated=True)
    return run_delivery(imported, delivery, clock=lambda: at, progress=progress)


# --- the simulated company --------------------------------------------------------------------
def load_demo(
    *,
    by: Person | None,
    at: datetime,
    seed: int = 1,
    leads: int = 40_000,
    progress: Progress | None = None,
) -> Import:
    """Bring the simulated company in.

    Raises:
        NotEmpty: the workspace holds data of its own.
    """
    from onefunnel.simulate.company.company import simulate_company

    if by is not None:
        require(by, "import data")
    own = Import.objects.filter(first_change__isnull=False, source__is_simulated=False)
    if own.exclude(status=_S.UNDONE).exists():
        raise NotEmpty(
            "This workspace holds data of its own, and simulated rows would mix in. "
            "Start another workspace for the demo: onefunnel demo."
        )
    facts = simulate_company(seed=seed, until=at, leads=leads)
    # its slips of the pen are told as those of any company
    found = run_checks(facts.tables, in_utc(at))
    facts = replace(facts, findings=tuple(as_sentences(found)))
    imported = import_facts(
        facts, source=DEMO_SOURCE, at=at, by=by, is_simulated=True, progress=progress
    )
    append(kind=events.DEMO_LOADED, at=at, by=by, payload={"seed": seed, "leads": leads})
    return imported


def remove_demo(*, by: Person | None, at: datetime) -> None:
    """Take the simulated company away, whole, with what was said here of its leads.

    Leads that came in here, by a form, by program or by hand, and those of own imports stay.
    """
    if by is not None:
        require(by, "erase data")
    forgotten = forget_kept()  # first: it tells what was simulated by the imports that brought it
    for imported in Import.objects.filter(
        source__is_simulated=True, status__in=UNDOABLE, first_change__isnull=False
    ).order_by("-first_change"):
        run_undo(imported, by=by, clock=lambda: at)
    if forgotten:
        refresh_copy(at=at)
    append(kind=events.DEMO_REMOVED, at=at, by=by)


# --- the columnar copy ------------------------------------------------------------------------
def refresh_copy(*, at: datetime, rebuild: bool = False, by: Person | None = None) -> Manifest:
    """Bring the columnar copy up to the database and the agreement in force; or make it anew."""
    made = refresh(now=at, agreement=agreement_in_force(), about=about_the_data(), rebuild=rebuild)
    if rebuild:
        append(kind=events.COPY_REBUILT, at=at, by=by, payload={"version": made.version})
    return made


def _at_step(import_id: object, *steps: str) -> Import:
    imported = Import.objects.get(public_id=import_id)
    if imported.status not in steps:
        raise WrongMoment(
            f"This import is {imported.get_status_display()}; start a new one to bring more files."
        )
    return imported
