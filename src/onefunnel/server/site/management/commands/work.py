"""The background worker: tasks one after the other, and beside them the clock of promises."""

from __future__ import annotations

from typing import Any

from django_tasks_db.management.commands import db_worker

from onefunnel.server.site.clock import Clock


class Command(db_worker.Command):
    """`db_worker`, with a clock: a long import does not keep promises from being looked at."""

    help = "Run the background worker and the clock of promises"

    def handle(self, **options: Any) -> None:
        """Run until told to stop; the clock ends with the process."""
        Clock().start()
        super().handle(**options)
