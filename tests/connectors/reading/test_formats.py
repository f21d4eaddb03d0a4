"""Workbooks, Parquet, JSON and XES: exact text, every sheet a table, every bad record named."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import random
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from .at_the_desk import at_the_desk, kinds, rows, the_table


def _workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_keeps_numbers_and_dates_as_people_wrote_them(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["Id", "Amount", "On", "At", "Won", "Name"],
        [5, 1117.1, dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 9, 30), True, "Zoë"],
        [10**12, 0.1, None, None, False, None],
    ]
    table = the_table(tmp_path, "book.xlsx", _workbook({"Deals": lines}))
    assert table.name == "book"
    assert table.sheet == "Deals"
    assert rows(table) == [
        ("5", "1117.1", "2024-03-01", "2024-03-01 09:30:00", "true", "Zoë", 1),
        ("1000000000000", "0.1", None, None, "false", None, 2),
    ]


def test_every_sheet_with_rows_is_a_table(tmp_path: Path) -> None:
    data = _workbook(
        {
            "Leads": [["Report of May"], [], ["Id", "Name"], [1, "Ann"], [], [2, "Bob"]],
            "Empty": [],
            "Deals": [["Id", "Lead"], [1, 1, "a note on the side"], [2, 2]],
        }
    )
    desk = at_the_desk(tmp_path, "book.xlsx", data)
    leads, deals = desk.tables
    assert [leads.name, deals.name] == ["book.Leads", "book.Deals"]
    assert rows(leads) == [("1", "Ann", 1), ("2", "Bob", 2)]
    assert "lines-above" in kinds(leads)
    assert (deals.rows_in, deals.rows_read, deals.refused[0].row) == (2, 1, 1)
    assert "right of the 2 columns" in deals.refused[0].reason
    assert [left.file for left in desk.left_out] == ["book.xlsx [Empty]"]


def test_parquet_keeps_every_digit(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2]),
            "key": pa.array([5.0, None]),
            "share": pa.array([0.1, 1e-7]),
            "price": pa.array([Decimal("10.50"), None]),
            "at": pa.array([dt.datetime(2024, 1, 2, 3, 4, 5), None], pa.timestamp("ns")),
            "zoned": pa.array([dt.datetime(2024, 1, 2, tzinfo=dt.UTC), None]),
            "tags": pa.array([["a", "b"], None]),
            "kind": pa.array(["x", ""]).dictionary_encode(),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    assert rows(the_table(tmp_path, "a.parquet", out.getvalue())) == [
        ("1", "5", "0.1", "10.50", "2024-01-02 03:04:05", "2024-01-02 00:00:00+00:00",
         '["a", "b"]', "x", 1),
        ("2", None, "0.0000001", None, None, None, None, None, 2),
    ]  # fmt: skip


def test_json_lines_keep_digits_and_name_bad_lines(tmp_path: Path) -> None:
    text = (
        '{"id": 1, "amount": 10.50, "who": {"name": "Zoë", "tags": []}}\n'
        "not json\n[1]\n\n"
        '{"id": 12345678901234567890, "late": true, "none": null}\n'
    )
    table = the_table(tmp_path, "a.jsonl", text)
    assert table.columns == ("id", "amount", "who.name", "who.tags", "late", "none")
    assert rows(table) == [
        ("1", "10.50", "Zoë", None, None, None, 1),
        ("12345678901234567890", None, None, None, "true", None, 4),
    ]
    assert [(r.row, r.line) for r in table.refused] == [(2, 2), (3, 3)]
    assert table.rows_in == 4


def test_a_json_list_alone_or_inside_an_object(tmp_path: Path) -> None:
    records = [{"id": n, "text": 'a "b" ]}, \\'} for n in range(3)]
    expected = [(str(n), 'a "b" ]}, \\', n + 1) for n in range(3)]
    for value in (records, {"total": 3, "next": [], "results": records}):
        for text in (json.dumps(value), json.dumps(value, indent=2)):
            assert rows(the_table(tmp_path, "a.json", text)) == expected


def test_one_json_object_is_no_table(tmp_path: Path) -> None:
    desk = at_the_desk(tmp_path, "a.json", b'{\n "name": "settings",\n "on": true\n}\n')
    assert desk.tables == []
    assert desk.left_out[0].is_expected


def test_xes_gives_one_row_an_event(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">
    <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
    <trace><string key="concept:name" value="c1"/>
      <event><string key="concept:name" value="Open"/><date key="time:timestamp"
        value="2024-01-01T10:00:00.000+01:00"/></event>
      <event><string key="concept:name" value="Close &amp; go"/><int key="n" value="3"/></event>
    </trace><trace><string key="concept:name" value="c2"/></trace></log>"""
    table = the_table(tmp_path, "a.xes", text)
    assert table.columns == ("case:concept:name", "concept:name", "time:timestamp", "n")
    assert rows(table) == [
        ("c1", "Open", "2024-01-01T10:00:00.000+01:00", None, 1),
        ("c1", "Close & go", None, "3", 2),
    ]
    assert kinds(table) == {"cases-without-events"}


