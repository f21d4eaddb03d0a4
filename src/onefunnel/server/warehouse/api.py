"""Imports by program: send files, look at the trial run, begin, follow, undo."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Form, Router, Schema
from ninja.errors import HttpError
from ninja.files import UploadedFile

from onefunnel.connectors.mapping import MappingError, read_mapping
from onefunnel.server.people.access import who_may
from onefunnel.server.warehouse import commands, queries, tasks, trials
from onefunnel.server.warehouse.duplicates.api import router as duplicates
from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.other_stages import still_true
from onefunnel.server.warehouse.inbox.undo_import import UNDOABLE
from onefunnel.server.warehouse.models import Import

router = Router()
router.add_router("/duplicates", duplicates)


class Counts(Schema):
    """What became of every source row: rows_in is the sum of the other four."""

    rows_in: int
    created: int
    updated: int
    skipped: int
    refused: int
    reasons: dict[str, int]


class ImportOut(Schema):
    """One import as it stands. `counts` and `findings` are there once it has written."""

    id: UUID
    source: str
    status: str
    phase: str
    rows_done: int
    rows_total: int
    created_at: datetime
    finished_at: datetime | None
    error: str
    counts: Counts | None
    findings: list[dict[str, Any]]
    trial: dict[str, Any] | None


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str


_WRONG = {422: Refusal}
_SENT = frozenset({"files", "source", "mapping", "begin"})


@router.get("/imports", response=list[ImportOut], summary="Which imports were there?")
@who_may("import data")
def imports(request: HttpRequest) -> list[ImportOut]:
    """The last 200 imports, the newest first, without their trial runs."""
    return [_out(one, with_trial=False) for one in queries.jobs()]


@router.post("/imports", response={202: ImportOut, **_WRONG}, summary="Bring files in")
@who_may("import data")
def bring(
    request: HttpRequest,
    files: File[list[UploadedFile]],
    source: Form[str] = "Exports",
    mapping: Form[str] = "",
    begin: Form[bool] = False,
) -> tuple[int, ImportOut]:
    """Keep the files and read them in the background; with `begin`, write them as well.

    `source` is the name of the system, the same at every delivery; `mapping` is YAML, else the
    source's last one or a proposal is used. Follow it by its id.
    """
    if unknown := sorted({*request.POST, *request.FILES} - _SENT):
        raise HttpError(
            422, f"There is no field “{unknown[0]}”; there are {', '.join(sorted(_SENT))}."
        )
    if mapping:
        try:
            read_mapping(mapping, "mapping")
        except MappingError as mistake:
            raise HttpError(422, str(mistake)) from mistake
    imported = commands.start_import(by=request.user, at=timezone.now(), mapping=mapping)
    try:
        commands.add_files(import_id=imported.public_id, uploads=list(files), by=request.user)
    except BadUpload as refusal:
        commands.drop_import(import_id=imported.public_id, by=request.user)
        raise HttpError(422, str(refusal)) from refusal
    commands.name_source(
        import_id=imported.public_id, name=source, by=request.user, at=timezone.now()
    )
    if begin:
        commands.begin(import_id=imported.public_id, by=request.user, at=timezone.now())
        tasks.write_import.enqueue(str(imported.public_id))
    else:
        trials.ask_for_trial(import_id=imported.public_id, by=request.user)
        tasks.try_import.enqueue(str(imported.public_id))
    return 202, _out(_one(imported.public_id))


@router.get("/imports/{import_id}", response=ImportOut, summary="How does an import stand?")
@who_may("import data")
def show(request: HttpRequest, import_id: UUID) -> ImportOut:
    """Progress, trial run, counts and findings of one import."""
    return _out(_one(import_id))


@router.post("/imports/{import_id}/begin", response={202: ImportOut, **_WRONG}, summary="Write it")
@who_may("import data")
def begin_it(request: HttpRequest, import_id: UUID) -> tuple[int, ImportOut]:
    """Write an import that was tried; continue one that was stopped or failed."""
    _one(import_id)
    try:
        commands.begin(import_id=import_id, by=request.user, at=timezone.now())
    except commands.WrongMoment as refusal:
        raise HttpError(422, str(refusal)) from refusal
    tasks.write_import.enqueue(str(import_id))
    return 202, _out(_one(import_id))


@router.post("/imports/{import_id}/stop", response={202: ImportOut}, summary="Stop it")
@who_may("import data")
def stop_it(request: HttpRequest, import_id: UUID) -> tuple[int, ImportOut]:
    """Ask it to stop after the rows it is writing; what was written stays and is counted."""
    _one(import_id)
    commands.stop_import(import_id=import_id, by=request.user)
    return 202, _out(_one(import_id))


@router.post(
    "/imports/{import_id}/undo", response={202: ImportOut, **_WRONG}, summary="Take it back"
)
@who_may("import data")
def undo_it(request: HttpRequest, import_id: UUID) -> tuple[int, ImportOut]:
    """Take the whole import back; rows that later imports changed stay."""
    imported = _one(import_id)
    if imported.status not in UNDOABLE or imported.first_change is None:
        raise HttpError(422, f"This import is {imported.get_status_display()}: nothing to undo.")
    commands.ask_for_undo(import_id=import_id, by=request.user)
    tasks.undo_import.enqueue(str(import_id), str(request.user.public_id))
    return 202, _out(_one(import_id))


def _one(import_id: UUID) -> Import:
    imported = queries.import_of(import_id)
    if imported is None:
        raise HttpError(404, "There is no such import.")
    return imported


def _out(imported: Import, *, with_trial: bool = True) -> ImportOut:
    counts = imported.counts
    return ImportOut(
        id=imported.public_id,
        source=imported.source.name if imported.source else "",
        status=imported.status,
        phase=imported.phase,
        rows_done=imported.rows_done,
        rows_total=imported.rows_total,
        created_at=imported.created_at,
        finished_at=imported.finished_at,
        error=imported.error,
        counts=Counts(**{name: counts[name] for name in Counts.model_fields})
        if "rows_in" in counts
        else None,
        findings=still_true(imported.findings),
        trial=(imported.trial or None) if with_trial else None,
    )
