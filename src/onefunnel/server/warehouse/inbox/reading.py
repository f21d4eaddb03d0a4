"""From the files of an import to a delivery: the connectors read, the warehouse takes over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis

from onefunnel.connectors.apply.names import assign
from onefunnel.connectors.fit import check_fit
from onefunnel.connectors.folder import read_text_tables
from onefunnel.connectors.known import prepared_by
from onefunnel.connectors.mapping import Mapping, MappingError, read_mapping, write_mapping
from onefunnel.connectors.reading.tables import Tables
from onefunnel.connectors.report import Reading
from onefunnel.facts.utc import in_utc
from onefunnel.server.people.queries import workspace
from onefunnel.server.warehouse.inbox.accounting import RefusedRow, SourceFile
from onefunnel.server.warehouse.inbox.delivery import Delivery
from onefunnel.server.warehouse.inbox.files import BadUpload, check_folder, files_folder
from onefunnel.server.warehouse.inbox.resuming import digest_of_files
from onefunnel.server.warehouse.inbox.running import Clock, import_folder_of, save
from onefunnel.server.warehouse.inbox.telling import Progress, Teller
from onefunnel.server.warehouse.inbox.text_files import text_tables
from onefunnel.server.warehouse.models import Import

#: What the engine may hold in memory, whatever the size of the files; the rest goes to `spill`.
MEMORY = "1GB"


@dataclass(frozen=True)
class Read:
    """What reading an import's files gave: facts and account, and the text they were made of."""

    reading: Reading
    tables: Tables


def read_files(
    imported: Import, *, clock: Clock, now: datetime, progress: Progress | None = None
) -> Read:
    """Read the files of an import by its mapping, else its source's last one, else a proposal.

    The progress goes to the import's own columns twice a second, and a stop is obeyed there. A
    remembered mapping that does not fit these files is not used.
    """
    place = Path(imported.folder) if imported.folder else files_folder(imported)
    if imported.folder and imported.by is not None:
        place = check_folder(imported.folder)  # it may have become a link since it was named
    if not imported.folder and not imported.files.exists():
        raise BadUpload("This import has no files yet. Choose some, or name a folder.")
    folder = import_folder_of(imported)
    (folder / "spill").mkdir(mode=0o700, exist_ok=True)
    engine = ibis.duckdb.connect(temp_directory=str(folder / "spill"), memory_limit=MEMORY)
    save(imported, phase="reading the files", phase_at=clock(), rows_done=0, rows_total=0)
    tell = Teller(imported, clock, progress)
    tables = text_tables(place, folder / "text", progress=tell.reading, stop=tell.is_stopped)
    reading = read_text_tables(
        tables,
        _mapping(imported, tables),
        now=in_utc(now),
        connection=engine,
        origin=imported.source.name if imported.source else place.name,
        progress=tell,
        stop=tell.is_stopped,
        zone=workspace().time_zone,
    )
    return Read(reading, tables)


def _mapping(imported: Import, tables: Tables) -> Mapping | None:
    if imported.mapping:
        return read_mapping(imported.mapping, "the mapping of this import")
    remembered = imported.source.mapping if imported.source else ""
    if not remembered:
        return None
    mapping = read_mapping(remembered, "the mapping of the last import")
    known = prepared_by(mapping.connector, tables).tables
    try:
        check_fit(mapping, known)
    except MappingError:
        return None
    places = assign(known, mapping.files)
    fits = all(mine or entry.optional for entry, mine in zip(mapping.files, places, strict=True))
    new = len(known) - len({place for mine in places for place in mine})
    return mapping if fits and new <= len(mapping.left_out) else None


def read_delivery(
    imported: Import, *, clock: Clock, now: datetime | None = None, progress: Progress | None = None
) -> Delivery:
    """Read the files and make them ready to be written."""
    reading = read_files(imported, clock=clock, now=now or clock(), progress=progress).reading
    place = Path(imported.folder) if imported.folder else files_folder(imported)
    return Delivery(
        facts=reading.facts,
        files=tuple(source_files(reading)),
        refused=_lines(reading),
        notes=reading.report.notes,
        mapping=write_mapping(reading.mapping),
        digest=digest_of_files(place),
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
                yield RefusedRow(
                    one.file, one.row, one.column, one.value, one.reason, one.fix, one.whole_row
                )
            return
        wanted = reading.refused.select(
            "file", "row", "column", "value", "reason", "fix", "whole_row"
        )
        for batch in wanted.to_pyarrow_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield RefusedRow(*(("" if cell is None else cell) for cell in row))

    return lines
