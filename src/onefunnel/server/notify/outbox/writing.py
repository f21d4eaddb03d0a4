"""Putting a message into the outbox: in the transaction of the deed that it speaks of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from onefunnel.server.notify.outbox.models import Channel, Outgoing
from onefunnel.server.people.models import Person


def put_mail(
    *,
    channel: Channel,
    key: str,
    about: str,
    content: dict[str, Any],
    at: datetime,
    person: Person | None = None,
) -> tuple[Outgoing, bool]:
    """Have a mail sent, once for each key; the message, and whether it is new.

    It goes out only if the caller's transaction is committed.
    """
    return Outgoing.objects.get_or_create(
        channel=channel,
        key=key,
        defaults={
            "about": about[:200], "content": content, "person": person, "made_at": at,
            "due_at": at,
        },
    )  # fmt: skip
