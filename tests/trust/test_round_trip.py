"""T16: what is written as CSV is read back as it was, in any encoding and with any delimiter."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefunnel.connectors.reading.one_file import read_file
from onefunnel.connectors.reading.source import Desk
from onefunnel.connectors.reading.tables import Limits
from onefunnel.measures.as_csv import as_csv

Row = tuple[str, ...]

#: Words of people who save in each encoding; what they write is what tells the encoding.
WORDS = {
    "utf-8": ("Zoë", "Łódź", "Иван", "北京", "🙂", "naïve"),
    "utf-8-sig": ("Zoë", "Łódź", "Иван", "北京", "🙂", "naïve"),
    "utf-16": ("Zoë", "Łódź", "Иван", "北京", "🙂", "naïve"),
    "cp1252": ("Müller", "Größe", "España", "façade", "£ 5", "Straße"),
    "cp1250": ("Łódź", "Kraków", "Gdańsk", "Wrocław", "Częstochowa", "Święto"),
    "cp1251": ("Иван", "Москва", "Казань", "Продажи", "Встреча", "Отказ"),
}
DELIMITERS = (",", ";", "\t", "|")
#: Names and values that a spreadsheet would run, or that look like part of the file's shape.
TRICKY = (
    "=1+1", "=cmd|' /C calc'!A0", "=SUM(A1:A9)", "+44 20 7946 0958", "-5", "-1.000,50", "@home",
    "1.000,50", "1,000.50", "007", "1e5", "NaN", "true", "2026-01-02", "O'Neil", "'quoted'",
    'say "hi"', '"', '""', "a,b", "a;b", "a|b", "a\tb", "two\nlines", "=\n=", "\\", "\\N", "#N/A",
    " before", "after ", "sep=;", "Total", "null", "<b>", "a:b", "x" * 300,
)  # fmt: skip
NAMES = ("id", "Name", "=stage", "Created", "+when", "@who",
         "-sum", "note, long", 'the "why"', "a|b;c")  # fmt: skip


@pytest.fixture(scope="module")
def desk_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def tables(encoding: str) -> st.SearchStrategy[tuple[Row, list[Row]]]:
    """A header and rows; the first column is a key, so that no row is blank."""
    ascii_text = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)
    cell = st.one_of(
        st.sampled_from(TRICKY), st.sampled_from(WORDS[encoding]), ascii_text, st.just("")
    )

    def rows(width: int) -> st.SearchStrategy[list[Row]]:
        row = st.tuples(*[cell] * (width - 1))
        return st.lists(row, min_size=1, max_size=12).map(
            # every file holds words enough to tell its encoding by
            lambda made: [(f"K{n} {WORDS[encoding][n % 6]}", *row) for n, row in enumerate(made)]
        )

    return st.integers(2, 7).flatmap(
        lambda width: st.tuples(
            st.permutations(NAMES).map(lambda names: ("key", *names[: width - 1])), rows(width)
        )
    )


def written(names: Row, rows: list[Row], delimiter: str, encoding: str) -> bytes:
    if delimiter == ",":
        text = as_csv([dict(zip(names, row, strict=True)) for row in rows], names)
    else:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
        writer.writerows([names, *rows])
        text = out.getvalue()
    return text.encode(encoding)


def read_back(folder: Path, data: bytes) -> tuple[Row, list[Row], str]:
    path = folder / "table.csv"
    path.write_bytes(data)
    desk = Desk(folder, Limits())
    read_file(path, path.name, "table", desk)
    assert not desk.left_out, desk.left_out
    (table,) = desk.tables
    assert not table.refused, table.refused
    read = pq.read_table(table.parquet).drop_columns("_row")
    values = [column.to_pylist() for column in read.columns]
    rows = [tuple(cell or "" for cell in row) for row in zip(*values, strict=True)]
    return table.columns, rows, f"{table.encoding} {table.delimiter!r}"


@pytest.mark.slow
@pytest.mark.parametrize("encoding", WORDS)
def test_what_is_written_comes_back(encoding: str, desk_folder: Path) -> None:
    """2,000 tables over six encodings and four delimiters (`make nightly`: 10,000)."""
    examples = int(os.environ.get("ONEFUNNEL_EXAMPLES", "200")) * 10 // 6 + 1

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tables(encoding), st.sampled_from(DELIMITERS))
    def comes_back(table: tuple[Row, list[Row]], delimiter: str) -> None:
        names, rows = table
        got_names, got_rows, shape = read_back(
            desk_folder, written(names, rows, delimiter, encoding)
        )
        assert got_names == names, shape
        assert got_rows == rows, shape

    comes_back()


def test_what_is_written_for_spreadsheets_has_one_apostrophe_more(desk_folder: Path) -> None:
    rows = [("K1", cell) for cell in TRICKY]
    names = ("key", "=stage")
    text = as_csv(
        [dict(zip(names, row, strict=True)) for row in rows], names, for_spreadsheets=True
    )
    _, got, _ = read_back(desk_folder, text.encode())
    for (_, before), (_, after) in zip(rows, got, strict=True):
        assert after in (before, "'" + before)
        assert not after.startswith(("=", "@"))
