"""The background worker: tasks one after the other, and beside them the clocks."""

from __future__ import annotations

from typing import Any

from django_tasks_db.management.commands import db_worker

from onefunnel.server.site.clock import SENDING, Clock


class Command(db_worker.Command):
    """`db_worker`, with clocks: a long import does not keep promises from being looked at, nor
    messages from going out."""

    help = "Run the background worker and the clock of promises"

    def handle(self, **options: Any) -> None:
        """Run until told to stop; the clocks end with the process."""
        Clock().start()
        Clock(SENDING, name="sender").start()
        super().handle(**options)
