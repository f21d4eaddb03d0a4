"""What the clock does for nurture."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from onefunnel.server.run.nurture.commands import (
    end_outlived,
    look_at_changes,
    settle_mails,
    take_steps,
    wake_due,
)
from onefunnel.server.run.nurture.turns import Turn

#: In turn: see what became of mails, look at what changed, wake who is due, end what has lost its
#: reason, take what is due.
PARTS: tuple[Callable[..., int], ...] = (
    settle_mails, look_at_changes, wake_due, end_outlived, take_steps,
)  # fmt: skip
#: So long they keep the clock together; what one leaves the next ones have.
SECONDS = 4.0
_log = logging.getLogger("onefunnel.nurture")


def tick(*, at: datetime, now: Callable[[], float] = time.monotonic) -> int:
    """Do what is due, as far as the time goes; how many pieces of it.

    Safe with several clocks; `at` is an argument, so a test walks a year. A part that fails stops
    no other.
    """
    began, done = now(), 0
    for number, part in enumerate(PARTS, 1):
        turn = Turn(began + SECONDS * number / len(PARTS), now)
        try:
            done += part(at=at, turn=turn)
        except Exception:  # mails must go on being settled though nobody can be woken
            _log.exception("A part of nurture failed; it is tried again with the next tick.")
    return done
