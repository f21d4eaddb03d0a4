"""Undo one import from the first row to the published copy."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.db.models import F

from onefunnel.server.people.models import Person
from onefunnel.server.record.commands import append
from onefunnel.server.warehouse import events
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.columns.refresh import refresh
from onefunnel.server.warehouse.inbox.database import wide_open
from onefunnel.server.warehouse.inbox.lock import only_writer
from onefunnel.server.warehouse.inbox.running import PUBLISHING, Clock, save
from onefunnel.server.warehouse.inbox.undoing import NAMED, Undone, take_back
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import about_the_data

_S = Import.Status
UNDOABLE = (_S.DONE, _S.STOPPED, _S.FAILED, _S.UNDOING, _S.RUNNING)


class NothingToUndo(Exception):
    """The import has written nothing, or is undone already."""


def run_undo(imported: Import, *, by: Person | None, clock: Clock) -> Undone:
    """Take back everything this import wrote; run it again if it was killed.

    Raises:
        NothingToUndo: it wrote nothing or is undone.
        WriterBusy: another import is writing.
    """
    with only_writer(), wide_open():
        imported.refresh_from_db()
        if imported.status not in UNDOABLE or imported.first_change is None:
            raise NothingToUndo(
                f"This import is {imported.get_status_display()}: it has no rows to take back."
            )
        Import.objects.filter(pk=imported.pk).update(
            status=_S.UNDOING,
            phase="undoing",
            phase_at=clock(),
            beat_at=clock(),
            rows_done=0,
            rows_total=_facts_written(imported),
            is_stop_asked=False,
        )

        def beat(rows: int) -> None:
            Import.objects.filter(pk=imported.pk).update(
                rows_done=F("rows_done") + rows, beat_at=clock()
            )

        undone = take_back(import_id=imported.pk, first=imported.first_change, beat=beat)
        imported.refresh_from_db()
        before = imported.counts.get("undone", {})
        counts = imported.counts | {"undone": _added(before, asdict(undone))}
        save(imported, counts=counts, phase=PUBLISHING, phase_at=clock())
        refresh(now=clock(), agreement=agreement_in_force(), about=about_the_data())
        with transaction.atomic():
            save(imported, status=_S.UNDONE, undone_at=clock(), phase="")
            append(
                kind=events.IMPORT_UNDONE,
                at=clock(),
                by=by,
                subject=f"import:{imported.public_id}",
                payload={
                    "removed": undone.removed,
                    "restored": undone.restored,
                    "kept": undone.kept,
                },
            )
    return undone


def _facts_written(imported: Import) -> int:
    facts = imported.counts.get("facts", {})
    return sum(c.get("created", 0) + c.get("updated", 0) for c in facts.values())


def _added(before: dict[str, object], now: dict[str, object]) -> dict[str, object]:
    """A killed undo counts in two parts."""
    added = {
        name: value + before[name] if name in before else value  # type: ignore[operator]
        for name, value in now.items()
    }
    return added | {"kept_examples": added["kept_examples"][:NAMED]}  # type: ignore[index]
