"""A table whose columns become known row by row (JSON, XES): evened out at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from onefunnel.connectors.reading.header import unique_names
from onefunnel.connectors.reading.refusal import FileRefused
from onefunnel.connectors.reading.tables import Limits
from onefunnel.connectors.reading.writer import TableWriter

_BATCH = 20_000


class GrowingTable:
    """Takes rows as name -> text and gives one all-text Parquet file with every name as a column.

    Batches wait in part files next to `path`; `close` puts them together and removes them.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.rows = 0
        self.changed: tuple[str, ...] = ()
        self._names: dict[str, int] = {}
        self._cells: list[list[str | None]] = []
        self._numbers: list[int] = []
        self._parts: list[Path] = []

    def add(self, number: int, row: Mapping[str, str | None]) -> None:
        """Adds one row; `number` is its place among the rows of the source, from 1."""
        for name in row:
            if name not in self._names:
                self._names[name] = len(self._names)
                if len(self._names) > self.limits.columns:
                    raise FileRefused(
                        f"has more than {self.limits.columns:,} columns (names of fields)",
                        "export only the fields you need",
                    )
                self._cells.append([])
        before = len(self._numbers)
        self._numbers.append(number)
        for name, value in row.items():
            if value:
                cells = self._cells[self._names[name]]
                if len(cells) < before:
                    cells.extend([None] * (before - len(cells)))
                cells.append(value)
        self.rows += 1
        if len(self._numbers) >= _BATCH:
            self._part()

    def close(self) -> tuple[str, ...]:
        """Writes the table; gives the names of its columns."""
        names, self.changed = unique_names(list(self._names))
        writer = TableWriter(self.path, names)
        for part in self._parts:
            table = pq.read_table(part)
            missing = pa.nulls(table.num_rows, pa.string())
            width = table.num_columns - 1
            cells = [table.column(i) if i < width else missing for i in range(len(names))]
            writer.write(cells, table.column(width))
            part.unlink()
        if self._numbers:
            writer.write(self._arrays(), pa.array(self._numbers, pa.int64()))
        writer.close()
        return names

    def _arrays(self) -> list[pa.Array]:
        """The columns in memory, each as long as there are rows."""
        rows = len(self._numbers)
        return [
            pa.array(cells + [None] * (rows - len(cells)), pa.string()) for cells in self._cells
        ]

    def _part(self) -> None:
        part = self.path.with_suffix(f".part{len(self._parts)}")
        arrays = [*self._arrays(), pa.array(self._numbers, pa.int64())]
        names = [f"c{place}" for place in range(len(arrays))]
        pq.write_table(pa.table(arrays, names=names), part, compression="zstd")
        self._parts.append(part)
        self._cells = [[] for _ in self._names]
        self._numbers = []
