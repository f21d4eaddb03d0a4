"""Read a folder of exports: recognise the source or propose a mapping, and make the facts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onefunnel.connectors.apart import files_apart
from onefunnel.connectors.apply.apply import Applied, apply_mapping
from onefunnel.connectors.apply.names import reason_for
from onefunnel.connectors.apply.tidy import looked_over
from onefunnel.connectors.background import Tell, in_background
from onefunnel.connectors.ends import (
    Ends,
    files_that_tell_outcomes,
    settle_ends,
    with_ends_said,
)
from onefunnel.connectors.event_log.propose import propose_mapping as propose_event_logs
from onefunnel.connectors.fit import check_fit
from onefunnel.connectors.future import forget_future_times, forget_tables
from onefunnel.connectors.known import best_connector, connectors, prepared_by
from onefunnel.connectors.losses import losses_without_a_stage
from onefunnel.connectors.mapping_parts import Kind, Mapping
from onefunnel.connectors.propose.propose import propose_mapping
from onefunnel.connectors.reading.read import read_tables
from onefunnel.connectors.reading.tables import Tables
from onefunnel.connectors.report import FileReport, Reading, ReadReport
from onefunnel.connectors.stage_order import guessed_order, ordered_as_leads_went
from onefunnel.facts.checks.run import run_checks
from onefunnel.facts.checks.wording import as_sentences
from onefunnel.facts.findings import Finding
from onefunnel.facts.personal import decide
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.facts.utc import in_utc

if TYPE_CHECKING:
    import ibis.expr.types as ir


def read_folder(
    folder: Path,
    mapping: Mapping | None = None,
    *,
    now: datetime,
    connection: Any = None,
    progress: Callable[[int, int, str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    zone: str = "UTC",
) -> Reading:
    """The facts of the exports in a folder (or of one file), the mapping used, and the account.

    Without a `mapping`, a connector that knows these files gives one; else event logs are
    recognised; else one is proposed from the files. `now` (UTC) is what "in the future" is
    measured against; `connection` is an Ibis DuckDB backend to make the tables in (a new one in
    memory by default). `progress` is called with (done, total, what); `stop` is asked now and
    then. `zone` (an IANA name) is where the people are who made the exports: in a proposed mapping
    days begin there, and times written without a zone are of there unless the source is known to
    write UTC.

    Raises:
        FileNotFoundError: there is no such folder.
        MappingError: the mapping names what cannot be.
        ReadingStopped: `stop` said so.
    """
    if connection is None:
        import ibis

        connection = ibis.duckdb.connect()
    if now.tzinfo is not None:
        now = in_utc(now)
    with tempfile.TemporaryDirectory(prefix="onefunnel-") as scratch:
        tables = read_tables(Path(folder), scratch=Path(scratch), progress=progress, stop=stop)
        return read_text_tables(
            tables, mapping, now=now, connection=connection, origin=Path(folder).name,
            progress=progress, stop=stop, zone=zone,
        )  # fmt: skip


def read_text_tables(
    tables: Tables,
    mapping: Mapping | None,
    *,
    now: datetime,
    connection: Any,
    origin: str = "",
    progress: Callable[[int, int, str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    zone: str = "UTC",
) -> Reading:
    """As `read_folder`, from text tables that are read already; an API sync comes in here."""
    return in_background(
        lambda tell: _facts_of(
            tables, mapping, now=now, connection=connection, origin=origin, zone=zone, tell=tell
        ),
        interrupt=connection.con.interrupt,
        progress=progress,
        stop=stop,
    )


def _facts_of(
    tables: Tables,
    mapping: Mapping | None,
    *,
    now: datetime,
    connection: Any,
    origin: str,
    zone: str,
    tell: Tell,
) -> Reading:
    tables = looked_over(connection.con, tables, tell)
    if mapping is None:
        tables, mapping, applied, ends = _proposed_and_applied(
            tables, connection, origin=origin, zone=zone, tell=tell
        )
    else:
        tables = prepared_by(mapping.connector, tables)
        check_fit(mapping, tables.tables)
        told = with_ends_said(mapping)
        applied = apply_mapping(told, tables.tables, connection, progress=tell)
        ends = settle_ends(connection.con, mapping, applied.tables, tables.tables)
        ends = replace(ends, mapping=mapping)  # what a person wrote stays as it is
    tell(0, 1, "checking the facts")
    findings = [finding for table in tables.tables for finding in table.findings]
    findings += applied.findings
    findings += ends.findings
    guessed = guessed_order(mapping, applied.tables)
    if guessed:
        mapping = replace(mapping, order="guessed")
    findings += guessed
    findings += files_apart(connection.con, applied.tables, applied.files)
    findings += losses_without_a_stage(connection.con, mapping, applied.tables)
    findings += run_checks(applied.tables, now, days=mapping.days)
    forget_future_times(connection.con, applied.tables, now)
    findings += _nothing_found(applied)
    facts = Facts(
        tables=applied.tables,
        findings=tuple(as_sentences(findings)),
        data_at=latest_time(applied.tables, now),
        origin=origin,
        notes=(*mapping.notes, *applied.notes, *ends.notes),
        personal=decide(applied.tables, mapping.said_personal),
        renamed=mapping.renamed,
    )
    report = ReadReport(
        files=_with_reasons(applied.files, tables, mapping),
        refused=applied.refused,
        refused_count=applied.refused_count,
        notes=(*tables.notes, *mapping.notes, *applied.notes, *ends.notes),
    )
    return Reading(facts, mapping, report, applied.refused_table)


def _proposed_and_applied(
    files: Tables, connection: Any, *, origin: str, zone: str, tell: Tell
) -> tuple[Tables, Mapping, Applied, Ends]:
    """A mapping for these files and what it makes; twice where the first facts show which stages
    end a lead, so that the deals' outcomes and closing dates follow."""
    said: dict[str, Kind] = {}
    while True:
        tables, mapping = choose_mapping(files, connection, title=origin, said=said, tell=tell)
        is_known = mapping.connector in connectors()
        mapping = replace(mapping, zone=mapping.zone if is_known else zone, days=zone)
        applied = apply_mapping(
            mapping,
            tables.tables,
            connection,
            progress=tell,
            # the order of stages is known only once the moves have times
            reconsider=ordered_as_leads_went,
        )
        ends = settle_ends(connection.con, applied.mapping, applied.tables, tables.tables)
        told = files_that_tell_outcomes(applied.mapping, tables.tables)
        if said or not ends.learned or not told:
            return tables, ends.mapping, applied, ends
        said = dict(ends.learned)
        forget_tables(connection.con, applied.tables)


