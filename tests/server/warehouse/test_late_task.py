"""A task that comes twice, or after an undo, brings nothing back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from onefunnel.server.warehouse.commands import run_import
from onefunnel.server.warehouse.inbox.undo_import import run_undo
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts

NOW = datetime(2026, 3, 9, tzinfo=UTC)
LEADS = [{"lead_id": f"L{n}", "created_at": datetime(2026, 3, 1)} for n in range(20)]
MOVES = [{"lead_id": f"L{n}", "at": datetime(2026, 3, 1), "stage": "New"} for n in range(20)]


@pytest.mark.parametrize("is_undone", [False, True])
def test_the_same_task_again_changes_nothing(bring: Any, is_undone: bool) -> None:
    imported = bring("crm", leads=LEADS, moves=MOVES)
    if is_undone:
        run_undo(imported, by=None, clock=lambda: NOW)
    before = Import.objects.get(pk=imported.pk)
    left = run_import(import_id=imported.public_id, clock=lambda: NOW)
    assert left.status == before.status
    assert left.counts == before.counts
    count = current_facts()["leads"].count().execute() if not is_undone else 0
    assert count == (0 if is_undone else 20)
