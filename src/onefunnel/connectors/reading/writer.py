"""All-text tables to Parquet: row groups of a steady size, refused rows beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onefunnel.connectors.reading.refusal import clip
from onefunnel.connectors.reading.tables import RefusedRow

_ROWS, _BYTES = 131_072, 48 << 20
_SAMPLE, _FEW = 20_000, 2_000
REFUSED_KEPT = 1_000
_REFUSED = pa.schema(
    [("row", pa.int64()), ("line", pa.int64())]
    + [(name, pa.string()) for name in ("reason", "fix", "text")]
)


class TableWriter:
    """Writes one all-text table; the last row waits until `close`, so that it can be looked at."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self.columns = path, tuple(columns)
        self.schema = pa.schema([(name, pa.string()) for name in columns] + [("_row", pa.int64())])
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._file: pq.ParquetWriter | None = None

    def write(self, cells: Sequence[pa.Array | pa.ChunkedArray], rows: pa.Array) -> None:
        """Adds rows: one array a column, and the number of each row in the source."""
        table = pa.table([*cells, rows], schema=self.schema)
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        self._waiting_bytes += table.nbytes
        if self._waiting_rows >= _ROWS or self._waiting_bytes >= _BYTES:
            self._flush(keep=1)

    def last_row(self) -> tuple[int, list[str | None]] | None:
        """The number and cells of the row written last; None where there is none."""
        for table in reversed(self._waiting):
            if table.num_rows:
                row = table.slice(table.num_rows - 1).to_pylist()[0]
                return int(row["_row"]), [row[name] for name in self.columns]
        return None

    def drop_last_row(self) -> None:
        """Takes the row written last out again."""
        for place in range(len(self._waiting) - 1, -1, -1):
            table = self._waiting[place]
            if table.num_rows:
                self._waiting[place] = table.slice(0, table.num_rows - 1)
                return

    def close(self) -> None:
        """Writes what waits; the file exists afterwards, even without rows."""
        self._flush(keep=0)
        if self._file is None:
            self._open(self.schema.empty_table())
        assert self._file is not None
        self._file.close()

    def _flush(self, *, keep: int) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        ready = max(table.num_rows - keep, 0)
        self._waiting = [table.slice(ready)] if keep else []
        self._waiting_rows, self._waiting_bytes = table.num_rows - ready, 0
        if ready:
            part = table.slice(0, ready)
            if self._file is None:
                self._open(part)
            assert self._file is not None
            self._file.write_table(part, row_group_size=ready)
            self.rows += ready

    def _open(self, sample: pa.Table) -> None:
        # A dictionary pays where a column repeats itself; elsewhere it is made and thrown away.
        head = sample.slice(0, _SAMPLE)
        few = [
            name
            for name in self.columns
            if pc.count_distinct(head[name], mode="all").as_py() <= max(_FEW, head.num_rows // 50)
            and head.num_rows > _FEW
        ]
        self._file = pq.ParquetWriter(
            self.path,
            self.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=few,
            write_statistics=False,
            column_encoding={"_row": "DELTA_BINARY_PACKED"},
            store_schema=False,
        )


class RefusedRows:
    """The refused rows of one table: the first thousand at hand, all of them in a file if more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first: list[RefusedRow] = []
        self._waiting: list[RefusedRow] = []
        self._file: pq.ParquetWriter | None = None

    def add(self, row: int, reason: str, fix: str, text: str, line: int = 0) -> None:
        """Keeps one refused row; the raw text is clipped."""
        refused = RefusedRow(row, reason, fix, clip(text), line)
        self.count += 1
        if len(self.first) < REFUSED_KEPT:
            self.first.append(refused)
        self._waiting.append(refused)
        if len(self._waiting) >= 20_000:
            self._flush()

    def close(self) -> Path | None:
        """The path of the file with all of them, where there are more than `first` holds."""
        if self.count > REFUSED_KEPT:
            self._flush()
            assert self._file is not None
            self._file.close()
            return self.path
        return None

    def _flush(self) -> None:
        if self._file is None:
            self._file = pq.ParquetWriter(self.path, _REFUSED, compression="zstd")
        columns = {name: [getattr(row, name) for row in self._waiting] for name in _REFUSED.names}
        self._file.write_table(pa.table(columns, schema=_REFUSED))
        self._waiting = []
