"""Text tables from text in a test, without the file reader."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from onefunnel.connectors.reading.tables import TextTable


def text_table(folder: Path, name: str, text: str, *, sep: str = ",") -> TextTable:
    """`name` is the file's name; `text` has a header line, one row a line, cells never quoted."""
    lines = [line.strip() for line in text.strip().splitlines()]
    columns = [cell.strip() for cell in lines[0].split(sep)]
    rows = [[cell.strip() or None for cell in line.split(sep)] for line in lines[1:]]
    data: dict[str, pa.Array] = {
        column: pa.array([row[i] if i < len(row) else None for row in rows], pa.string())
        for i, column in enumerate(columns)
    }
    data["_row"] = pa.array(range(1, len(rows) + 1), pa.int64())
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(data), path)
    return TextTable(
        name=name.rsplit(".", 1)[0],
        file=name,
        parquet=path,
        columns=tuple(columns),
        rows_in=len(rows),
        rows_read=len(rows),
    )
