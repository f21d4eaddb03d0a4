"""How far an import is, told to the import's own columns and to a caller; and whether to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from onefunnel.server.warehouse.models import Import

#: Told (phase, done, in all); the web reads the import's own columns instead.
Progress = Callable[[str, int, int | None], None]
_PERIOD = 0.5


class Teller:
    """Writes progress to the import twice a second, and reads there whether to stop."""

    def __init__(
        self, imported: Import, clock: Callable[[], datetime], progress: Progress | None
    ) -> None:
        self.imported, self.clock, self.progress = imported, clock, progress
        self.last = clock()
        self.stopped = False

    def reading(self, done: int, total: int, name: str) -> None:
        """The same, while a file is read."""
        self(done, total, f"reading {name}" if name else "reading the files")

    def __call__(self, done: int, total: int, phase: str) -> None:
        if self.progress is not None:
            self.progress(phase, done, total)
        if (self.clock() - self.last).total_seconds() < _PERIOD:
            return
        self.last = self.clock()
        mine = Import.objects.filter(pk=self.imported.pk)
        mine.update(rows_done=done, rows_total=total, beat_at=self.last, phase=phase[:40])
        self.stopped = bool(mine.values_list("is_stop_asked", flat=True).get())

    def is_stopped(self) -> bool:
        return self.stopped
