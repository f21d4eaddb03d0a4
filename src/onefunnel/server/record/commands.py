"""The only door through which events come in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from onefunnel.server.people.models import Person
from onefunnel.server.record.events import appended
from onefunnel.server.record.models import Event, Head
from onefunnel.server.record.seals import seal

_KIND = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")


class NotAnEvent(ValueError):
    """The kind is badly named, the time has no zone, or the payload holds personal data."""


@dataclass(frozen=True)
class Happening:
    """What is to be appended; see `append`."""

    kind: str
    at: datetime
    by: Person | None = None
    subject: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


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
    return append_many([Happening(kind, at, by, subject, payload or {})])[0]


def append_many(happenings: Sequence[Happening]) -> list[Event]:
    """Append several events in one go, sealed one after the other; as `append` otherwise."""
    for one in happenings:
        _check(one)
    if not happenings:
        return []
    # no savepoint: an event that cannot be kept takes its deed with it
    with transaction.atomic(savepoint=False):
        last = _hold_the_last_hash()
        made = []
        for one in happenings:
            event = Event(
                at=one.at.astimezone(UTC),
                by=one.by,
                kind=one.kind,
                subject=one.subject,
                payload=dict(one.payload),
                previous=last,
            )
            event.hash = last = seal(event)
            made.append(event)
        _insert(made)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE record_head SET hash = %s WHERE id = 1", [last])
        appended.send(sender=Event, events=made)
    return made


#: How the events of one JSON text become rows, by database.
_ROWS = {
    "sqlite": "SELECT {} FROM json_each(%s) ORDER BY key".format(
        ", ".join(f"json_extract(value, '$[{place}]')" for place in range(8))
    ),
    "postgresql": (
        "SELECT (value ->> 0)::uuid, (value ->> 1)::timestamptz, (value ->> 2)::bigint, "
        "value ->> 3, value ->> 4, (value ->> 5)::jsonb, value ->> 6, value ->> 7 "
        "FROM json_array_elements(%s::json)"
    ),
}


def _moment(at: datetime) -> str:
    """A time as the database keeps it."""
    return str(connection.ops.adapt_datetimefield_value(at))


def _insert(events: Sequence[Event]) -> None:
    """Write the events in their order, and give them their numbers.

    In SQL, of one text: each deed passes here, and the mapper would take longer over it than all
    else of the deed.
    """
    rows = [
        (
            one.public_id.hex, _moment(one.at), one.by_id, one.kind, one.subject,
            json.dumps(one.payload), one.previous, one.hash,
        )
        for one in events
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO record_event (public_id, at, by_id, kind, subject, payload, previous, "
            f"hash) {_ROWS[connection.vendor]} RETURNING id, hash",
            [json.dumps(rows)],
        )
        numbers = {seal: number for number, seal in cursor.fetchall()}
    for one in events:
        one.pk = numbers[one.hash]
        one._state.adding = False


def _hold_the_last_hash() -> str:
    """The hash of the last event; nobody else can append until this transaction ends.

    In SQL: each deed passes here, and the mapper would take longer over it than the database.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE record_head SET hash = hash WHERE id = 1 RETURNING hash")
        row = cursor.fetchone()
    if row is None:
        Head.objects.get_or_create(pk=1)
        return _hold_the_last_hash()
    return str(row[0])


def _check(one: Happening) -> None:
    if not _KIND.fullmatch(one.kind):
        raise NotAnEvent(f"Event kind {one.kind!r}: name it room.what-happened, in lower case.")
    if one.at.tzinfo is None:
        raise NotAnEvent(f"Event {one.kind}: the time needs a zone.")
    content = json.dumps(dict(one.payload), ensure_ascii=False)
    if "@" in one.subject + content and (_ADDRESS.search(one.subject) or _ADDRESS.search(content)):
        raise NotAnEvent(f"Event {one.kind} holds an e-mail address: record the person's id.")


def hold_the_chain() -> None:
    """Let nobody else add to any sealed chain until this transaction ends.

    Whoever adds a row that seals the one before takes this first: a lock on the last row alone
    would let two see the same last row, and the chain would fork for ever.
    """
    Head.objects.select_for_update().get_or_create(pk=1)
