"""How the tests read one file without a child process, and look at what came of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from onefunnel.connectors.reading.one_file import read_file
from onefunnel.connectors.reading.source import Desk
from onefunnel.connectors.reading.tables import Limits, TextTable


def at_the_desk(
    folder: Path, name: str, data: bytes, *, is_fast: bool = True, limits: Limits | None = None
) -> Desk:
    """The desk after reading a file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    desk = Desk(scratch, limits or Limits(), is_fast=is_fast)
    read_file(path, name, path.name.split(".")[0], desk)
    return desk


def the_table(folder: Path, name: str, data: bytes | str) -> TextTable:
    """The only table of a file."""
    desk = at_the_desk(folder, name, data.encode() if isinstance(data, str) else data)
    assert len(desk.tables) == 1, desk.left_out
    return desk.tables[0]


def rows(table: TextTable) -> list[tuple[object, ...]]:
    """Every row: its cells, then its number."""
    read = pq.read_table(table.parquet)
    assert read.column_names == [*table.columns, "_row"]
    return list(zip(*(column.to_pylist() for column in read.columns), strict=True))


def kinds(table: TextTable) -> set[str]:
    """The kinds of findings of a table."""
    return {found.kind for found in table.findings}
