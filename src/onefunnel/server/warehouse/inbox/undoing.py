"""Take back one import: what it created goes, what it changed returns to what it was.

Only rows that a later import changed stay; they are counted and the first few named. A later
import that merely found them as they were does not keep them: otherwise bringing the same files
twice would make both imports impossible to take back. Versions form a chain per key
(`replaced_by`), and taking an import out of the middle links its neighbours, so undoing several
imports ends the same in any order.

The work goes window by window, each one transaction; what a window has dealt with no longer
belongs to the import, so a killed undo is simply run again. Readers see nothing of it before the
columnar copy is refreshed, after the last window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from django.db import connection, transaction

from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import sql_table
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.models import Gone

WINDOW = 50_000
NAMED = 20


@dataclass
class Undone:
    """How many facts were removed, restored and kept, and the first few of those kept."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    kept_examples: list[str] = field(default_factory=list)

    def keep(self, table: str, keys: list[str]) -> None:
        """Count rows that stay, and name the first few."""
        self.kept += len(keys)
        room = NAMED - len(self.kept_examples)
        for key in keys[: max(room, 0)]:
            shown = key.replace(chr(31), " · ").replace(chr(30), "–")
            self.kept_examples.append(f"{table}: {shown}")


def take_back(
    *, import_id: int, first: int, beat: Callable[[int], None] = lambda done: None
) -> Undone:
    """Undo every row that the import wrote.

    Args:
        first: No row of the import has a lower change number.
        beat: Told in each window's transaction how many rows it dealt with.
    """
    undone = Undone()
    for table in TABLES:
        place: int | None = first
        while place is not None:
            with transaction.atomic():
                dealt, place = _undo_window(table, import_id, place, undone)
                beat(dealt)
    return undone


def _undo_window(table: str, import_id: int, place: int, undone: Undone) -> tuple[int, int | None]:
    """Deal with the first WINDOW rows of the import from `place` on.

    How many there were, and the place where the next ones begin; None where there are none.
    """
    name = sql_table(table)
    database.take_numbers(0)  # what is read stays so: people may be writing too
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, key, replaced_by_id FROM {name} "
            f"WHERE id >= %s AND import_id = %s ORDER BY id LIMIT {WINDOW}",
            [place, import_id],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0, None
        last = rows[-1][0]
        before = _before(table, [key for _, key, _ in rows], import_id)
        overtaken = [(key, by) for _, key, by in rows if by is not None]
        gone = [(row, key) for row, key, by in rows if by is None]
        restored = [before[key] for _, key in gone if key in before]
        runs = _runs([row for row, _ in gone])
        number = database.take_numbers(len(restored) + len(runs))
        cursor.executemany(
            f"UPDATE {name} SET replaced_by_id = %s WHERE id = %s",
            [(by, before[key]) for key, by in overtaken if key in before],
        )
        cursor.execute(
            f"DELETE FROM {name} WHERE id BETWEEN %s AND %s AND import_id = %s",
            [place, last, import_id],
        )
        cursor.executemany(
            f"UPDATE {name} SET id = %s, replaced_by_id = NULL WHERE id = %s",
            [(number + i, row) for i, row in enumerate(restored)],
        )
    number += len(restored)
    Gone.objects.bulk_create(
        Gone(id=number + i, table=table, row=start, to=end) for i, (start, end) in enumerate(runs)
    )
    undone.removed += len(gone) - len(restored)
    undone.restored += len(restored)
    undone.keep(table, [key for key, _ in overtaken])
    return len(rows), last + 1 if len(rows) == WINDOW else None


def _runs(ids: list[int]) -> list[tuple[int, int]]:
    """Ascending ids as ranges without gaps."""
    if not ids:
        return []
    found = np.array(ids)
    breaks = np.flatnonzero(np.diff(found) > 1)
    starts = found[np.concatenate(([0], breaks + 1))]
    ends = found[np.concatenate((breaks, [len(found) - 1]))]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _before(table: str, keys: list[str], import_id: int) -> dict[str, int]:
    """The rows that this import replaced, by key: their ids."""
    at = database.replaced_by(table, keys, import_id)
    wanted = [keys[place] for place in np.unique(at)]
    if not wanted:
        return {}
    name = sql_table(table)
    with connection.cursor() as cursor:
        found: dict[str, int] = {}
        step = 900
        for start in range(0, len(wanted), step):
            some = wanted[start : start + step]
            marks = ",".join(["%s"] * len(some))
            cursor.execute(
                f"SELECT key, id FROM {name} WHERE replaced_by_id = %s AND key IN ({marks})",
                [import_id, *some],
            )
            found |= dict(cursor.fetchall())
    return found
