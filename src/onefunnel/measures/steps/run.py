"""The edge where an expression is run. Nothing else in the measures talks to the engine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import ibis.expr.types as ir

BATCH_ROWS = 131_072
_KEPT_TEXTS = 256
_texts: OrderedDict[Any, str] = OrderedDict()
_lock = Lock()


def rows(expression: ir.Table) -> list[dict[str, Any]]:
    """The rows of a small expression as plain values."""
    backend = expression.get_backend()
    if backend.name != "duckdb":
        table = expression.to_pyarrow()
    else:
        table = backend.raw_sql(_text(backend, expression)).to_arrow_table()
    result: list[dict[str, Any]] = table.to_pylist()
    return result


def batches(expression: ir.Table) -> Iterator[pa.RecordBatch]:
    """The rows as a stream of Arrow batches, so that any number of leads fits into memory."""
    backend = expression.get_backend()
    if backend.name != "duckdb":
        yield from expression.to_pyarrow_batches(chunk_size=BATCH_ROWS)
    else:
        text = _text(backend, expression)
        yield from backend.raw_sql(text).to_arrow_reader(BATCH_ROWS)


def _text(backend: Any, expression: ir.Table) -> str:
    """The SQL of an expression, kept: compiling one costs more than running it over 100,000 leads,
    and the same page is asked for again and again."""
    operation = expression.op()
    with _lock:
        if operation in _texts:
            _texts.move_to_end(operation)
            return _texts[operation]
    text = str(backend.compile(expression))
    with _lock:
        _texts[operation] = text
        if len(_texts) > _KEPT_TEXTS:
            _texts.popitem(last=False)
    return text
