"""Titles above a header: found by the shape of the whole table, told, and counted."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from onefunnel.connectors.folder import read_folder
from tests.connectors.reading.at_the_desk import at_the_desk, the_table

HEADER = "Lead ID,Created,Stage,Amount"
ROWS = ["A1,2026-02-11,Meeting,10", "A2,2026-03-12,Won,20", "A3,2026-04-13,Lost,30"]
TITLES = [
    ["Lead report", "Made by Pat,on 2026-11-01"],
    ["Lead report,,,", "Made by,Pat,,"],
    ["Lead report", "Period,2026-01-01,2026-06-30", "Made by,Pat"],
    ["Who,Pat", "", "Where,Oslo,Bergen"],
    ["Lead,,Deal,"],
]


@pytest.mark.parametrize("titles", TITLES)
def test_titles_above_the_header_are_passed(tmp_path: Path, titles: list[str]) -> None:
    table = the_table(tmp_path, "a.csv", "\n".join([*titles, HEADER, *ROWS]) + "\n")
    assert table.columns == ("Lead ID", "Created", "Stage", "Amount")
    assert (table.rows_in, table.rows_read, table.refused_rows) == (3, 3, 0)
    assert table.title_lines == len([line for line in titles if line])
    (told,) = [found for found in table.findings if found.kind == "lines-above"]
    assert told.count == table.title_lines
    assert titles[0].split(",")[0] in told.what


@pytest.mark.parametrize("titles", TITLES)
def test_titles_above_the_header_of_a_sheet_are_passed(tmp_path: Path, titles: list[str]) -> None:
    book = openpyxl.Workbook()
    for line in [*titles, HEADER, *ROWS]:
        book.active.append([cell or None for cell in line.split(",")])
    out = io.BytesIO()
    book.save(out)
    (table,) = at_the_desk(tmp_path, "a.xlsx", out.getvalue()).tables
    assert table.columns == ("Lead ID", "Created", "Stage", "Amount")
    assert (table.rows_read, table.title_lines) == (3, len([line for line in titles if line]))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        # a header with nameless columns, and rows that fill them
        ("id,name,,\n1,Ann,5,x\n2,Bob,6,y\n", ("id", "name", "column_3", "column_4")),
        ("id,created,,\nA1,2026-01-01,x,y\nA2,2026-01-02,x,y\n",
         ("id", "created", "column_3", "column_4")),
        # row names without a header of their own
        ("name,stage,sum\n1,Ann,New,5\n2,Bob,Won,6\n3,Cid,Won,7\n",
         ("column_1", "name", "stage", "sum")),
        # a first row that lacks a number
        ("id,name,sum,\nA1,Ann,tbc,x\nA2,Bob,6,y\nA3,Cid,7,z\n", ("id", "name", "sum", "column_4")),
    ],
)  # fmt: skip
def test_a_header_with_nameless_columns_is_no_title(
    tmp_path: Path, text: str, columns: tuple[str, ...]
) -> None:
    table = the_table(tmp_path, "a.csv", text)
    assert table.columns == columns
    assert table.title_lines == 0


def test_lines_of_a_title_are_rows_in_that_were_skipped(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("\n".join([*TITLES[0], HEADER, *ROWS, "A4,soon\n"]))
    reading = read_folder(tmp_path, now=datetime(2026, 11, 22))
    (file,) = reading.report.files
    assert file.rows_in == 6
    assert file.rows_in == file.rows_used + file.rows_skipped + file.rows_refused
    assert file.skipped_because["a line of the title above the header"] == 2
    assert (file.rows_used, file.rows_refused) == (3, 1)
    assert reading.facts["leads"].lead_id.to_pyarrow().to_pylist() == ["A1", "A2", "A3"]
