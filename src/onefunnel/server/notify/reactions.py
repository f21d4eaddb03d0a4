"""What is recorded is told to the endpoints of webhooks, in the transaction of the deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onefunnel.server.notify.hooks.commands import tell_endpoints
from onefunnel.server.record.events import appended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onefunnel.server.record.models import Event


def _tell_endpoints(*, events: Sequence[Event], **_: Any) -> None:
    tell_endpoints(events)


def listen() -> None:
    """Called once, when the room is ready."""
    appended.connect(_tell_endpoints, dispatch_uid="notify.tell-endpoints")
