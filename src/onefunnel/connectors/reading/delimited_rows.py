"""Blocks of delimited text to rows, fast where that is safe.

The file goes by in blocks of UTF-8. What vectors show to be well formed is parsed by Arrow;
whatever Arrow or the vectors are not sure of goes record by record through `records`. Both give
the same rows, numbers and refusals (tests/connectors/reading/test_delimited_ways.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from onefunnel.connectors.reading.dialect import Shape
from onefunnel.connectors.reading.encodings import UTF8
from onefunnel.connectors.reading.header import Header
from onefunnel.connectors.reading.records import BLANK, Dialect, Record, records
from onefunnel.connectors.reading.refusal import FileRefused, plural, size
from onefunnel.connectors.reading.source import Desk
from onefunnel.connectors.reading.wellformed import Prefix, well_formed
from onefunnel.connectors.reading.writer import RefusedRows, TableWriter

_SMALL = 64 << 10
#: After so many refused rows it is asked whether the file is a table at all.
_LOOK_EVERY = 20_000
#: A row this wide may lack its last cell; in narrower files a short row is a torn one.
_WIDE_ENOUGH = 3
_QUOTE_FIX = "close the quote, or double each quote that belongs to the text"


@dataclass
class Tally:
    """What was counted while reading: rows numbered so far, lines passed, things noticed."""

    rows: int = 0
    lines: int = 0
    blank: int = 0
    stray_quotes: int = 0
    surplus: int = 0
    short: int = 0
    examples: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How the file is written: `width` is the commonest number of cells, `header` the columns."""

    shape: Shape
    header: Header
    header_line: int
    data_starts: int
    lines_before: int

    @property
    def dialect(self) -> Dialect:
        return self.shape.dialect


