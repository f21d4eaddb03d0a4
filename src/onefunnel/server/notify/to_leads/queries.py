"""The list of those nobody may write to, and what is known about one address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from onefunnel.server.notify.outbox.models import Channel, Outgoing, State
from onefunnel.server.notify.to_leads.digests import digest_of
from onefunnel.server.notify.to_leads.door import is_listed as is_listed
from onefunnel.server.notify.to_leads.door import unreadable as unreadable
from onefunnel.server.notify.to_leads.models import Basis, Suppression


@dataclass(frozen=True)
class AboutAddress:
    """What is known about one address: its place on the list, and what was said of the basis."""

    listed: Suppression | None
    said: tuple[Basis, ...]


@dataclass(frozen=True)
class Became:
    """What became of a mail: waiting, sent, failed or dropped; since when it ended, and why."""

    state: str
    at: datetime | None
    reason: str


def what_became_of(keys: Sequence[str]) -> dict[str, Became]:
    """What became of mails to leads, by their keys; what ended long ago is not known any more."""
    rows = Outgoing.objects.filter(channel=Channel.LEAD, key__in=keys)
    return {one.key: Became(one.state, one.ended_at, one.reason) for one in rows}


def has_ended(key: str) -> Exists:
    """A condition for rows that hold such a key in the column of that name: its mail has ended."""
    same = Outgoing.objects.filter(channel=Channel.LEAD, key=OuterRef(key))
    return Exists(same.exclude(state=State.WAITING))


def listed() -> QuerySet[Suppression]:
    """Everybody whom nobody may write to, the newest first; slice it for a page."""
    return Suppression.objects.select_related("by")


def about_address(address: str) -> AboutAddress:
    """What is known about an address. Raises NotAnAddress."""
    digest = digest_of(address)
    return AboutAddress(
        Suppression.objects.filter(digest=digest).first(),
        tuple(Basis.objects.select_related("by").filter(digest=digest)),
    )


def list_to_keep() -> Iterator[tuple[str, str, str, str]]:
    """The list as rows of a file that can be brought in again here: digest, mark of the key, why,
    when."""
    yield "digest", "key", "why", "at"
    for one in Suppression.objects.order_by("pk").iterator(chunk_size=2000):
        yield one.digest, one.key_mark, one.why, one.at.isoformat()
