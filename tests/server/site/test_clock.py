"""The worker's clock goes on whatever a tick does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from onefunnel.server.site import clock
from onefunnel.server.site.processes import worker_command

NOW = datetime(2026, 11, 18, tzinfo=UTC)


def test_a_tick_that_fails_does_not_stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.connections, "close_all", lambda: None)
    monkeypatch.setattr(clock, "EVERY", 0)
    seen: list[datetime] = []

    def bad(*, at: datetime) -> None:
        raise OSError("the database is away")

    def good(*, at: datetime) -> None:
        seen.append(at)
        if len(seen) == 3:
            ticking.stopped.set()

    ticking = clock.Clock([bad, good], now=lambda: NOW)
    ticking.run()
    assert seen == [NOW] * 3


def test_the_worker_is_started_with_its_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_tasks_db.management.commands import db_worker

    from onefunnel.server.site.management.commands import work

    done: list[Any] = []
    monkeypatch.setattr(work.Clock, "start", lambda self: done.append(self.name))
    monkeypatch.setattr(db_worker.Command, "handle", lambda self, **_: done.append("tasks"))
    work.Command().handle()
    assert done == ["clock", "sender", "tasks"]
    assert "work" in worker_command()
