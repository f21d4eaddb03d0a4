"""What reading a folder gives, and the account of every file and row of it."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onefunnel.connectors.mapping_parts import Mapping
from onefunnel.facts.store import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Refused:
    """One cell or row that could not be used: where, what it says, why not, what to do.

    `row` counts the data rows of `file` from 1. With `whole_row` the row made no fact of `table`;
    otherwise only this cell is missing from it.
    """

    file: str
    row: int
    table: str
    column: str
    value: str
    reason: str
    fix: str
    whole_row: bool


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `rows_in` = `rows_used` + `rows_skipped` + `rows_refused`.

    `used_as` names the standard tables it made, or "lookup", or nothing when it was left out (see
    `reason`). A row is used when it made a fact, refused when it was bad and made none, skipped
    otherwise; `skipped_because` counts the skipped by reason. Lines of a title above the header
    are among the rows in, and skipped. `columns_left_out` says why a
    column is not used; `columns_used` are the others.
    """

    name: str
    rows_in: int = 0
    rows_used: int = 0
    rows_skipped: int = 0
    rows_refused: int = 0
    used_as: tuple[str, ...] = ()
    reason: str = ""
    skipped_because: Map[str, int] = field(default_factory=dict)
    columns_used: tuple[str, ...] = ()
    columns_left_out: Map[str, str] = field(default_factory=dict)
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class ReadReport:
    """The account of a reading. Facts name their file by its place in `files` (`_file`).

    `refused` holds the first thousand refusals; `refused_count` says how many there are (all of
    them are in `Reading.refused`).
    """

    files: tuple[FileReport, ...]
    refused: tuple[Refused, ...] = ()
    refused_count: int = 0
    notes: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        return sum(file.rows_in for file in self.files)


@dataclass(frozen=True)
class Reading:
    """Facts, the mapping that made them (edit it and read again), and the report.

    `refused` is an Ibis table with the fields of `Refused`: every cell and row that was refused.
    """

    facts: Facts
    mapping: Mapping
    report: ReadReport
    refused: ir.Table | None = field(default=None, repr=False)
