"""What the record tells: that something was appended to it."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent inside the transaction that appends, with `events`: what follows is kept or lost with them.
appended = Signal()
