"""Take back what people said here of the simulated company, when the company goes.

Everything that is entered here belongs to one import: what somebody changed of a simulated lead,
and the leads that came by forms, by program and by hand. Only the first goes. A version that such
a row replaced lives again, as after an undo (see `undoing`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import FACT_MODELS, sql_table
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.models import Attribute, Import, Source

_AT_ONCE = 500


@dataclass(frozen=True)
class _Version:
    row: int
    key: str
    imported: int
    by: int | None  # the import of the next version; None while it lives


def forget_kept() -> int:
    """Remove the rows made here that are about what only simulated imports brought; how many.

    One transaction. It is called while the simulated imports are still there.
    """
    with transaction.atomic():
        database.take_numbers(0)  # what is read stays so: people may be writing too
        kept = Import.objects.filter(status=Import.Status.KEPT).select_related("source").first()
        if kept is None:
            return 0
        simulated = frozenset(
            Import.objects.filter(source__is_simulated=True)
            .exclude(pk=kept.pk)
            .values_list("pk", flat=True)
        )
        count = sum(_forget_of(table, kept.pk, simulated) for table in FACT_MODELS)
        _settle(kept)
    return count


def _forget_of(table: str, kept: int, simulated: Collection[int]) -> int:
    """Take the rows of one table back; how many there were."""
    has_lead = "lead_id" in TABLES[table].column_names
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT key, {'lead_id' if has_lead else 'NULL'} FROM {sql_table(table)} "
            "WHERE import_id = %s",
            [kept],
        )
        mine = {str(key): lead for key, lead in cursor.fetchall()}
    versions = _versions(table, list(mine))
    leads = _of_the_demo(sorted({str(lead) for lead in mine.values() if lead}), kept, simulated)
    gone: list[int] = []
    linked: list[tuple[int, int]] = []
    revived: list[int] = []
    for key, lead in mine.items():
        others = [one for one in versions[key] if one.imported != kept]
        if any(one.imported not in simulated for one in others) or not (others or lead in leads):
            continue
        gone += [one.row for one in versions[key] if one.imported == kept]
        for one, after in zip(others, [*others, None][1:], strict=True):
            if after is None and one.by is not None:
                revived.append(one.row)
            elif after is not None and one.by != after.imported:
                linked.append((after.imported, one.row))
    if not gone:
        return 0
    number = database.take_numbers(len(gone) + len(revived))
    database.remove(table, np.array(gone, dtype=np.int64), number)
    number += len(gone)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {sql_table(table)} SET replaced_by_id = %s WHERE id = %s", linked
        )
        cursor.executemany(  # under a new number, so that whoever reads changes sees it again
            f"UPDATE {sql_table(table)} SET id = %s, replaced_by_id = NULL WHERE id = %s",
            [(number + place, row) for place, row in enumerate(revived)],
        )
    return len(gone)


def _of_the_demo(leads: Sequence[str], kept: int, simulated: Collection[int]) -> frozenset[str]:
    """Those of the leads that simulated imports brought, and no import of one's own."""
    brought = {
        lead: {one.imported for one in found} - {kept}
        for lead, found in _versions("leads", leads).items()
    }
    return frozenset(lead for lead, by in brought.items() if by and by <= set(simulated))


def _versions(table: str, keys: Sequence[str]) -> dict[str, list[_Version]]:
    """All that was ever said under these keys, the oldest first."""
    found: dict[str, list[_Version]] = {key: [] for key in keys}
    with connection.cursor() as cursor:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            cursor.execute(
                f"SELECT id, key, import_id, replaced_by_id FROM {sql_table(table)} "
                f"WHERE key IN ({', '.join(['%s'] * len(some))}) ORDER BY id",
                list(some),
            )
            for row, key, imported, by in cursor.fetchall():
                found[str(key)].append(_Version(row, str(key), imported, by))
    return found


def _settle(kept: Import) -> None:
    """What is left is the company's own; where nothing is left, the import goes too."""
    if any(
        model.objects.filter(import_id=kept.pk).exists()
        or model.objects.filter(replaced_by_id=kept.pk).exists()
        for model in FACT_MODELS.values()
    ):
        Source.objects.filter(pk=kept.source_id).update(is_simulated=False)
        return
    Attribute.objects.filter(imported=kept).delete()
    kept.delete()
    Source.objects.filter(pk=kept.source_id).delete()
