"""The clock: every few seconds it asks the rooms what has become overdue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connections
from django.utils import timezone

from onefunnel.server.agree.tasks import tick as drift
from onefunnel.server.measure.forecast.tasks import tick as forecasts
from onefunnel.server.notify.tasks import send_out
from onefunnel.server.notify.tasks import tick as digests
from onefunnel.server.run.handovers.tasks import tick as handovers
from onefunnel.server.run.nurture.tasks import tick as nurture
from onefunnel.server.run.tracker.commands import forget_old_requests

#: What is asked of each room; each is safe with several clocks at once.
TICKS: tuple[Callable[..., object], ...] = (
    handovers, nurture, drift, digests, forget_old_requests, forecasts,
)  # fmt: skip
#: What goes out has a clock of its own: a receiver that hangs keeps no promise waiting.
SENDING: tuple[Callable[..., object], ...] = (send_out,)
#: A broken promise is told at most so many seconds late.
EVERY = 10.0

_log = logging.getLogger("onefunnel.clock")


class Clock(threading.Thread):
    """Ticks until the process ends. A tick that fails is logged, and the next one tries again."""

    def __init__(
        self,
        ticks: Sequence[Callable[..., object]] = TICKS,
        *,
        now: Callable[[], datetime] = timezone.now,
        name: str = "clock",
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._ticks = ticks
        self._now = now
        self.stopped = threading.Event()

    def run(self) -> None:
        """Tick, wait, and again."""
        while not self.stopped.is_set():
            self.tick_once()
            self.stopped.wait(EVERY)

    def tick_once(self) -> None:
        """Ask each room once."""
        for tick in self._ticks:
            try:
                tick(at=self._now())
            except Exception:  # the clock must go on, whatever one room does
                _log.exception("A tick failed; it is tried again in %s s.", EVERY)
            finally:
                connections.close_all()
