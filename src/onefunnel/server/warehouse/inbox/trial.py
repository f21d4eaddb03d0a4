"""The trial run: what an import would bring, before anything is written."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import duckdb

from onefunnel.connectors.apply.names import assign
from onefunnel.connectors.known import prepared_by
from onefunnel.connectors.mapping import FileMap, Mapping
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.report import FileReport, refused_alike
from onefunnel.facts.personal import named, personal_columns
from onefunnel.facts.sql_text import literal
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.inbox.mapping_edit import (
    BY_A_PERSON,
    how_sure,
    places_of,
    said_personal,
    uses_of,
)
from onefunnel.server.warehouse.inbox.reading import Read

_SAMPLES = 3
_CLIPPED = 60
_REFUSED = 20
_FINDINGS = 200
_STAGES = 60


def trial_of(read: Read) -> dict[str, Any]:
    """Everything the review page shows, as JSON."""
    reading = read.reading
    mapping = reading.mapping
    tables = prepared_by(mapping.connector, read.tables).tables
    places = assign(tables, mapping.files)
    entry_of = {place: at for at, mine in enumerate(places) for place in mine}
    reports = {(file.name, file.sheet): file for file in reading.report.files}
    columns = {name: made.columns for name, made in reading.facts.tables.items()}
    personal = personal_columns(columns, reading.facts.personal)
    files = []
    for place, table in enumerate(tables):
        at = entry_of.get(place)
        entry = mapping.files[at] if at is not None else None
        report = reports.get((table.file, table.sheet)) or FileReport(table.file)
        files.append(_file(place, at, table, entry, report, personal))
    known = {(table.file, table.sheet) for table in tables}
    files += [_file_without_table(report) for key, report in reports.items() if key not in known]
    return {
        "connector": mapping.connector,
        "title": mapping.title,
        "files": files,
        "facts": {n: int(reading.facts[n].count().execute()) for n in TABLES if n in reading.facts},
        "stages": _stages(reading.facts, mapping),
        "findings": [finding.as_dict() for finding in reading.facts.findings[:_FINDINGS]],
        "notes": list(reading.report.notes),
        "refused": [asdict(one) for one in refused_alike(reading, _REFUSED)],
        "refused_count": reading.report.refused_count,
        "rows_in": reading.report.rows_in,
        "rows_refused": sum(file.rows_refused for file in reading.report.files),
        "rows_skipped": sum(file.rows_skipped for file in reading.report.files),
        "rows_used": sum(file.rows_used for file in reading.report.files),
        "data_at": reading.facts.data_at.isoformat() if reading.facts.data_at else "",
    }


def _file(
    place: int,
    at: int | None,
    table: TextTable,
    entry: FileMap | None,
    report: FileReport,
    personal: frozenset[str],
) -> dict[str, Any]:
    samples = _samples(table)
    columns = [
        _column(name, samples.get(name, []), entry, table, report)
        | _personal(name, entry, table, personal)
        for name in table.columns
    ]
    return {
        "place": place,
        "entry": at,
        "name": table.file,
        "sheet": table.sheet,
        "rows_in": report.rows_in,
        "rows_used": report.rows_used,
        "rows_skipped": report.rows_skipped,
        "rows_refused": report.rows_refused,
        "skipped_because": dict(report.skipped_because),
        "used_as": list(report.used_as),
        "reason": report.reason,
        "format": table.format,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "columns": columns,
        "unsure": sum(1 for column in columns if column["sure"] in ("a guess", "unsure")),
    }


def _file_without_table(report: FileReport) -> dict[str, Any]:
    return {
        "place": None, "entry": None, "name": report.name, "sheet": report.sheet,
        "rows_in": report.rows_in, "rows_used": 0, "rows_skipped": report.rows_skipped,
        "rows_refused": report.rows_refused, "skipped_because": {}, "used_as": [],
        "reason": report.reason, "format": "", "encoding": "", "delimiter": "", "columns": [],
        "unsure": 0,
    }  # fmt: skip


def _column(
    name: str, samples: list[str], entry: FileMap | None, table: TextTable, report: FileReport
) -> dict[str, Any]:
    uses = uses_of(entry, name, table.columns) if entry is not None else []
    first = next((use for use in uses if use.is_direct), None)
    said = report.columns_left_out.get(name, "")
    reason = uses[0].reason if uses else said or "no column of the mapping names it"
    return {
        "name": name,
        "samples": samples,
        "target": first.target if first else "",
        "uses": [use.words for use in uses],
        "sure": how_sure(uses[0].confidence) if uses else "",
        "reason": "" if said == BY_A_PERSON else reason,
        "date": first.date if first else "",
        "is_time": bool(first and _type(first.target) == "time"),
    }


def _personal(
    name: str, entry: FileMap | None, table: TextTable, personal: frozenset[str]
) -> dict[str, Any]:
    """Whether a column is personal: as its values in the facts are, else by its name."""
    if entry is None:
        return {"personal": bool(named(name)), "personal_said": ""}
    places = places_of(entry, name, table.columns)
    return {
        "personal": any(place in personal for place in places) if places else bool(named(name)),
        "personal_said": said_personal(entry, name, table.columns),
    }


def _type(target: str) -> str:
    table, _, name = target.partition(".")
    return TABLES[table].column(name).type if table in TABLES else ""


def _samples(table: TextTable) -> dict[str, list[str]]:
    """The first few different values of every column, clipped."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    found: dict[str, list[str]] = {}
    try:
        relation = con.execute(
            "SELECT * FROM read_parquet(?) LIMIT 200", [str(table.parquet)]
        ).to_arrow_table()
    except duckdb.Error:
        return {}
    finally:
        con.close()
    for name in table.columns:
        values = dict.fromkeys(v for v in relation[name].to_pylist() if v)
        found[name] = [
            v if len(v) <= _CLIPPED else v[: _CLIPPED - 1] + "…" for v in list(values)[:_SAMPLES]
        ]
    return found


