"""Run one import from its delivery to its report; safe to kill and to run again.

Order: stage, write chunk by chunk, account for every source row, report, publish the columnar
copy, and only then say that it is done: who reads "done" finds its numbers. The import holds the
right to write for the whole time, so its rows are the newest there are and the copy can take them
from the staged files instead of reading them back.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import F

from onefunnel.connectors.background import in_background
from onefunnel.facts.findings import Finding
from onefunnel.server.record.commands import append
from onefunnel.server.warehouse import events
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.columns.refresh import AtHand, refresh
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.inbox.accounting import RefusedRow, account, totals, write_refused
from onefunnel.server.warehouse.inbox.delivery import Delivery
from onefunnel.server.warehouse.inbox.lock import only_writer
from onefunnel.server.warehouse.inbox.meeting import meet, replaced_of_others, told_before
from onefunnel.server.warehouse.inbox.other_stages import (
    in_order,
    other_stages,
    places_of,
    stages_in,
)
from onefunnel.server.warehouse.inbox.resuming import check_the_same
from onefunnel.server.warehouse.inbox.staging import LONGEST_ID, LongId, Staged, stage
from onefunnel.server.warehouse.inbox.telling import Progress, Teller
from onefunnel.server.warehouse.inbox.writing import Written, as_arrow, write_table
from onefunnel.server.warehouse.models import Attribute, Import, Source
from onefunnel.server.warehouse.queries import about_the_data

Clock = Callable[[], datetime]


def import_folder_of(imported: Import) -> Path:
    """Where everything of one import is kept, readable by the owner of the workspace only."""
    folder = Path(settings.WORKSPACE) / "imports" / str(imported.public_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


#: What an import or an undo does last, before it is over.
PUBLISHING = "publishing the numbers"
#: What a task that comes late must not begin again.
_OVER = frozenset({Import.Status.DONE, Import.Status.UNDOING, Import.Status.UNDONE})


def run_delivery(
    imported: Import, delivery: Delivery, *, clock: Clock, progress: Progress | None = None
) -> Import:
    """Write a delivery into the warehouse and say what became of every row of it.

    Run it again after a crash with the same delivery: it goes on where it was. Raises WriterBusy
    while another import writes. Anything else that goes wrong leaves the import FAILED, with the
    reason in plain words, and what was committed in place: continue it or undo it.
    """
    with only_writer(), database.wide_open():
        imported.refresh_from_db()
        if imported.status in _OVER:
            return imported
        resumed = imported.first_change is not None
        first = imported.first_change or database.last_number() + 1
        save(
            imported,
            status=Import.Status.RUNNING,
            started_at=imported.started_at or clock(),
            first_change=first,
            resumes=imported.resumes + (1 if resumed else 0),
            rows_done=0,
            error="",
            phase="sorting",
            phase_at=clock(),
        )
        folder = import_folder_of(imported) / "staged"
        teller = Teller(imported, clock, progress)
        staged, too_long, told = _staged(imported, delivery, folder, teller)
        check_the_same(imported, delivery, staged)
        _keep_attributes(imported, staged)
        save(
            imported,
            rows_done=0,
            rows_total=sum(s.rows for s in staged.values()),
            phase="writing",
            phase_at=clock(),
        )
        written = _write(imported, staged, folder, resumed, clock, progress)
        told = (*replaced_of_others(written, imported.source, told), *told)
        _report(imported, delivery, staged, too_long, told, folder, clock)
        is_whole = all(w.is_whole for w in written.values()) and len(written) == len(staged)
        save(imported, phase=PUBLISHING, phase_at=clock())
        if progress is not None:
            progress(PUBLISHING, 0, None)
        refresh(
            now=clock(),
            agreement=agreement_in_force(),
            about=about_the_data(ending=imported),
            at_hand=_at_hand(staged, written, folder),
        )
        status = Import.Status.DONE if is_whole else Import.Status.STOPPED
        with transaction.atomic():
            save(imported, status=status, finished_at=clock(), is_stop_asked=False, phase="")
            append(
                kind=events.IMPORT_FINISHED if is_whole else events.IMPORT_STOPPED,
                at=clock(),
                by=imported.by,
                subject=f"import:{imported.public_id}",
                payload={k: v for k, v in imported.counts.items() if isinstance(v, int)},
            )
    return imported


def _staged(
    imported: Import, delivery: Delivery, folder: Path, teller: Teller
) -> tuple[dict[str, Staged], tuple[LongId, ...], tuple[Finding, ...]]:
    """The staged tables; identifiers get the source's prefix, which its first import decides.

    What is told of it is kept before the first row is written, for an import that goes on.
    """
    source = imported.source
    assert source is not None
    spellings = _spellings()
    staged, too_long = _sorted(delivery, folder, source, spellings, teller)
    if source.prefix or imported.last_change is not None:
        return staged, too_long, told_before(imported)
    prefix, told = meet(imported, source, staged)
    with transaction.atomic():
        save(imported, findings=[finding.as_dict() for finding in told])
        if prefix:
            source.prefix = prefix
            source.save(update_fields=["prefix"])
    if prefix:
        staged, too_long = _sorted(delivery, folder, source, spellings, teller)
    return staged, too_long, told


def _sorted(
    delivery: Delivery,
    folder: Path,
    source: Source,
    spellings: dict[str, dict[str, str]],
    teller: Teller,
) -> tuple[dict[str, Staged], tuple[LongId, ...]]:
    """The delivery staged; ReadingStopped where somebody asked to stop meanwhile."""
    tables = list(delivery.facts.tables.values())
    if not tables:
        return {}, ()
    places = places_of(source)
    return in_background(
        lambda tell: stage(
            delivery.facts,
            folder,
            prefix=source.prefix,
            pipeline=source.name,
            places=places,
            spellings=spellings,
            tell=tell,
        ),
        interrupt=tables[0].get_backend().con.interrupt,
        progress=teller,
        stop=teller.is_stopped,
    )


def _spellings() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = {}
    for table, name in Attribute.objects.order_by("pk").values_list("table", "name"):
        known.setdefault(table, {}).setdefault(name.lower(), name)
    return known


def _keep_attributes(imported: Import, staged: dict[str, Staged]) -> None:
    with transaction.atomic():
        Attribute.objects.filter(imported=imported).delete()
        Attribute.objects.bulk_create(
            Attribute(imported=imported, table=s.table, name=name, type=kind)
            for s in staged.values()
            for name, kind in s.attributes.items()
        )


def _write(
    imported: Import,
    staged: dict[str, Staged],
    folder: Path,
    resumed: bool,
    clock: Clock,
    progress: Progress | None,
) -> dict[str, Written]:
    done: dict[str, Written] = {}
    total = sum(one.rows for one in staged.values())
    so_far = 0

    def beat(rows: int, last: int | None) -> bool:
        nonlocal so_far
        so_far += rows
        if progress is not None:
            progress("writing rows", so_far, total)
        changed: dict[str, object] = {"rows_done": F("rows_done") + rows, "beat_at": clock()}
        if last is not None:
            changed["last_change"] = last
        Import.objects.filter(pk=imported.pk).update(**changed)
        return bool(
            Import.objects.filter(pk=imported.pk).values_list("is_stop_asked", flat=True).get()
        )

    for name, one in staged.items():
        outcome = write_table(one, import_id=imported.pk, resumed=resumed, beat=beat)
        pq.write_table(as_arrow(outcome), folder / f"{name}.written.parquet")
        done[name] = outcome
        if not outcome.is_whole:
            break
    imported.refresh_from_db()
    confirms = sum((w.confirms for w in done.values()), Counter())
    imported.counts = {
        "facts": {name: w.counts for name, w in done.items()},
        "confirms": {str(number): rows for number, rows in confirms.items()},
    }
    return done


def _report(
    imported: Import,
    delivery: Delivery,
    staged: dict[str, Staged],
    too_long: tuple[LongId, ...],
    told: tuple[Finding, ...],
    folder: Path,
    clock: Clock,
) -> None:
    """Put what became of every source row into the import, and the refused rows beside it."""
    save(imported, phase="counting", phase_at=clock())
    pairs = []
    for name, one in staged.items():
        outcome = folder / f"{name}.written.parquet"
        if not outcome.exists():  # stopped before this table
            nothing = Written(np.zeros(one.rows, np.uint8), np.zeros(one.rows, np.int64))
            pq.write_table(as_arrow(nothing), outcome)
        pairs.append((one.path, outcome))
    counts = account(delivery.files, pairs, [(one.file, one.row) for one in too_long])
    lines, cells = write_refused(
        import_folder_of(imported) / "refused.csv",
        chain(delivery.refused(), _told(too_long, delivery)),
    )
    imported.counts |= totals(counts)
    imported.counts["files"] = [asdict(count) for count in counts]
    imported.counts["refused_lines"] = lines
    imported.counts["refused_cells"] = cells
    if "moves" in staged:
        imported.counts["stages"] = in_order(stages_in(staged["moves"].path), imported)
        told = (*other_stages(imported.counts["stages"], imported.source), *told)
    imported.findings = [f.as_dict() for f in (*delivery.findings, *delivery.facts.findings, *told)]
    imported.notes = [*delivery.notes, *delivery.facts.notes]
    imported.personal = dict(delivery.facts.personal)
    imported.save(update_fields=["counts", "findings", "notes", "personal"])
    if imported.source is not None and delivery.mapping:
        Source.objects.filter(pk=imported.source.pk).update(mapping=delivery.mapping)


def _told(too_long: tuple[LongId, ...], delivery: Delivery) -> Iterator[RefusedRow]:
    """Rows with identifiers that cannot be kept, as lines of the download."""
    for one in too_long:
        yield RefusedRow(
            file=delivery.files[one.file].name if one.file < len(delivery.files) else "",
            row=one.row,
            column=one.column,
            value=one.value,
            reason=f"an identifier of more than {LONGEST_ID} characters",
            fix="shorten it in the source, or map another column",
        )


def _at_hand(staged: dict[str, Staged], written: dict[str, Written], folder: Path) -> list[AtHand]:
    hands = []
    for name, outcome in written.items():
        new = outcome.ids[outcome.ids > 0]
        if len(new):
            hands.append(
                AtHand(
                    table=name,
                    staged=staged[name].path,
                    written=folder / f"{name}.written.parquet",
                    first=int(new.min()),
                    last=int(new.max()),
                )
            )
    return hands


def save(imported: Import, **changes: object) -> None:
    """Set and save these columns only."""
    for name, value in changes.items():
        setattr(imported, name, value)
    imported.save(update_fields=list(changes))


def fail(imported: Import, error: str, *, clock: Clock) -> None:
    """Leave the import as failed, with the reason in plain words."""
    with contextlib.suppress(Import.DoesNotExist):
        imported.refresh_from_db()
        save(
            imported,
            status=Import.Status.FAILED,
            error=error,
            finished_at=clock(),
            is_stop_asked=False,
            phase="",
        )
        append(
            kind=events.IMPORT_FAILED,
            at=clock(),
            by=imported.by,
            subject=f"import:{imported.public_id}",
        )
