"""The list of those nobody may write to, and what is known about one address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from onefunnel.server.notify.to_leads.digests import digest_of
from onefunnel.server.notify.to_leads.door import unreadable as unreadable
from onefunnel.server.notify.to_leads.models import Basis, Suppression


@dataclass(frozen=True)
class AboutAddress:
    """What is known about one address: its place on the list, and what was said of the basis."""

    listed: Suppression | None
    said: tuple[Basis, ...]


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
