"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): every sheet with rows is a table."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import pyarrow as pa

from onefunnel.connectors.reading.archives import check_workbook
from onefunnel.connectors.reading.header import find_header
from onefunnel.connectors.reading.refusal import FileRefused, clip, plural, quoted_lines, size
from onefunnel.connectors.reading.source import Desk, Source, finding
from onefunnel.connectors.reading.tables import LeftOut, TextTable
from onefunnel.connectors.reading.text_values import as_text, number_text
from onefunnel.connectors.reading.totals import take_total_out
from onefunnel.connectors.reading.writer import RefusedRows, TableWriter
from onefunnel.facts.findings import Finding

_BATCH = 20_000
#: A number that can only have a decimal comma.
_COMMA = re.compile(r"[^\d,]*\d{1,3}((\.\d{3})*|\d*),\d{1,2}[^\d,.]*$")


def read_workbook(source: Source, path: Path, desk: Desk) -> None:
    """Reads every sheet of one workbook; sheets without rows are left out and named."""
    if zipfile.is_zipfile(path):
        check_workbook(path, desk)
    elif path.stat().st_size > desk.limits.workbook:
        raise FileRefused(
            f"has {size(path.stat().st_size)}; {size(desk.limits.workbook)} are allowed",
            "export it as CSV",
        )
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [s.name for s in book.sheets_metadata]
    except (CalamineError, OSError, ValueError) as error:
        raise FileRefused(
            f"cannot be opened as a workbook ({error})", "save it again as .xlsx or as CSV"
        ) from error
    several = len(sheets) > 1
    before = len(desk.tables)
    for name in sheets:
        shown = f"{source.file} [{name}]"
        try:
            sheet = book.get_sheet_by_name(name)
            cells = sheet.height * sheet.width
            if cells > 50_000_000:
                raise FileRefused(
                    f"spans {cells:,} cells", "delete what lies far below or right of the table"
                )
            rows = _as_written(sheet.iter_rows(), _with_commas(sheet.iter_rows()))
            stem = f"{source.stem}.{name}" if several else source.stem
            _read_sheet(replace(source, stem=stem), name, rows, sheet.start, desk)
        except FileRefused as refusal:
            desk.left_out.append(
                LeftOut(shown, refusal.reason, refusal.fix, is_expected=refusal.is_expected)
            )
        except CalamineError as error:
            desk.left_out.append(LeftOut(shown, f"holds no table ({error})", is_expected=True))
    made = desk.tables[before:]
    if several and len(made) == 1:
        desk.tables[before] = replace(
            made[0],
            name=source.stem,
            findings=tuple(replace(f, table=source.stem) for f in made[0].findings),
        )


def _with_commas(rows: Iterator[Sequence[Any]]) -> frozenset[int]:
    """The columns in which people typed numbers with a decimal comma as text."""
    return frozenset(
        place
        for row in rows
        for place, value in enumerate(row)
        if type(value) is str and "," in value and _COMMA.match(value)
    )


def _as_written(rows: Iterator[Sequence[Any]], commas: frozenset[int]) -> Iterator[Sequence[Any]]:
    """The rows; a number among texts with a decimal comma is written as they are.

    A number of a workbook has no sign of its own: as `1117.1` it would be refused in such a column.
    """
    if not commas:
        yield from rows
        return
    for row in rows:
        cells = list(row)
        for place in commas:
            if place < len(cells) and type(cells[place]) is float:
                cells[place] = (number_text(cells[place]) or "").replace(".", ",")
        yield cells


def _cell(value: Any) -> str:
    # Excel keeps a date as a moment: midnight is a date without a time.
    if isinstance(value, datetime) and value.time() == clock():
        return value.date().isoformat()
    return as_text(value) or ""


def _read_sheet(
    source: Source,
    sheet: str,
    rows: Iterator[Sequence[Any]],
    start: tuple[int, int] | None,
    desk: Desk,
) -> None:
    head: list[list[str]] = []
    places: list[int] = []
    top = (start or (0, 0))[0]
    place = top
    for row in rows:
        place += 1
        cells = [_cell(value) for value in row]
        if any(cell.strip() for cell in cells):
            head.append(cells)
            places.append(place)
        if len(head) >= 200:
            break
    if not head:
        raise FileRefused("holds no rows", is_expected=True)
    width = max(_last_filled(cells) for cells in head)
    if width > desk.limits.columns:
        raise FileRefused(
            f"has {width:,} columns; {desk.limits.columns:,} are allowed",
            "export only the columns you need",
        )
    header = find_header([cells[:width] for cells in head], width)
    parquet = desk.new_parquet()
    writer = TableWriter(parquet, header.names)
    refused = RefusedRows(parquet.with_suffix(".refused.parquet"))
    rows_of = _Rows(len(header.names), writer, refused)
    for cells, at in zip(head[header.first :], places[header.first :], strict=True):
        rows_of.add(cells, at)
    for row in rows:
        place += 1
        rows_of.add([_cell(value) for value in row], place)
    rows_of.flush()
    take_total_out(writer, refused, rows=rows_of.count, between="; ")
    writer.close()
    desk.tables.append(
        TextTable(
            name=source.stem,
            file=source.file,
            parquet=parquet,
            columns=header.names,
            rows_in=rows_of.count,
            rows_read=writer.rows,
            refused_rows=refused.count,
            refused=tuple(refused.first),
            refused_parquet=refused.close(),
            findings=tuple(_findings(source.stem, header.above, header.changed, header.place)),
            format="xlsx",
            header_line=places[header.place] if header.place >= 0 else 0,
            title_lines=len(header.above),
            sheet=sheet,
        )
    )


class _Rows:
    """Rows of one sheet on their way to the writer."""

    def __init__(self, width: int, writer: TableWriter, refused: RefusedRows) -> None:
        self.width, self.writer, self.refused = width, writer, refused
        self.count = 0
        self._cells: list[list[str]] = []
        self._numbers: list[int] = []

    def add(self, cells: list[str], line: int) -> None:
        filled = _last_filled(cells)
        if not filled:
            return
        self.count += 1
        if filled > self.width:
            self.refused.add(
                self.count,
                f"has a cell in column {filled}, right of the {self.width} columns of the header",
                "give that column a name, or clear the cell",
                "; ".join(cell for cell in cells if cell),
                line,
            )
            return
        self._cells.append([*cells[: self.width], *[""] * (self.width - len(cells))])
        self._numbers.append(self.count)
        if len(self._cells) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if not self._cells:
            return
        columns = [
            pa.array([cell or None for cell in column], pa.string())
            for column in zip(*self._cells, strict=True)
        ]
        self.writer.write(columns, pa.array(self._numbers, pa.int64()))
        self._cells, self._numbers = [], []


def _last_filled(cells: Sequence[str]) -> int:
    for place in range(len(cells), 0, -1):
        if cells[place - 1].strip():
            return place
    return 0


def _findings(
    table: str, above: tuple[str, ...], changed: tuple[str, ...], place: int
) -> Iterator[Finding]:
    if place < 0:
        yield finding(
            "no-header", table, 1, "has no header row; the columns were numbered",
            fix="add a first row with the names of the columns", weight="warning",
        )  # fmt: skip
    if above:
        yield finding(
            "lines-above", table, len(above),
            f"{plural(len(above), 'row')} above the header left out: {quoted_lines(above)}",
            example=clip(above[0], 80),
        )  # fmt: skip
    if changed:
        yield finding(
            "header-names", table, len(changed),
            f"{plural(len(changed), 'column name')} empty, double or unprintable, changed",
            example=changed[0], fix="give every column a name of its own",
        )  # fmt: skip
