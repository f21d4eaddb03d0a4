"""Parquet files to all-text tables: times as ISO text, decimals as they are, nesting as JSON."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from onefunnel.connectors.reading.header import unique_names
from onefunnel.connectors.reading.refusal import FileRefused, size
from onefunnel.connectors.reading.source import Desk, Source, finding
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.reading.text_values import as_text
from onefunnel.connectors.reading.writer import TableWriter

_BATCH = 32_768


def read_parquet(source: Source, path: Path, desk: Desk) -> None:
    """Reads one Parquet file in batches."""
    try:
        file = pq.ParquetFile(path, memory_map=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileRefused(
            f"cannot be opened as Parquet ({_first(error)})", "export it again"
        ) from error
    schema, meta = file.schema_arrow, file.metadata
    if len(schema) > desk.limits.columns:
        raise FileRefused(
            f"has {len(schema):,} columns; {desk.limits.columns:,} are allowed",
            "export only the columns you need",
        )
    for group in range(meta.num_row_groups):
        if meta.row_group(group).total_byte_size > desk.limits.memory // 3:
            raise FileRefused(
                f"unpacks to {size(meta.row_group(group).total_byte_size)} in one piece",
                "write it with smaller row groups, or as CSV",
            )
    names, changed = unique_names(schema.names)
    parquet = desk.new_parquet()
    writer = TableWriter(parquet, names)
    rows = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
            cells = [_text(column) for column in batch.columns]
            numbers = np.arange(rows + 1, rows + batch.num_rows + 1, dtype=np.int64)
            rows += batch.num_rows
            writer.write(cells, pa.array(numbers))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileRefused(f"is damaged ({_first(error)})", "export it again") from error
    writer.close()
    findings = []
    if not rows:
        findings.append(finding("no-rows", source.stem, 0, "has no rows", weight="warning"))
    if changed:
        findings.append(
            finding("header-names", source.stem, len(changed), "column names changed",
                    example=changed[0])
        )  # fmt: skip
    desk.tables.append(
        TextTable(
            name=source.stem,
            file=source.file,
            parquet=parquet,
            columns=names,
            rows_in=rows,
            rows_read=writer.rows,
            findings=tuple(findings),
            format="parquet",
        )
    )


def _first(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _text(column: pa.Array) -> pa.Array:
    """One column as text, with Arrow's own casts where they keep every digit."""
    kind = column.type
    if pt.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pt.is_string(kind) or pt.is_large_string(kind):
        text = column.cast(pa.string())
        if pc.any(pc.match_substring(text, "\0")).as_py():
            text = pc.replace_substring(text, "\0", "")
        return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    if pt.is_integer(kind) or pt.is_date32(kind):
        return column.cast(pa.string())
    return pa.array([as_text(value) for value in _python(column)], pa.string())


def _python(column: pa.Array) -> list[object]:
    kind = column.type
    if pt.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pt.is_duration(kind) and kind.unit == "ns":
        column = column.cast(pa.duration("us"), safe=False)
    elif pt.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    elif pt.is_float32(kind):
        # 0.1 written in 32 bits is 0.1 to the one who wrote it, not 0.10000000149.
        return [None if v is None else float(str(np.float32(v))) for v in column.to_pylist()]
    found: list[object] = column.to_pylist()
    return found
