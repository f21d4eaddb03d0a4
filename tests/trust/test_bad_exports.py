"""T15, the rest of the way: bad files with a funnel's columns, proposed for, applied and checked.

A thousand of the files of test_bad_csv, with headers that say what funnels say, go through
`read_folder` or what it is made of, half of them with a mapping that was written down. Nothing
fails, each row is accounted for, each refusal says why and what to do, and measures can be taken
of what is left.
"""

from __future__ import annotations

import contextlib
import random
import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest

from onefunnel.agreement.propose import propose
from onefunnel.connectors.folder import read_folder, read_text_tables
from onefunnel.connectors.mapping import Mapping, MappingError, read_mapping, write_mapping
from onefunnel.connectors.reading.one_file import read_file
from onefunnel.connectors.reading.source import Desk
from onefunnel.connectors.reading.tables import Limits, Tables
from onefunnel.connectors.report import Reading
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.steps.path import NoSuccessPath
from tests.trust.test_bad_csv import bad_csv

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FIRST = ("Lead ID", "Stage", "Created Date", "Amount")
NAMES = (
    "Owner", "Email", "Source", "Company", "Close Date", "Status", "Currency", "Country", "Phone",
    "Angelegt am", "Betrag", "Quelle", "deal_id", "changed_at", "old stage", "new stage",
    "Account", "Segment", "=Score", "Note", "Website",
)  # fmt: skip
STAGES = ("New", "Contacted", "Qualified", "Proposal", "Won", "Lost", "wonn", "LOST ", "neu")
DAYS = ("2026-01-02", "31/12/2025", "12/31/2025", "2.1.2026", "2026-13-45", "0000-00-00", "soon")
FOLDERS, FILES = 125, 8
_WORDS = re.compile(rb"O'Neil|-0|true|total|x{300}|=1\+1|Ann|NULL|@cmd|NaN|1e999|\+49 30 1")
MAPPING = """\
title: bad
currency: EUR
stages: [New, Qualified, {{stage: Won, kind: won}}, {{stage: Lost, kind: lost}}]
files:
  - file: [{files}]
    optional: true
    makes:
      - table: leads
        columns: {{lead_id: Lead ID, created_at: Created Date, email: Email, source: Source}}
        attributes: {{Segment: Segment}}
      - table: moves
        columns: {{lead_id: Lead ID, at: Created Date, stage: Stage}}
        where: Stage is not empty
      - table: deals
        columns:
          deal_id: Lead ID
          lead_id: Lead ID
          amount: Amount
          closed_at: Close Date
          outcome: Stage
"""


def bad_export(seed: int) -> tuple[str, bytes]:
    """One of the bad files; its header and a third of its words are those of a funnel."""
    pick = random.Random(-seed - 1)
    names = [*FIRST, *pick.sample(NAMES, k=len(NAMES))]
    name, data = bad_csv(seed)
    for place, column in reversed(list(enumerate(names))):
        data = data.replace(b"col %d" % place, column.encode("ascii"))
    kinds = (STAGES, DAYS, tuple(f"L{n}" for n in range(30)))
    return name, _WORDS.sub(lambda _: pick.choice(pick.choice(kinds)).encode(), data)


def write_folder(folder: Path, number: int) -> list[Path]:
    paths = []
    for seed in range(30_000 + number * FILES, 30_000 + (number + 1) * FILES):
        name, data = bad_export(seed)
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return paths


def check(reading: Reading, files: set[str], *, measures: bool = True) -> tuple[int, int]:
    """What must hold of every reading; gives the rows in and the rows that made facts."""
    report = reading.report
    assert {file.name for file in report.files} == files
    for file in report.files:
        assert file.rows_in == file.rows_used + file.rows_skipped + file.rows_refused, file
        assert sum(file.skipped_because.values()) == file.rows_skipped, file
        assert file.used_as or file.reason, file
    for refused in report.refused:
        assert refused.row > 0, refused
        assert refused.reason, refused
        assert refused.fix, refused
    for finding in reading.facts.findings:
        assert finding.count >= 0, finding
        assert finding.what, finding
        assert "Error" not in finding.what, finding
    if "moves" in reading.facts:
        late = reading.facts["moves"].filter(ibis._["at"] > NOW.replace(tzinfo=None))
        assert late.count().execute() == 0
    if measures and "moves" in reading.facts:
        with contextlib.suppress(NoSuccessPath):  # said in words: every stage is an end
            compute_measure("stages", reading.facts, propose(reading.facts))
    return report.rows_in, sum(file.rows_used for file in report.files)


def mapping_of(paths: list[Path], number: int) -> Mapping | None:
    """For every other folder a mapping that names its files; for the others one is proposed."""
    if number % 2:
        return None
    return read_mapping(MAPPING.format(files=", ".join(path.name for path in paths)), "bad.yaml")


def read_as_mapped(tables: Tables, mapping: Mapping | None, connection: Any) -> Reading:
    """What a person gets who takes out of the mapping, one by one, the columns that it is told are
    in none of the files."""
    now = NOW.replace(tzinfo=None)
    for _ in range(len(FIRST) + len(NAMES)):
        try:
            return read_text_tables(tables, mapping, now=now, connection=connection)
        except MappingError as refused:
            assert mapping is not None
            said = re.match(r"bad\.yaml, line \d+: .*? has no column ([\w ]+) \(", str(refused))
            missing = said[1] if said else ""
        assert missing, "a refusal names the line and the column"
        mapping = without(mapping, missing)
    raise AssertionError("the mapping is refused however little it names")


def without(mapping: Mapping, column: str) -> Mapping:
    """The mapping with nothing that is made of this column; a table without its key goes whole."""
    file = mapping.files[0]
    makes = []
    for make in file.makes:
        kept = tuple((name, s) for name, s in make.columns if column not in s.columns)
        if {name for name, _ in kept} >= {"lead_id"} and column not in make.where:
            makes.append(replace(make, columns=kept))
    return replace(mapping, files=(replace(file, makes=tuple(makes)),))


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_bad_exports_are_mapped_and_accounted_for() -> None:
    rows = used = funnels = 0
    for number in range(FOLDERS):
        with tempfile.TemporaryDirectory() as place:
            folder, scratch = Path(place, "files"), Path(place, "scratch")
            folder.mkdir()
            scratch.mkdir()
            desk = Desk(scratch, Limits())
            paths = write_folder(folder, number)
            for path in paths:
                read_file(path, path.name, path.stem, desk)
            tables = Tables(tuple(desk.tables), tuple(desk.left_out))
            connection = ibis.duckdb.connect()
            reading = read_as_mapped(tables, mapping_of(paths, number), connection)
            more, made = check(reading, {path.name for path in paths}, measures=number % 4 < 2)
            assert more == sum(table.rows_in + table.title_lines for table in desk.tables)
            rows, used, funnels = rows + more, used + made, funnels + ("moves" in reading.facts)
            connection.disconnect()
    # A proposal that leaves everything out would pass all of the above.
    assert rows > 3_000
    assert used > rows // 40
    assert funnels > FOLDERS // 3


def test_bad_exports_by_the_front_door(tmp_path: Path) -> None:
    """The whole way, child process and all; and again with the mapping that was proposed."""
    paths = write_folder(tmp_path, 7)
    first = read_folder(tmp_path, now=NOW)
    check(first, {path.name for path in paths})
    proposed: Mapping = read_mapping(write_mapping(first.mapping), "proposed.yaml")
    again = read_folder(tmp_path, proposed, now=NOW)
    check(again, {path.name for path in paths})
    assert again.report.rows_in == first.report.rows_in
    assert again.report.refused_count == first.report.refused_count
