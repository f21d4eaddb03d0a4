"""What follows when people enter something: the columnar copy comes after, once for many deeds."""

from __future__ import annotations

from typing import Any

from onefunnel.server.warehouse.events import rows_recorded
from onefunnel.server.warehouse.tasks import follow_soon


def _copy_follows(**_: Any) -> None:
    follow_soon()


def listen() -> None:
    """Called once, when the room is ready."""
    rows_recorded.connect(_copy_follows, dispatch_uid="warehouse.copy-follows")
