"""Time as people say it: how long ago, how long still."""

from __future__ import annotations

from datetime import datetime, timedelta


def ago(moment: datetime, *, at: datetime) -> str:
    """How long ago something was: 2 s ago, 5 min ago, 3 h ago, 2 days ago."""
    return f"{span(max(at - moment, timedelta()))} ago"


def left(due: datetime | None, *, at: datetime) -> str:
    """How much time is left by the clock on the wall: due in 2 h, overdue by 5 min."""
    if due is None:
        return "no time agreed"
    if due > at:
        return f"due in {span(due - at)}"
    return f"overdue by {span(at - due)}" if at - due >= timedelta(seconds=1) else "due now"


def span(length: timedelta) -> str:
    """A length of time in its largest unit, cut down."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"
