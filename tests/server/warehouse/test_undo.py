"""An import is taken back as one, and in any order the workspace ends where it began."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.commands import ask_for_undo
from onefunnel.server.warehouse.fact_rows import sql_table, stored_columns
from onefunnel.server.warehouse.inbox.undo_import import NothingToUndo, run_undo
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts, delivered_again, how_far
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


def test_rows_that_a_later_import_only_confirmed_go(bring: Bring) -> None:
    first = bring("crm", leads=[lead(1), lead(2)])
    second = bring("crm", leads=[lead(2), lead(3)])
    assert second.counts["confirms"] == {str(first.pk): 1}
    assert delivered_again(first) == [second.created_at]
    undone = undo(first)
    assert (undone.removed, undone.kept) == (2, 0)
    assert current_facts()["leads"].lead_id.to_pyarrow().to_pylist() == ["L3"]
    undo(second)
    assert not any(every_row().values())


def test_the_same_files_twice_can_be_undone_by_undoing_the_first(bring: Bring) -> None:
    rows = {"leads": [lead(1), lead(2)], "moves": [move(1, "New"), move(2, "New")]}
    first, second = bring("crm", **rows), bring("crm", **rows)
    assert (undo(first).removed, undo(second).removed) == (4, 0)
    assert not any(every_row().values())


def test_a_row_brought_anew_after_an_undo_belongs_to_the_later_import(bring: Bring) -> None:
    first = bring("crm", leads=[lead(1)])
    undo(first)
    second = bring("crm", leads=[lead(1)])
    assert second.counts["created"] == 1
    assert delivered_again(first) == []
    assert undo(second).removed == 1


def test_no_more_than_twenty_kept_rows_are_named(bring: Bring) -> None:
    first = bring("crm", leads=[lead(n) for n in range(40)])
    bring("crm", leads=[lead(n, source="fair") for n in range(30)])
    undone = undo(first)
    assert (undone.removed, undone.kept, len(undone.kept_examples)) == (10, 30, 20)


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


def test_an_undo_just_asked_for_is_not_called_interrupted(bring: Bring, owner: Any) -> None:
    imported = bring("crm", leads=[lead(1)])  # its last sign of life is long ago
    asked = ask_for_undo(import_id=imported.public_id, by=owner)
    assert asked.phase_at is not None
    soon, late = asked.phase_at + timedelta(seconds=55), asked.phase_at + timedelta(seconds=65)
    assert not how_far(asked, now=soon).is_interrupted
    assert how_far(asked, now=late).is_interrupted
