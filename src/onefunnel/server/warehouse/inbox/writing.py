"""Write one staged table into the database: what is new, what changed, what was there already.

Chunk by chunk, each chunk one transaction: look up the living rows with the chunk's keys, compare
digests, insert. A killed import is simply run again: a row that this same import wrote before is
recognised by its import and counted as what it was then, so no position needs to be kept. Where it
wrote other content (before deliveries were held to be the same), that is overwritten: what was
there before the import stays what an undo goes back to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from onefunnel.facts.sql_text import identifier
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import encoded
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.inbox.ahead import made_ahead
from onefunnel.server.warehouse.inbox.staging import Staged

CHUNK = 50_000


class Outcome(IntEnum):
    """What became of one staged row. The order is that of a source row's best outcome."""

    NOT_WRITTEN = 0  # the import was stopped before it
    REPEATED = 1  # the delivery says the same twice
    OVERTAKEN = 2  # a later row of the delivery has the same key and other content
    UNCHANGED = 3
    UPDATED = 4
    CREATED = 5


@dataclass
class Written:
    """What became of each row of one staged table, in its order; `ids` are 0 where none is new.

    `confirms` counts the unchanged rows by the import that wrote them, `replaces` those that were
    replaced.
    """

    outcomes: np.ndarray
    ids: np.ndarray
    is_whole: bool = True
    counts: dict[str, int] = field(default_factory=dict)
    confirms: Counter[int] = field(default_factory=Counter)
    replaces: Counter[int] = field(default_factory=Counter)


#: Told after each chunk, in its transaction: rows of the chunk, the last number given out.
Beat = Callable[[int, int | None], bool]


def write_table(staged: Staged, *, import_id: int, resumed: bool, beat: Beat) -> Written:
    """Write every row of the staged table that is new or changed.

    `beat` saves the progress with the chunk and says whether to stop; a stop leaves the rest of
    the rows NOT_WRITTEN. With `resumed`, rows of this import may be there already.
    """
    written = Written(np.zeros(staged.rows, dtype=np.uint8), np.zeros(staged.rows, dtype=np.int64))
    fresh = not resumed and database.is_empty(staged.table)
    place = 0
    with closing(made_ahead(_chunks(staged))) as chunks:
        for batch, following in chunks:
            stands, twins = _standing(batch, following)
            end = place + batch.num_rows
            with transaction.atomic():
                outcomes, ids, last = _write_chunk(
                    staged.table, batch, stands, import_id, fresh, written
                )
                stop = beat(batch.num_rows, last)
            outcomes[~stands & twins] = Outcome.REPEATED
            outcomes[~stands & ~twins] = Outcome.OVERTAKEN
            written.outcomes[place:end] = outcomes
            written.ids[place:end] = ids
            place = end
            if stop and place < staged.rows:
                written.is_whole = False
                break
    written.counts = {
        outcome.name.lower(): int((written.outcomes == outcome).sum()) for outcome in Outcome
    }
    return written


def _chunks(staged: Staged) -> Iterator[tuple[pa.RecordBatch, tuple[str, int] | None]]:
    """The staged rows as the database keeps them, each with the first key of the next chunk."""
    table = TABLES[staged.table]
    columns = [f"{encoded(column)} AS {identifier(column.name)}" for column in table.columns]
    if table.is_open:
        columns.append("_more AS more")
    con = duckdb.connect()
    con.execute("SET threads = 1")
    con.execute("SET preserve_insertion_order = true")
    relation = con.execute(
        f"SELECT _key AS key, _digest AS digest, {', '.join(columns)} FROM read_parquet(?)",
        [str(staged.path)],
    )
    reader = relation.fetch_record_batch(CHUNK)
    held: pa.RecordBatch | None = None
    for batch in reader:
        if batch.num_rows == 0:
            continue
        if held is not None:
            yield held, (batch.column(0)[0].as_py(), batch.column(1)[0].as_py())
        held = batch
    if held is not None:
        yield held, None
    con.close()