class DelimitedRows:
    """Turns blocks of UTF-8 into rows of a table and refused rows."""

    def __init__(
        self, layout: Layout, writer: TableWriter, refused: RefusedRows, desk: Desk
    ) -> None:
        self.layout, self.writer, self.refused = layout, writer, refused
        self.limits = desk.limits
        self.width = len(layout.header.names)
        self.parsed_width = max(layout.shape.width, self.width)
        dialect = layout.dialect
        self.is_fast = desk.is_fast and dialect.delimiter != " "
        self.escaped_quote = (dialect.escape + dialect.quote).encode() if dialect.escape else b""
        self.tally = Tally(lines=layout.lines_before)
        names = [f"c{place}" for place in range(self.parsed_width)]
        self._names = names
        self._parse = arrow_csv.ParseOptions(
            delimiter=dialect.delimiter if dialect.delimiter != " " else "\t",
            quote_char=dialect.quote or False,
            double_quote=True,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=True,
        )
        self._convert = arrow_csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )

    def take(self, data: bytes, *, is_end: bool) -> bytes:
        """Reads the whole records at the start of `data`; gives back what is left for later."""
        if self.is_fast and not (self.escaped_quote and self.escaped_quote in data):
            prefix = well_formed(data, self.layout.dialect, is_end=is_end)
            if prefix.end:
                self._fast(data[: prefix.end], prefix)
                data = data[prefix.end :]
            if not data or not (prefix.is_doubtful or is_end or len(data) > self.limits.cell):
                return data
        return self._careful(data, is_end=is_end)

    def _careful(self, data: bytes, *, is_end: bool) -> bytes:
        text = data.decode(UTF8)
        read: list[list[str]] = []
        numbers: list[int] = []
        position = 0
        for record in records(text, self.layout.dialect, final=is_end, longest=self.limits.cell):
            position = record.end
            cells = self._cells(record, text)
            self.tally.lines += record.lines
            if cells is not None:
                read.append(cells)
                numbers.append(self.tally.rows)
        if read:
            columns = [
                pa.array([cell or None for cell in column], pa.string())
                for column in zip(*read, strict=True)
            ]
            self.writer.write(columns, pa.array(numbers, pa.int64()))
        left = text[position:].encode(UTF8)
        if len(left) > self.limits.record:
            raise FileRefused(
                f"line {self.tally.lines + 1:,} runs on for more than {size(self.limits.record)} "
                "without an end, so this is not a table",
                "export it again as CSV with one record a line",
            )
        return left

    def _cells(self, record: Record, text: str) -> list[str] | None:
        """The cells of one data row; None where it is blank or refused. Counts either way."""
        cells, tally = record.cells, self.tally
        if record.problem:
            tally.rows += 1
            self._refuse(record, text, record.problem, _QUOTE_FIX)
            return None
        if not any(cells) or (len(cells) == 1 and not cells[0].strip(BLANK)):
            # A line without a single character is not even a blank row.
            if text[record.start : record.end].rstrip("\r\n"):
                tally.blank += 1
            return None
        tally.rows += 1
        if len(cells) == self.width - 1 >= _WIDE_ENOUGH:
            # Some exporters drop the delimiter of an empty last cell.
            tally.short += 1
            tally.examples.setdefault("short", text[record.start : record.end])
            cells = [*cells, ""]
        if len(cells) != self.width:
            if len(cells) < self.width or any(cells[self.width :]):
                reason = f"has {plural(len(cells), 'cell')} where the header has {self.width}"
                more = len(cells) > self.width
                fix = (
                    "put the cell that holds a delimiter in quotes, or take the extra cell away"
                    if more
                    else "fill the missing cells (empty ones need their delimiter too)"
                )
                self._refuse(record, text, reason, fix)
                return None
            tally.surplus += 1
            cells = cells[: self.width]
        if max(map(len, cells)) > self.limits.cell:
            longest = max(map(len, cells))
            self._refuse(
                record,
                text,
                f"has a cell of {longest:,} characters; {self.limits.cell:,} are allowed",
                "shorten the cell",
            )
            return None
        if record.stray_quotes:
            tally.stray_quotes += 1
            tally.examples.setdefault("stray", text[record.start : record.end])
        return cells

    def _refuse(self, record: Record, text: str, reason: str, fix: str) -> None:
        raw = text[record.start : min(record.end, record.start + 2_000)].rstrip("\r\n")
        self.refused.add(self.tally.rows, reason, fix, raw, self.tally.lines + 1)
        count = self.refused.count
        if count % _LOOK_EVERY == 0 and count > 0.9 * self.tally.rows:
            raise FileRefused(
                f"is no table: {count:,} of its first {self.tally.rows:,} rows cannot be read "
                f"(row {self.tally.rows:,} {reason})",
                "look at the file in a text editor and export it again as CSV",
            )

    def _fast(self, data: bytes, prefix: Prefix) -> None:
        """Parses well-formed records with Arrow; halves them where some row is uneven."""
        table = self._arrow(data)
        if table is not None:
            self._keep(table, data)
            return
        cut = prefix.cut_near(data, len(data) // 2) if len(data) > _SMALL else 0
        if not cut:
            self._careful(data, is_end=True)
            return
        self._fast(data[:cut], prefix.part(0, cut))
        self._fast(data[cut:], prefix.part(cut, len(data)))

    def _arrow(self, data: bytes) -> pa.Table | None:
        """The block as Arrow reads it, None where a careful look is needed."""
        read = arrow_csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=self._names
        )
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                read_options=read,
                parse_options=self._parse,
                convert_options=self._convert,
            )
        except pa.ArrowInvalid:
            return None
        if table.num_columns != self.parsed_width:
            return None
        for place, column in enumerate(table.columns):
            if place >= self.width and column.null_count < table.num_rows:
                return None
            if column.nbytes > self.limits.cell // 4 and _longest(column) > self.limits.cell // 4:
                return None
        return table

    def _keep(self, table: pa.Table, data: bytes) -> None:
        columns = table.columns[: self.width]
        rows = table.num_rows
        self.tally.surplus += rows if len(table.columns) > self.width else 0
        blank = _blank(columns, is_single=self.parsed_width == 1)
        if blank is not None:
            keep = pc.invert(blank)
            columns = [column.filter(keep) for column in columns]
            dropped = rows - len(columns[0])
            self.tally.blank += dropped
            if len(table.columns) > self.width:
                self.tally.surplus -= dropped
            rows -= dropped
        if rows:
            first = self.tally.rows + 1
            numbers = pa.array(np.arange(first, first + rows, dtype=np.int64))
            self.writer.write(columns, numbers)
            self.tally.rows += rows
        self.tally.lines += _lines(data)


def _longest(column: pa.ChunkedArray) -> int:
    return int(pc.max(pc.binary_length(column)).as_py() or 0)


def _blank(columns: list[pa.ChunkedArray], *, is_single: bool) -> pa.ChunkedArray | None:
    """Which rows have no cell with text; None where every row has one."""
    if is_single:
        blank = pc.fill_null(
            pc.equal(pc.utf8_length(pc.utf8_trim(columns[0], characters=BLANK)), 0), True
        )
        return blank if pc.any(blank).as_py() else None
    if any(column.null_count == 0 for column in columns):
        return None
    blank = columns[0].is_null()
    for column in columns[1:]:
        blank = pc.and_(blank, column.is_null())
        if not pc.any(blank).as_py():
            return None
    return blank


def _lines(data: bytes) -> int:
    lines = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == 10))
    if b"\r" in data:
        lines += data.count(b"\r") - data.count(b"\r\n")
    return lines if data.endswith((b"\n", b"\r")) or not data else lines + 1
