"""What the clock does for nurture."""

from __future__ import annotations

from datetime import datetime

from onefunnel.server.run.nurture.commands import (
    look_at_changes,
    settle_mails,
    take_steps,
    wake_due,
)


def tick(*, at: datetime) -> int:
    """See what became of mails, look at what changed, wake who is due, take what is due; how many
    steps were looked at. Safe with several clocks; time is an argument, so a test walks a year."""
    settle_mails(at=at)
    look_at_changes(at=at)
    wake_due(at=at)
    return take_steps(at=at)
