"""What reading a folder of untrusted files gives: all-text tables, and what was not read and why.

The reader itself is `onefunnel.connectors.reading.read.read_tables`:

    read_tables(path: Path, *, scratch: Path, limits: Limits = Limits(),
                progress: Progress | None = None, stop: Stop | None = None) -> Tables
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onefunnel.connectors.values.blanks import Tidy
from onefunnel.facts.findings import Finding

MIB = 1 << 20

#: Called with (bytes done, bytes in all, name of the file being read).
Progress = Callable[[int, int, str], None]
#: Asked now and then; True stops the reading and `read_tables` raises `ReadingStopped`.
Stop = Callable[[], bool]


class ReadingStopped(Exception):
    """The person (or the worker) asked to stop; nothing of what was read is kept."""


@dataclass(frozen=True)
class Limits:
    """How much one untrusted file may cost before it is refused. Sizes in bytes, times in s.

    `memory` is the address space of the child process. `unpacked` and `ratio` hold for what a
    .zip or .gz may unpack to; `workbook` for the sheets of one .xlsx, which must fit in memory.
    A file may use `seconds` plus one second for each `bytes_per_second` of its size.
    """

    memory: int = 3072 * MIB
    seconds: float = 30.0
    bytes_per_second: int = 1 * MIB
    file: int = 8192 * MIB
    unpacked: int = 8192 * MIB
    ratio: int = 100
    workbook: int = 200 * MIB
    files: int = 2000
    columns: int = 4096
    cell: int = 1 * MIB
    record: int = 16 * MIB
    depth: int = 64


@dataclass(frozen=True)
class RefusedRow:
    """One source row that could not be read.

    `row` counts data rows from 1 (as `_row` does), `line` is the line of the file where the row
    begins (0 where the format has no lines); `text` is the raw row, clipped.
    """

    row: int
    reason: str
    fix: str
    text: str
    line: int = 0


@dataclass(frozen=True)
class TextTable:
    """One table of one file as text: every column VARCHAR, an empty cell NULL.

    `parquet` holds `columns` and, last, `_row` (BIGINT): the row's place among the data rows of
    the source, from 1; refused rows keep their number, so numbers may have gaps. Blank rows
    are no rows: they are counted in a finding and not numbered. `rows_in` = `rows_read` +
    `refused_rows`, always. `refused` holds the first 1,000 refused rows; where there are more,
    `refused_parquet` has them all (row, line, reason, fix, text).
    `file` is the path below the folder that was read (`archive.zip/part.csv` inside an archive),
    `sheet` the sheet of a workbook, `title_lines` the filled lines above the header, which are no
    rows of data and not in `rows_in`. `format`: csv, xlsx, parquet, json, xes. `tidy` says of a
    column how clean its cells are known to be (`values.blanks.Tidy`); nothing is known of others.
    """

    name: str
    file: str
    parquet: Path
    columns: tuple[str, ...]
    rows_in: int
    rows_read: int
    refused_rows: int = 0
    refused: tuple[RefusedRow, ...] = ()
    refused_parquet: Path | None = None
    findings: tuple[Finding, ...] = ()
    format: str = "csv"
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    header_line: int = 0
    title_lines: int = 0
    sheet: str = ""
    tidy: Mapping[str, Tidy] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """What people call it: the file, and its sheet where the workbook has several tables."""
        is_one_of_several = self.sheet and self.name.endswith(f".{self.sheet}")
        return f"{self.file}, sheet {self.sheet}" if is_one_of_several else self.file


@dataclass(frozen=True)
class LeftOut:
    """A file (or sheet) that gave no table, the reason, and what to do.

    `is_expected` is True for files nobody wants read (a licence, a picture); False where a
    person should look (an empty export, a refused or damaged file).
    """

    file: str
    reason: str
    fix: str = ""
    is_expected: bool = True


@dataclass(frozen=True)
class Tables:
    """Everything that was read of one folder, file or archive, in name order."""

    tables: tuple[TextTable, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def table(self, name: str) -> TextTable:
        """The table of that name; KeyError naming those there are."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(f"no table {name!r}; there are {', '.join(t.name for t in self.tables)}")
