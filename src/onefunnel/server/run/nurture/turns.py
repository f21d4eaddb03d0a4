"""How long one part of nurture may keep the clock, which tells broken promises too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """Asked after each piece of work: what is left then comes with the next tick."""

    ends: float = float("inf")
    now: Callable[[], float] = time.monotonic

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.now() >= self.ends


#: Nobody waits.
WHOLE = Turn()
