"""The fast way and the careful way of reading delimited text give the same answer, row by row."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from onefunnel.connectors.reading import delimited, delimited_rows
from onefunnel.connectors.reading.tables import Limits

from .at_the_desk import at_the_desk, rows

CELLS = [
    "",
    "a",
    "Zoë",
    "x y",
    '"q"',
    '"a,b"',
    '"l1\nl2"',
    '"say ""hi"""',
    '""',
    '"c\r\nd"',
    "-1.5",
]
ODD = ['5" pipe', '"open', 'a"b"', '"x" y', '"a""', "\0", " ", '"t,', '""""', '"\n', "\r"]
LIMITS = Limits(cell=400, record=4_000)


def _file(seed: int) -> bytes:
    """A file of 2-5 columns whose rows are mostly well formed."""
    pick = random.Random(seed)
    width = pick.randint(1, 5)
    mess = pick.choice([0.0, 0.0, 0.002, 0.02, 0.2])
    end = pick.choice(["\n", "\n", "\r\n", "\r"])
    lines = [",".join(f"col{n}" for n in range(width))]
    for _ in range(pick.randint(0, 120)):
        cells = [
            pick.choice(ODD) if pick.random() < mess else pick.choice(CELLS) for _ in range(width)
        ]
        if pick.random() < mess:
            cells = cells[: pick.randint(0, width)] + [""] * pick.randint(0, 2)
        lines.append(",".join(cells))
    return (end.join(lines) + (end if pick.random() < 0.7 else "")).encode()


def _answer(folder: Path, data: bytes, *, is_fast: bool) -> object:
    desk = at_the_desk(folder, "a.csv", data, is_fast=is_fast, limits=LIMITS)
    if not desk.tables:
        return [left.reason for left in desk.left_out]
    (table,) = desk.tables
    assert table.rows_in == table.rows_read + table.refused_rows
    return (
        table.columns,
        table.rows_in,
        rows(table),
        table.refused,
        [(found.kind, found.count, found.what) for found in table.findings],
    )


@pytest.mark.parametrize("block", [64, 1_000, 1 << 20])
def test_both_ways_agree_on_generated_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    # Small blocks put the edges of blocks into every place of a record.
    monkeypatch.setattr(delimited, "_BLOCK", block)
    monkeypatch.setattr(delimited, "_HEAD", max(block, 2_000))
    monkeypatch.setattr(delimited_rows, "_SMALL", 256)
    for seed in range(250):
        data = _file(seed)
        fast, careful = (_answer(tmp_path, data, is_fast=way) for way in (True, False))
        assert fast == careful, seed


def test_the_fast_way_is_taken_where_it_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow: list[int] = []
    careful = delimited_rows.DelimitedRows._careful

    def counted(self: object, data: bytes, *, is_end: bool) -> bytes:
        slow.append(len(data))
        return careful(self, data, is_end=is_end)  # type: ignore[arg-type]

    monkeypatch.setattr(delimited_rows.DelimitedRows, "_careful", counted)
    line = '{n},"a, ""b""\nc",plain\n'
    data = ("id,note,x\n" + "".join(line.format(n=n) for n in range(20_000))).encode()
    desk = at_the_desk(tmp_path, "a.csv", data)
    assert desk.tables[0].rows_read == 20_000
    assert sum(slow) == 0
    one_bad = data.replace(b"9999,", b"9999,extra,", 1)
    desk = at_the_desk(tmp_path, "a.csv", one_bad)
    assert (desk.tables[0].rows_read, desk.tables[0].refused[0].row) == (19_999, 10_000)
    assert sum(slow) < 200_000