def _standing(
    batch: pa.RecordBatch, following: tuple[str, int] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Which rows stand (the last of those with one key), and which equal the row after them."""
    count = batch.num_rows
    stands, twins = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    keys, digests = batch.column(0), batch.column(1)
    stands[:-1] = pc.not_equal(keys[:-1], keys[1:]).to_numpy(zero_copy_only=False)
    twins[:-1] = pc.equal(digests[:-1], digests[1:]).to_numpy(zero_copy_only=False)
    if following is not None:
        stands[-1] = keys[-1].as_py() != following[0]
        twins[-1] = digests[-1].as_py() == following[1]
    return stands, twins


def _write_chunk(
    table: str,
    batch: pa.RecordBatch,
    stands: np.ndarray,
    import_id: int,
    fresh: bool,
    written: Written,
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Write the standing rows; the outcome and new id of every row, and the last number taken."""
    count = batch.num_rows
    outcomes = np.full(count, Outcome.CREATED, dtype=np.uint8)
    ids = np.zeros(count, dtype=np.int64)
    old = stale = np.zeros(0, dtype=np.int64)
    if not fresh:
        places = np.flatnonzero(stands)
        asked = batch if len(places) == count else batch.take(pa.array(places))
        database.take_numbers(0)  # what is looked up stays so: people may be writing too
        keys = asked.column(0).to_pylist()
        at, found_ids, digests, imports = database.living(table, keys)
        own = imports == import_id
        rows = places[at]
        brought = batch.column(1).to_numpy()[rows]
        same = (brought == digests) | _as_before(table, keys, at, brought, imports)
        outcomes[rows] = np.where(same, Outcome.UNCHANGED, Outcome.UPDATED)
        written.confirms.update(imports[same & ~own].tolist())
        written.replaces.update(imports[~same & ~own].tolist())
        there = own & same
        if there.any():
            outcomes[rows[there]] = Outcome.CREATED
            mine = [keys[place] for place in at[there]]
            again = database.replaced_by(table, mine, import_id)
            outcomes[rows[there][again]] = Outcome.UPDATED
            ids[rows[there]] = found_ids[there]
        old, stale = found_ids[~own & ~same], found_ids[own & ~same]
    new = np.flatnonzero(stands & (outcomes >= Outcome.UPDATED) & (ids == 0))
    if not len(new):
        return outcomes, ids, None
    first = database.take_numbers(len(new) + len(old) + len(stale))
    if len(old):
        database.replace(table, old, import_id, first)
    if len(stale):
        database.remove(table, stale, first + len(old))
    start = first + len(old) + len(stale)
    database.insert(
        table, import_id, start, batch if len(new) == count else batch.take(pa.array(new))
    )
    ids[new] = np.arange(start, start + len(new))
    return outcomes, ids, start + len(new) - 1


def _as_before(
    table: str, keys: list[str], at: np.ndarray, brought: np.ndarray, imports: np.ndarray
) -> np.ndarray:
    """Which of the rows found people changed here, while the source says what it said before.

    What they changed stands: only a source that itself says something else has the last word.
    """
    kept = database.kept_import()
    here = np.flatnonzero(imports == kept) if kept is not None else np.zeros(0, dtype=np.int64)
    before = np.zeros(len(at), dtype=bool)
    if not len(here):
        return before
    said = database.said_before(table, [keys[place] for place in at[here]], kept)
    before[here] = [
        said.get(keys[place]) == digest
        for place, digest in zip(at[here].tolist(), brought[here].tolist(), strict=True)
    ]
    return before


def as_arrow(written: Written) -> pa.Table:
    """The outcomes and ids as a table that lies beside the staged file, row for row."""
    columns: dict[str, Any] = {"_outcome": written.outcomes, "_new_id": written.ids}
    return pa.table(columns)
