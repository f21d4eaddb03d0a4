"""A mapping that names what is not there: refused with its line, or told where nothing is wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.mapping import MappingError, read_mapping
from onefunnel.connectors.report import Reading

MAPPING = """title: deals
stages:
  - {stage: New, kind: open}
  - {stage: Won, kind: won}
files:
  - file: deals.csv
    needs: [Deal No]
    look up:
      - file: firms.csv
        on: {Client: Firm}
        take: {Size: Staff}
    makes:
      - table: leads
        columns:
          lead_id: Deal No
          created_at: Opened on  # sure 0.96: its name says created
          source: Channel
        attributes:
          Region: Region
          Size: Size
      - table: deals
        columns:
          deal_id: Deal No
          lead_id: Deal No
          outcome: {cases: [{when: Status = Won, is: won}], otherwise: open}
          amount: Value
      - table: moves
        columns:
          lead_id: Deal No
        steps:
          - stage: Status
            at: Opened on
"""
DEALS = "Deal No,Opened on,Status,Value,Channel,Region,Client\nD1,2026-01-01,Won,10,Fair,North,A\n"


def read(folder: Path, mapping: str, deals: str = DEALS, *, firms: bool = True) -> Reading:
    (folder / "deals.csv").write_text(deals)
    if firms:
        (folder / "firms.csv").write_text("Firm,Staff\nA,5\nB,6\n")
    return read_folder(folder, read_mapping(mapping, "m.yaml"), now=datetime(2026, 11, 22))


def test_a_mapping_that_fits_is_used(tmp_path: Path) -> None:
    reading = read(tmp_path, MAPPING)
    assert not [f for f in reading.facts.findings if f.kind.startswith("missing")]
    assert reading.facts["leads"].Size.to_pyarrow().to_pylist() == [5]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "missing", "near"),
    [
        ("file: deals.csv", "file: deal.csv", 6, "no file deal.csv", "deals.csv"),
        ("file: deals.csv", "file: exports/x.csv", 6, "no file exports/x.csv", "firms.csv"),
        ("needs: [Deal No]", "needs: [Deal Number]", 7, "no column Deal Number", "Deal No"),
        ("lead_id: Deal No\n          created", "lead_id: Dael No\n          created", 15,
         "no column Dael No", "Deal No"),
        ("created_at: Opened on", "created_at: Opned on", 16, "no column Opned on", "Opened on"),
        ("when: Status = Won", "when: Statsu = Won", 25, "no column Statsu", "Status"),
        ("amount: Value", "amount: Vaule", 26, "no column Vaule", "Value"),
        ("stage: Status", "stage: Stage", 31, "no column Stage", "Status"),
    ],
)  # fmt: skip
def test_what_numbers_need_is_refused_with_its_line(
    tmp_path: Path, right: str, wrong: str, line: int, missing: str, near: str
) -> None:
    assert right in MAPPING
    with pytest.raises(MappingError) as refusal:
        read(tmp_path, MAPPING.replace(right, wrong, 1))
    said = str(refusal.value)
    assert said.startswith(f"m.yaml, line {line}: ")
    assert missing in said
    assert near in said.partition("(")[2]
    assert "correct the name" in said


@pytest.mark.parametrize("column", ["Channel", "Region"])
def test_a_later_delivery_may_lack_what_only_describes(tmp_path: Path, column: str) -> None:
    reading = read(tmp_path, MAPPING, DEALS.replace(column, "Colour"))
    (told,) = [f for f in reading.facts.findings if f.kind == "missing-column"]
    assert (told.example, told.weight) == (column, "warning")
    assert reading.facts["leads"].count().execute() == 1


def test_a_lookup_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    reading = read(tmp_path, MAPPING, firms=False)
    (told,) = [f for f in reading.facts.findings if f.kind == "missing-file"]
    assert told.example == "firms.csv"


def test_a_file_that_is_optional_may_be_absent(tmp_path: Path) -> None:
    more = MAPPING + "  - file: visits.csv\n    optional: true\n    makes: []\n"
    assert read(tmp_path, more).facts["leads"].count().execute() == 1
