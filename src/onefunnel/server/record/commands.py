"""The only door through which events come in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from onefunnel.server.people.models import Person
from onefunnel.server.record.models import Event, Head
from onefunnel.server.record.seals import seal

_KIND = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")


class NotAnEvent(ValueError):
    """The kind is badly named, the time has no zone, or the payload holds personal data."""


def append(
    *,
    kind: str,
    at: datetime,
    by: Person | None = None,
    subject: str = "",
    payload: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event, in the caller's transaction if there is one: change and event together.

    Args:
        kind: Room, dot, what happened in the past tense: `warehouse.import-finished`.
        at: When it happened (aware).
        by: Who did it; nobody means the program itself.
        subject: What it happened to, as `thing:id`.
        payload: Ids, counts and codes only. The log is for ever, so an e-mail address in it
            could never be erased: it is refused here.

    Raises:
        NotAnEvent: see above.
    """
    content = dict(payload or {})
    if not _KIND.fullmatch(kind):
        raise NotAnEvent(f"Event kind {kind!r}: name it room.what-happened, in lower case.")
    if at.tzinfo is None:
        raise NotAnEvent(f"Event {kind}: the time needs a zone.")
    if _ADDRESS.search(subject) or _ADDRESS.search(json.dumps(content, ensure_ascii=False)):
        raise NotAnEvent(f"Event {kind} holds an e-mail address: record the person's id instead.")
    with transaction.atomic():
        head, _ = Head.objects.select_for_update().get_or_create(pk=1)
        event = Event(
            at=at.astimezone(UTC),
            by=by,
            kind=kind,
            subject=subject,
            payload=content,
            previous=head.hash,
        )
        event.hash = seal(event)
        event.save()
        head.hash = event.hash
        head.save(update_fields=["hash"])
    return event


def hold_the_chain() -> None:
    """Let nobody else add to any sealed chain until this transaction ends.

    Whoever adds a row that seals the one before takes this first: a lock on the last row alone
    would let two see the same last row, and the chain would fork for ever.
    """
    Head.objects.select_for_update().get_or_create(pk=1)
