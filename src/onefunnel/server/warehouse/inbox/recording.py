"""Write rows that people make here: each deed's rows, in the transaction of the deed.

All of them belong to one import that never ends and is never taken back, of the source
"onefunnel": our own tracker is a connector too. A changed row is a new row, the old one stays with
`replaced_by`, as everywhere in the warehouse. One small statement a table; no file, no queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.db import IntegrityError, connection, transaction

from onefunnel.facts.tables import TABLES
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import workspace
from onefunnel.server.warehouse import events
from onefunnel.server.warehouse.columns.changes import shape, wider
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.inbox.encoding import Encoded, encode
from onefunnel.server.warehouse.models import Attribute, Import, Source

#: What the source of everything that is entered here is called.
OWN_SOURCE = "onefunnel"

Rows = Mapping[str, Sequence[Mapping[str, object]]]
_Known = tuple[str, str, int]  # an attribute's name, its type, the import that brought it


@dataclass(frozen=True)
class Recorded:
    """How many rows of each table were new, changed, or there already as they are."""

    created: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What whoever enters leads has to know of them first: `columns` as `queries.lead_columns`
    gives them, the attributes that are known, the oldest first, and the import they belong to."""

    columns: tuple[tuple[str, str], ...]
    known: tuple[_Known, ...]
    kept: int | None


