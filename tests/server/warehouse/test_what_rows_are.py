"""A source row is created only where what it is of is new; and "done" means it can be seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from onefunnel.server.record.models import Event
from onefunnel.server.warehouse.inbox import running, undo_import
from onefunnel.server.warehouse.inbox.accounting import SourceFile
from onefunnel.server.warehouse.inbox.delivery import Delivery
from onefunnel.server.warehouse.models import Import
from tests.server.warehouse.conftest import NOW, facts_of
from tests.server.warehouse.test_import import lead, move

Bring = Callable[..., Import]
COUNTED = ("rows_in", "created", "updated", "skipped", "refused")


def of_one_file(rows: int, **tables: Any) -> Delivery:
    """A delivery whose facts all come from one file; each says its `_row`."""
    placed = {name: [{"_file": 0, **row} for row in rows] for name, rows in tables.items()}
    return Delivery(facts=facts_of(**placed), files=(SourceFile("jobs.csv", rows),))


def jobs(*visited: int, of: int) -> Delivery:
    """One row a job: a lead, and a move for each date that is filled."""
    return of_one_file(
        of,
        leads=[lead(n, _row=n) for n in range(1, of + 1)],
        moves=[move(n, "Enquiry", _row=n) for n in range(1, of + 1)]
        + [move(n, "Visit", at=datetime(2026, 3, n), _row=n) for n in visited],
    )


def counts(imported: Import) -> tuple[int, ...]:
    return tuple(imported.counts[name] for name in COUNTED)


def test_a_row_that_tells_more_of_a_known_job_is_updated(bring: Bring) -> None:
    bring("jobs", jobs(of=4))
    assert counts(bring("jobs", jobs(1, 2, of=5))) == (5, 1, 2, 2, 0)


def test_a_row_of_history_is_what_it_tells(bring: Bring) -> None:
    """Its lead was known; the move was not."""
    first = [lead(1, _row=1)]
    bring("log", of_one_file(2, leads=first, moves=[move(1, "New", _row=1), move(1, "A", _row=2)]))
    again = bring(
        "log",
        of_one_file(
            3, leads=first,
            moves=[move(1, s, _row=n) for n, s in ((1, "New"), (2, "A"), (3, "B"))],
        ),
    )  # fmt: skip
    assert counts(again) == (3, 1, 0, 2, 0)


def test_a_new_deal_of_a_known_lead_is_created(bring: Bring) -> None:
    deal = {"deal_id": "D1", "lead_id": "L1", "_row": 1}
    bring("crm", of_one_file(1, leads=[lead(1, _row=1)], deals=[deal]))
    new = {"deal_id": "D2", "lead_id": "L1", "_row": 1}
    assert counts(bring("crm", of_one_file(1, leads=[lead(1, _row=1)], deals=[new]))) == (
        1, 1, 0, 0, 0,
    )  # fmt: skip


def test_it_is_done_only_when_its_numbers_are_published(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str, int]] = []
    for place in (running, undo_import):
        real = place.refresh

        def watched(*args: Any, real: Any = real, **more: Any) -> Any:
            one = Import.objects.get()
            over = Event.objects.filter(kind__in=OVER).count()
            seen.append((one.status, one.phase, over))
            return real(*args, **more)

        monkeypatch.setattr(place, "refresh", watched)
    imported = bring("crm", leads=[lead(1)], moves=[move(1, "New")])
    assert (imported.status, imported.phase) == (Import.Status.DONE, "")
    undo_import.run_undo(imported, by=None, clock=lambda: NOW)
    imported.refresh_from_db()
    assert (imported.status, imported.phase) == (Import.Status.UNDONE, "")
    assert seen == [
        (Import.Status.RUNNING, "publishing the numbers", 0),
        (Import.Status.UNDOING, "publishing the numbers", 1),
    ]


OVER = ("warehouse.import-finished", "warehouse.import-undone")
