"""What reading a folder gives, and the account of every file and row of it."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Alike:
    """Refusals of the same value for the same reason, told once: the first `row`, how many."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    fix: str
    times: int


def refused_alike(reading: Reading, most: int) -> tuple[Alike, ...]:
    """Every refusal, those that are alike told once, in the order of the files; the first `most`.

    Without a table of the refusals only those that travel with the report are counted.
    """
    same = ("file", "column", "value", "reason", "fix")
    if reading.refused is None:
        found: dict[tuple[str, ...], list[int]] = {}
        for one in reading.report.refused:
            found.setdefault(tuple(getattr(one, name) for name in same), []).append(one.row)
        told: list[dict[str, Any]] = [
            {**dict(zip(same, k, strict=True)), "row": rows[0], "times": len(rows)}
            for k, rows in found.items()
        ]
    else:
        counted = reading.refused.group_by(*same).agg(
            row=lambda t: t.row.min(), times=lambda t: t.count()
        )
        ordered = counted.order_by("file", "row", "column", "value").limit(most)
        told = ordered.to_pyarrow().to_pylist()
    return tuple(Alike(**one) for one in told[:most])


def cells_not_read(reading: Reading) -> int:
    """How many cells could not be read, each of a row that was kept without it."""
    if reading.refused is None:
        return sum(not one.whole_row for one in reading.report.refused)
    cells = reading.refused.filter(~reading.refused.whole_row)
    return int(cells.count().to_pyarrow().as_py())