def test_archives(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("in/leads.csv", "id,name\n1,Ann\n")
        archive.writestr("in/README.txt", "about")
        archive.writestr("__MACOSX/in/._leads.csv", b"\0\1")
        archive.writestr("deals.xlsx", _workbook({"S": [["a", "b"], [1, 2]]}))
    desk = at_the_desk(tmp_path, "all.zip", out.getvalue())
    assert [t.file for t in desk.tables] == ["all.zip/deals.xlsx", "all.zip/in/leads.csv"]
    assert len(desk.left_out) == 2
    assert all(left.is_expected for left in desk.left_out)
    packed = the_table(tmp_path, "leads.csv.gz", gzip.compress(b"id,name\n1,Ann\n"))
    assert rows(packed) == [("1", "Ann", 1)]


def test_a_file_is_what_its_bytes_say(tmp_path: Path) -> None:
    assert rows(the_table(tmp_path, "export.xls", "id\tname\n1\tAnn\n")) == [("1", "Ann", 1)]
    page = at_the_desk(tmp_path, "page.xls", b"<html><table><tr><td>1</td></tr></table></html>")
    assert "web page" in page.left_out[0].reason
    picture = at_the_desk(tmp_path, "leads.csv", b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert picture.left_out[0].reason == "is a picture, not a table"


def test_bytes_that_are_no_text_are_left_out_and_texts_with_stray_ones_are_not(
    tmp_path: Path,
) -> None:
    binary = at_the_desk(tmp_path, "binary.csv", random.Random(7).randbytes(5_000))
    assert [one.reason for one in binary.left_out] == ["is no text, whatever its name says"]
    lines = [b"%d;a\x02b%s\n" % (n, b"\0" if n % 20 == 0 else b"") for n in range(200)]
    stray = b"id;name\n" + b"".join(lines)
    assert len(rows(the_table(tmp_path, "stray.csv", stray))) == 200
    wide = "id;name\n1;Łódź\n".encode("utf-16-le")
    assert rows(the_table(tmp_path, "wide.csv", wide)) == [("1", "Łódź", 1)]


def test_numbers_among_texts_with_a_decimal_comma_are_written_as_they_are(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["Id", "Betrag", "Menge"], [1, "1.234,56", 2.5], [2, 31445.14, 3], [3, 7, "viel"],
        [4, "€ 12,5", 0.25],
    ]  # fmt: skip
    table = the_table(tmp_path, "book.xlsx", _workbook({"Deals": lines}))
    assert [row[1] for row in rows(table)] == ["1.234,56", "31445,14", "7", "€ 12,5"]
    assert [row[2] for row in rows(table)] == ["2.5", "3", "viel", "0.25"]
