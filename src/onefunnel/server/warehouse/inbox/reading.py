"""From the files of an import to a delivery: the connectors read, the warehouse takes over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import ibis

from onefunnel.connectors.mapping import read_mapping, write_mapping
from onefunnel.connectors.report import Reading
from onefunnel.server.warehouse.inbox.accounting import RefusedRow, SourceFile
from onefunnel.server.warehouse.inbox.delivery import Delivery
from onefunnel.server.warehouse.inbox.files import BadUpload, files_folder
from onefunnel.server.warehouse.inbox.running import Clock, Progress, import_folder_of, save
from onefunnel.server.warehouse.models import Import

_PERIOD = 0.5


def read_files(
    imported: Import, *, clock: Clock, now: datetime, progress: Progress | None = None
) -> Reading:
    """Read the files of an import by its mapping, else its source's last one, else a proposal.

    The progress goes to the import's own columns twice a second, and a stop is obeyed there.
    """
    from onefunnel.connectors.folder import read_folder

    place = Path(imported.folder) if imported.folder else files_folder(imported)
    if not imported.folder and not imported.files.exists():
        raise BadUpload("This import has no files yet. Choose some, or name a folder.")
    text = imported.mapping
    mapping = read_mapping(text, "the mapping of this import") if text else None
    scratch = import_folder_of(imported) / "spill"
    scratch.mkdir(mode=0o700, exist_ok=True)
    engine = ibis.duckdb.connect(temp_directory=str(scratch))
    save(imported, phase="reading the files", phase_at=clock(), rows_done=0, rows_total=0)
    last = clock()
    stop = False

    def tell(done: int, total: int, name: str) -> None:
        nonlocal last, stop
        if progress is not None:
            progress(f"reading {name}", done, total)
        if (clock() - last).total_seconds() < _PERIOD:
            return
        last = clock()
        Import.objects.filter(pk=imported.pk).update(
            rows_done=done, rows_total=total, beat_at=last, phase=f"reading {name}"[:40]
        )
        stop = bool(
            Import.objects.filter(pk=imported.pk).values_list("is_stop_asked", flat=True).get()
        )

    return read_folder(
        place,
        mapping,
        now=now.replace(tzinfo=None),
        connection=engine,
        progress=tell,
        stop=lambda: stop,
    )


def read_delivery(
    imported: Import, *, clock: Clock, now: datetime | None = None, progress: Progress | None = None
) -> Delivery:
    """Read the files and make them ready to be written."""
    reading = read_files(imported, clock=clock, now=now or clock(), progress=progress)
    return Delivery(
        facts=reading.facts,
        files=tuple(source_files(reading)),
        refused=_lines(reading),
        notes=reading.report.notes,
        mapping=write_mapping(reading.mapping),
    )


def source_files(reading: Reading) -> list[SourceFile]:
    """The files as the account counts them."""
    return [
        SourceFile(
            name=f"{file.name} · {file.sheet}" if file.sheet else file.name,
            rows=file.rows_in,
            refused=file.rows_refused,
            skipped=file.skipped_because,
        )
        for file in reading.report.files
    ]


def _lines(reading: Reading) -> Callable[[], Iterable[RefusedRow]]:
    def lines() -> Iterable[RefusedRow]:
        if reading.refused is None:
            for one in reading.report.refused:
                yield RefusedRow(one.file, one.row, one.column, one.value, one.reason, one.fix)
            return
        wanted = reading.refused.select("file", "row", "column", "value", "reason", "fix")
        for batch in wanted.to_pyarrow_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield RefusedRow(*(("" if cell is None else cell) for cell in row))

    return lines
