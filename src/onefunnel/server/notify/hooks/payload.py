"""The body of a webhook: the event as the record has it, and what it is about as it is now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from onefunnel.facts.personal import MASK
from onefunnel.facts.utc import in_utc
from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person

if TYPE_CHECKING:
    from onefunnel.server.record.models import Event

Row = Mapping[str, object]


@dataclass(frozen=True)
class Subject:
    """What an event is about, as it is known now: a row of a table, and which of its columns
    ("leads.email") are personal."""

    table: str
    row: Row
    personal: frozenset[str] = field(default_factory=frozenset)


#: From the part of a subject behind the colon to what it names; None where it is gone.
Known = Callable[[str], Subject | None]
#: Whether the keys of such things are personal, as telephone numbers are.
HasPersonalKey = Callable[[], bool]
_known: dict[str, tuple[Known, HasPersonalKey]] = {}


def _never() -> bool:
    """Most things are named by keys of our own making."""
    return False


def provide_subject(thing: str, known: Known, *, has_personal_key: HasPersonalKey = _never) -> None:
    """Register who knows things of a kind: `lead` for subjects such as `lead:018f…`."""
    _known[thing] = (known, has_personal_key)


def body_of(event: Event, endpoint: Endpoint) -> bytes:
    """The message for one endpoint, as JSON.

    Without the endpoint's leave nothing in it is personal: columns that hold personal data are
    masked, keys that are personal too wherever they stand, texts are without addresses, and who
    did it is told by id and team.
    """
    is_all = endpoint.has_personal_data
    hidden = frozenset(
        thing for thing, (_, is_personal) in _known.items() if not is_all and is_personal()
    )
    subject, record = _subject(event.subject, is_all)
    content = {
        "type": event.kind,
        "timestamp": event.at,
        "data": {
            "id": str(event.public_id),
            "subject": _without_keys(subject, hidden),
            "by": _who(event.by, is_all),
            "details": _without_keys(event.payload, hidden),
            "record": record,
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_text).encode()


def _who(by: Person | None, has_personal_data: bool) -> dict[str, str] | None:
    if by is None:
        return None
    told = {"id": str(by.public_id), "team": by.team}
    return {**told, "name": by.name, "email": by.email} if has_personal_data else told


def _without_keys(told: Any, hidden: frozenset[str]) -> Any:
    """What is told, all lists and texts in it, with the keys of these things masked."""
    if isinstance(told, Mapping):
        return {name: _without_keys(value, hidden) for name, value in told.items()}
    if isinstance(told, (list, tuple)):
        return [_without_keys(value, hidden) for value in told]
    thing, colon, _ = told.partition(":") if isinstance(told, str) else ("", "", "")
    return f"{thing}:{MASK}" if colon and thing in hidden else told


def _subject(subject: str, has_personal_data: bool) -> tuple[str, dict[str, Any] | None]:
    """What the event is about, and what is known of it; a key that is personal is masked too."""
    thing, _, key = subject.partition(":")
    found = _known[thing][0](key) if thing in _known else None
    if found is None:
        return subject, None
    hiding = Hiding(found.personal, sees_all=has_personal_data)
    shown = {
        name: value
        for name, value in hiding.row(found.table, found.row).items()
        if value is not None and not name.startswith("_")
    }
    is_hidden = any(
        str(value) == key and shown.get(name) == MASK for name, value in found.row.items()
    )
    return (f"{thing}:{MASK}" if is_hidden else subject), shown


def _text(value: object) -> str:
    """Times in ISO 8601, those of the facts being UTC; money as exact text."""
    if isinstance(value, datetime):
        return f"{in_utc(value).isoformat()}+00:00"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be told in JSON")
