"""What the clock does for handovers."""

from __future__ import annotations

from datetime import datetime

from onefunnel.server.run.handovers.clocks import MOST, keep_promises


def tick(*, at: datetime) -> int:
    """Find what is overdue at that moment and say so; how many promises were broken.

    Called again and again by each background worker; time is an argument, so a test walks a week.
    """
    broken = 0
    while found := keep_promises(at=at):
        broken += found
        if found < MOST:
            break
    return broken