def _stages(facts: Facts, mapping: Mapping) -> list[dict[str, Any]]:
    """The stages as the trial found them, in order: name, kind, how many leads were ever there.

    Spellings that differ in capitals and blanks only are one stage, as the funnel counts them:
    `also` holds the other ones.
    """
    if "moves" not in facts:
        return []
    moves = facts["moves"].filter(lambda moves: moves.stage.notnull())
    plain = moves.stage.re_replace(r"\s+", " ").strip().lower()
    counted = moves.group_by(plain=plain).agg(
        leads=moves.lead_id.nunique(), spellings=moves.stage.collect(distinct=True)
    )
    found = counted.to_pyarrow().to_pylist()
    leads = {row["plain"]: row["leads"] for row in found}
    kinds: dict[str, str] = {}
    if "stages" in facts:
        listed = facts["stages"].order_by("position").to_pyarrow().to_pylist()
        kinds = {row["stage"]: row["kind"] or "open" for row in listed}
    kinds |= {stage.stage: stage.kind for stage in mapping.stages if stage.stage not in kinds}
    if not kinds:
        kinds = _guessed(facts)
    found.sort(key=lambda row: -row["leads"])
    names = [*kinds, *(name for row in found for name in sorted(row["spellings"]))]
    spelled: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        spelled.setdefault(_plain(name), []).append(name)
    return [
        {"stage": one, "kind": kinds.get(one, "open"), "leads": leads.get(plain, 0), "also": also}
        for plain, (one, *also) in list(spelled.items())[:_STAGES]
    ]


def _plain(name: str) -> str:
    return " ".join(name.split()).lower()


def _guessed(facts: Facts) -> dict[str, str]:
    """Kinds as the proposed agreement has them, for a source without a stage list."""
    from onefunnel.agreement.propose import propose

    stages = facts["moves"].select("stage").distinct().to_pyarrow()["stage"].to_pylist()
    found: dict[str, str] = {}
    for step in propose(facts).stages:
        for name in stages:
            if name is not None and literal(name) in step.when:
                found[name] = step.kind
    return found