def ground_of_leads() -> Ground:
    """Read it in one statement, behind the door: every lead that comes in asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.name, a.type, i.id, i.status FROM warehouse_attribute a "
            "JOIN warehouse_import i ON i.id = a.imported_id WHERE a.\"table\" = 'leads' "
            "UNION ALL SELECT 0, '', '', id, status FROM warehouse_import WHERE status = 'kept'"
        )
        rows = sorted(cursor.fetchall())
    kept = next((imported for number, _, _, imported, _ in rows if number == 0), None)
    said = [row for row in rows if row[0]]
    undone = Import.Status.UNDONE.value
    return Ground(
        shape("leads", ((name, kind) for _, name, kind, _, status in said if status != undone)),
        tuple((name, kind, imported) for _, name, kind, imported, _ in said),
        kept,
    )


def record_rows(*, rows: Rows, by: Person | None, at: datetime) -> Recorded:
    """Write rows of standard tables, in the caller's transaction.

    Args:
        rows: Per table its rows. Columns beyond the declared ones are free attributes, of an open
            table only. Of two rows with one key the last one stands.
        by: Who is named in `by` where a row of a table that has it does not say; nobody means
            the program itself.
        at: Now (aware); it only dates the first such row of the workspace.

    Raises:
        encoding.BadRow: a row cannot be kept; nothing is written.
    """
    assert connection.in_atomic_block, "rows and the deed they belong to are one transaction"
    recorded = Recorded()
    tables = [name for name in TABLES if rows.get(name)]
    # Before anything is looked up: whoever else writes waits here until this deed is done.
    number = database.take_numbers(2 * sum(len(rows[name]) for name in tables)) if tables else 0
    known, encoded = _ready(rows, tables, by)
    count = sum(len(found) for found in encoded.values())
    if not count:
        return recorded
    kept = kept_here(at=at)
    for name, found in encoded.items():
        number = _write(name, found, kept, number, recorded)
        _keep_attributes(name, found.values(), kept, known[name])
    transaction.on_commit(_tell, robust=True)
    return recorded


def add_rows(*, rows: Rows, by: Person | None, at: datetime, first: int, ground: Ground) -> None:
    """Write rows under keys that were made just now, in the caller's transaction.

    As `record_rows`, but nothing is looked for: nobody else can know these keys.

    Args:
        first: The first of as many numbers as there are rows, taken with the door.
        ground: As it is behind the door.

    Raises:
        encoding.BadRow: a row cannot be kept; nothing is written.
    """
    assert connection.in_atomic_block, "rows and the deed they belong to are one transaction"
    tables = [name for name in TABLES if rows.get(name)]
    known: dict[str, Sequence[_Known]] = dict.fromkeys(tables, ()) | {"leads": ground.known}
    encoded = {name: _encoded(name, rows[name], by, _spelled(known[name])) for name in tables}
    kept, number = ground.kept or kept_here(at=at), first
    for name, found in encoded.items():
        database.insert_cells(name, _cells(list(found.items()), kept, number), len(found))
        number += len(found)
        _keep_attributes(name, found.values(), kept, known[name])
    transaction.on_commit(_tell, robust=True)


def take_back_rows(*, table: str, keys: Sequence[str], at: datetime) -> None:
    """Take rows away that were made here, in the caller's transaction: they live no more.

    What they said stays in the history; nothing comes after it.
    """
    assert connection.in_atomic_block, "rows and the deed they belong to are one transaction"
    number = database.take_numbers(len(keys))
    _, ids, _, _ = database.living(table, keys)
    database.replace(table, ids, kept_here(at=at), number)
    transaction.on_commit(_tell, robust=True)


def _ready(
    rows: Rows, tables: Sequence[str], by: Person | None
) -> tuple[dict[str, list[_Known]], dict[str, dict[str, Encoded]]]:
    """The attributes that are known of each table, and its rows as they are written."""
    known = {name: _known_attributes(name, rows[name]) for name in tables}
    return known, {name: _encoded(name, rows[name], by, _spelled(known[name])) for name in tables}


def check_row(table: str, row: Mapping[str, object]) -> None:
    """Say nothing of a row that can be kept. Raises encoding.BadRow of any other."""
    encode(table, row, {})


def _tell() -> None:
    events.rows_recorded.send(sender=None)


def hold_the_door(*, numbers: int = 0) -> int:
    """Let nobody else write rows until this transaction ends: what is read now stays true.

    Returns:
        the first of so many numbers, for `add_rows`.
    """
    return database.take_numbers(numbers)


def kept_here(*, at: datetime) -> int:
    """The import that the rows made here belong to; made with the first of them."""
    found = database.kept_import()
    while found is None:
        source, _ = Source.objects.get_or_create(
            name=OWN_SOURCE,
            defaults={"created_at": at, "is_simulated": workspace().is_demo},
        )
        first = database.last_number()
        try:
            with transaction.atomic():
                found = Import.objects.create(
                    source=source,
                    status=Import.Status.KEPT,
                    created_at=at,
                    started_at=at,
                    first_change=first,
                    last_change=first,
                ).pk
        except IntegrityError:  # somebody else made it in between
            found = database.kept_import()
    return found


def _encoded(
    table: str,
    rows: Sequence[Mapping[str, object]],
    by: Person | None,
    spelled: Mapping[str, str],
) -> dict[str, Encoded]:
    """The rows by their keys."""
    if by is not None and "by" in TABLES[table].column_names:
        rows = [row if row.get("by") else {**row, "by": by.name or by.email} for row in rows]
    found = (encode(table, row, spelled) for row in rows)
    return {one.key: one for one in found}


def _known_attributes(table: str, rows: Sequence[Mapping[str, object]]) -> list[_Known]:
    """The attributes that an open table has already, the oldest first; none where none is said."""
    names = frozenset(TABLES[table].column_names)
    if not TABLES[table].is_open or all(row.keys() <= names for row in rows):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT name, type, imported_id FROM warehouse_attribute WHERE "table" = %s '
            "ORDER BY id",
            [table],
        )
        return cursor.fetchall()


def _spelled(known: Iterable[_Known]) -> dict[str, str]:
    """How the attributes of an open table are spelled, by their lower-case names."""
    spelled: dict[str, str] = {}
    for name, _, _ in known:
        spelled.setdefault(name.lower(), name)
    return spelled


def _write(
    table: str, rows: Mapping[str, Encoded], kept: int, number: int, recorded: Recorded
) -> int:
    """Write what is new or changed of one table; the next free change number."""
    keys = list(rows)
    at, ids, digests, _ = database.living(table, keys)
    there = {
        keys[place]: (row, digest)
        for place, row, digest in zip(at.tolist(), ids.tolist(), digests.tolist(), strict=True)
    }
    old = [row for key, (row, digest) in there.items() if rows[key].digest != digest]
    same = len(there) - len(old)
    new = [
        (key, one)
        for key, one in rows.items()
        if key not in there or there[key][1] != one.digest
    ]  # fmt: skip
    if old:
        database.replace(table, np.array(old, dtype=np.int64), kept, number)
        number += len(old)
    if new:
        database.insert_cells(table, _cells(new, kept, number), len(new))
    recorded.created[table] = len(new) - len(old)
    recorded.updated[table] = len(old)
    recorded.unchanged[table] = same
    return number + len(new)


def _cells(new: Sequence[tuple[str, Encoded]], kept: int, number: int) -> Iterator[object]:
    for place, (key, one) in enumerate(new, number):
        yield place
        yield kept
        yield key
        yield one.digest
        yield from one.cells


def _keep_attributes(
    table: str, rows: Iterable[Encoded], kept: int, known: Iterable[_Known]
) -> None:
    found: dict[str, str] = {}
    for one in rows:
        for name, kind in one.attributes.items():
            found[name] = wider(found.get(name, kind), kind)
    mine = {name: kind for name, kind, imported in known if imported == kept}
    for name, kind in found.items():
        if name not in mine:
            Attribute.objects.update_or_create(
                imported_id=kept, table=table, name=name, defaults={"type": kind}
            )
        elif (wide := wider(mine[name], kind)) != mine[name]:
            mine_there = Attribute.objects.filter(imported_id=kept, table=table, name=name)
            mine_there.update(type=wide)
