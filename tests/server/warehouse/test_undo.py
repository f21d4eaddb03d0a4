"""An import is taken back as one, and in any order the workspace ends where it began."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.fact_rows import sql_table, stored_columns
from onefunnel.server.warehouse.inbox.undo_import import NothingToUndo, run_undo
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import NOW
from tests.server.warehouse.test_import import lead, move

Bring = Callable[..., Import]


def undo(imported: Import) -> Any:
    return run_undo(imported, by=None, clock=lambda: NOW)


def every_row() -> dict[str, list[tuple[Any, ...]]]:
    """All fact rows, history too, but for the numbers of their rows."""
    found = {}
    with connection.cursor() as cursor:
        for name in TABLES:
            listed = ", ".join(
                f'"{c}"'
                for c in ("key", "digest", "import_id", "replaced_by_id", *stored_columns(name))
            )
            cursor.execute(f"SELECT {listed} FROM {sql_table(name)} ORDER BY key, digest")
            found[name] = cursor.fetchall()
    return found


def test_undo_restores_every_row_as_it_was(bring: Bring) -> None:
    bring("crm", leads=[lead(1, source="web", Size="big"), lead(2)], moves=[move(1, "New")])
    before = every_row()
    second = bring(
        "crm",
        leads=[lead(1, source="fair", Size="small"), lead(3)],
        moves=[move(1, "New"), move(1, "Won"), move(3, "New")],
    )
    undone = undo(second)
    assert (undone.removed, undone.restored, undone.kept) == (3, 1, 0)
    assert every_row() == before
    leads = current_facts()["leads"].order_by("lead_id").to_pyarrow().to_pylist()
    assert [(one["lead_id"], one["source"]) for one in leads] == [("L1", "web"), ("L2", None)]


def test_undo_of_the_only_import_leaves_nothing(bring: Bring) -> None:
    first = bring("crm", leads=[lead(1)], moves=[move(1, "New")])
    undo(first)
    assert not any(every_row().values())
    assert dict(current_facts().tables) == {}
    with pytest.raises(NothingToUndo):
        undo(first)


def test_rows_that_a_later_import_changed_stay_and_are_named(bring: Bring) -> None:
    first = bring("crm", leads=[lead(1, source="web"), lead(2)])
    second = bring("crm", leads=[lead(1, source="fair")])
    undone = undo(first)
    assert (undone.removed, undone.kept) == (1, 1)
    assert undone.kept_examples == ["leads: L1"]
    undo(second)
    assert not any(every_row().values())


def test_rows_that_a_later_import_confirmed_stay(bring: Bring) -> None:
    first = bring("crm", leads=[lead(1), lead(2)])
    second = bring("crm", leads=[lead(2), lead(3)])
    undone = undo(first)
    assert (undone.removed, undone.kept) == (1, 1)
    ids = sorted(current_facts()["leads"].lead_id.to_pyarrow().to_pylist())
    assert ids == ["L2", "L3"]
    undo(second)
    assert not any(every_row().values())


def test_undo_in_the_middle_links_its_neighbours(bring: Bring) -> None:
    first = bring("crm", leads=[lead(1, source="one")])
    before = every_row()
    second = bring("crm", leads=[lead(1, source="two")])
    third = bring("crm", leads=[lead(1, source="three")])
    undo(second)
    assert current_facts()["leads"].source.to_pyarrow().to_pylist() == ["three"]
    undo(third)
    assert every_row() == before
    undo(first)
    assert not any(every_row().values())
