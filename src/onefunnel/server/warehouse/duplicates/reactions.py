"""What follows from a merge: the columnar copy is brought up, so that every number shows it."""

from __future__ import annotations

from onefunnel.server.warehouse.duplicates.commands import call_after_change
from onefunnel.server.warehouse.tasks import refresh_copy


def bring_the_copy_up() -> None:
    """Have the copy refreshed in the background."""
    refresh_copy.enqueue()


call_after_change(bring_the_copy_up)