def choose_mapping(
    tables: Tables,
    connection: Any,
    *,
    title: str,
    said: Map[str, Kind] | None = None,
    tell: Tell = lambda done, total, what: None,
) -> tuple[Tables, Mapping]:
    """The mapping for files without one, and the tables as it wants them.

    A connector that knows the files goes first, then event logs where there is nothing else, then
    a proposal; where that finds no funnel, an event log among the files is one.
    """
    known = best_connector(tables)
    if known is not None:
        return known
    logs = prepared_by("event_log", tables)
    from_logs = propose_event_logs(logs.tables)
    if from_logs is not None and len(from_logs.files) == len(logs.tables):
        return logs, from_logs
    proposed = propose_mapping(connection.con, tables.tables, title=title, said=said, tell=tell)
    has_funnel = any(make.table == "moves" for file in proposed.files for make in file.makes)
    if from_logs is not None and not has_funnel:
        return logs, from_logs
    return tables, proposed


def latest_time(tables: dict[str, ir.Table] | Any, now: datetime) -> datetime | None:
    """The latest recorded time that is not after `now`: how fresh the data are."""
    wanted = (
        ("moves", "at"), ("touches", "at"), ("deals", "closed_at"), ("deals", "opened_at"),
        ("leads", "created_at"), ("orders", "at"), ("spend", "at"), ("handovers", "offered_at"),
    )  # fmt: skip
    latest = None
    for name, column in wanted:
        if name not in tables:
            continue
        times = tables[name][column]
        found = times.max(where=times <= now).execute()
        if found is not None and found == found:  # NaT is not itself
            moment = found.to_pydatetime() if hasattr(found, "to_pydatetime") else found
            latest = moment if latest is None or moment > latest else latest
    return latest


def _with_reasons(
    files: tuple[FileReport, ...], tables: Tables, mapping: Mapping
) -> tuple[FileReport, ...]:
    """Reasons of the files that are not used, and the files that gave no table at all."""
    done = tuple(
        file
        if file.used_as
        else replace(
            file,
            reason=(file.sheet and reason_for(f"{file.name}, sheet {file.sheet}", mapping.left_out))
            or reason_for(file.name, mapping.left_out)
            or "the mapping does not use this file",
        )
        for file in files
    )
    return (*done, *(FileReport(left.file, reason=left.reason) for left in tables.left_out))


def _nothing_found(applied: Applied) -> list[Finding]:
    if "leads" in applied.tables:
        return []
    have = ", ".join(name for name in applied.tables if name in TABLES) or "nothing"
    return [
        Finding(
            "no-funnel", "leads", "", 1, f"these files hold no leads ({have} found)", "",
            "name the file and the column that say the stage of each lead in the mapping", "error",
        )
    ]  # fmt: skip
