"""T15: ten thousand bad CSVs. Never a traceback; rows in = read + refused; refusals explained."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from onefunnel.connectors.reading.one_file import read_file
from onefunnel.connectors.reading.read import read_tables
from onefunnel.connectors.reading.source import Desk
from onefunnel.connectors.reading.tables import LeftOut, Limits, TextTable

WORDS = (
    "Ann", "Zoë", "Łódź", "Иван", "O'Neil", "1.000,50", "1,000.50", "NaN", "1e999", "-0", "NULL",
    "2024-02-30", "31/12/2024", "=1+1", "@cmd", "+49 30 1", "a@b.com", "x" * 300, "🙂", "true",
    '"', '""', '"open', 'mid"dle', '"a"b', '"a,b"', '"a;b"', '"l1\nl2"', '"l1\r\nl2"', "'q'",
    "\\", '\\"', "a\\,b", "\t", " ", "", "", "\u2028", "\u00a0", "a,b", "a;b", "total",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "cp1250", "cp1251", "latin-1", "utf-16", "utf-16-le")
DELIMITERS = (",", ";", "\t", "|", ", ", "  ", ":")


def bad_csv(seed: int) -> tuple[str, bytes]:
    """A name and the bytes of one generated bad file."""
    pick = random.Random(seed)
    delimiter, end = pick.choice(DELIMITERS), pick.choice(("\n", "\r\n", "\r", "\n\n", "\n\r"))
    width = pick.choice((1, 2, 3, 5, 8, pick.randint(1, 40)))
    if seed % 500 == 0:
        width = 5_000
    lines = [delimiter.join(f"col {n}" for n in range(width))]
    lines = lines * pick.choice((0, 1, 1, 1, 2))
    for _ in range(pick.randint(0, 2 if width > 100 else 25)):
        cells = width if pick.random() < 0.8 else pick.randint(0, width * 2)
        lines.append(delimiter.join(pick.choice(WORDS) for _ in range(cells)))
    if pick.random() < 0.2:
        lines.insert(0, pick.choice(("sep=;", "Report of May", "# comment", "", "\ufeff")))
    data = end.join(lines).encode(pick.choice(ENCODINGS), errors="replace")
    return f"{seed}.{pick.choice(('csv', 'csv', 'csv', 'tsv', 'txt'))}", _damaged(data, pick)


def _damaged(data: bytes, pick: random.Random) -> bytes:
    """The bytes after some of the accidents that befall files."""
    spoiled = bytearray(data)
    for _ in range(pick.choice((0, 0, 1, 1, 3, 20))):
        if not spoiled:
            break
        place = pick.randrange(len(spoiled))
        accident = pick.randrange(6)
        if accident == 0:
            spoiled[place] = pick.randrange(256)
        elif accident == 1:
            spoiled[place:place] = bytes(
                pick.choice((0, 0x22, 0x0D, 0x0A, 0x1A, 0xFF, 0xE9)) for _ in "12"
            )
        elif accident == 2:
            del spoiled[place:]
        elif accident == 3:
            spoiled[place:place] = pick.choice((b"\xef\xbb\xbf", b"\xc3", b"\xf0\x9f", b"\x80\x99"))
        elif accident == 4:
            spoiled += spoiled[place : place + 50]
        else:
            spoiled[place : place + 1] = b"\0" * pick.choice((1, 3, 40))
    return bytes(spoiled)


def check(tables: list[TextTable], left_out: list[LeftOut]) -> tuple[int, int]:
    """What must hold of every answer; gives the rows read and refused."""
    assert tables or left_out
    for left in left_out:
        assert left.reason
        assert "makers of onefunnel" not in left.fix, left
        assert left.is_expected or left.fix or "empty" in left.reason, left
    read = refused = 0
    for table in tables:
        file = pq.ParquetFile(table.parquet)
        assert file.metadata.num_rows == table.rows_read
        assert table.rows_in == table.rows_read + table.refused_rows
        assert len(table.refused) == min(table.refused_rows, 1_000)
        numbers = file.read(["_row"]).column(0).to_pylist()
        numbers += [row.row for row in table.refused]
        assert sorted(numbers) == list(range(1, table.rows_in + 1))
        assert len({name.lower() for name in table.columns}) == len(table.columns) > 0
        for row in table.refused:
            assert row.line > 0 or row.reason.startswith("is a total line")
            assert row.reason
            assert row.fix
        read += table.rows_read
        refused += table.refused_rows
    return read, refused


@pytest.mark.slow
def test_ten_thousand_bad_files_are_read_or_refused_in_words(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    read = refused = left = 0
    for seed in range(10_000):
        name, data = bad_csv(seed)
        path = tmp_path / name
        path.write_bytes(data)
        desk = Desk(scratch, Limits())
        read_file(path, name, "t", desk)
        more, bad = check(desk.tables, desk.left_out)
        read, refused, left = read + more, refused + bad, left + len(desk.left_out)
        path.unlink()
    # The files are bad, but most of their rows are not; a reader that refuses all would pass.
    assert read > 30_000
    assert refused > 10_000
    assert 0 < left < 3_000


def test_three_hundred_bad_files_through_the_child(tmp_path: Path) -> None:
    folder, scratch = tmp_path / "files", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    for seed in range(20_000, 20_300):
        name, data = bad_csv(seed)
        (folder / name).write_bytes(data)
    found = read_tables(folder, scratch=scratch)
    read, _ = check(list(found.tables), list(found.left_out))
    assert read > 500
    files = {table.file for table in found.tables} | {left.file for left in found.left_out}
    assert len(files) == 300
