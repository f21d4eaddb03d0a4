"""The links by which people unsubscribe: signed, and without saying whose they are."""

from __future__ import annotations

from django.core import signing
from django.urls import reverse

from onefunnel.server.notify.mail.site_address import site_address

_SALT = "onefunnel.unsubscribe"


def unsubscribe_url(digest: str) -> str:
    """The address that unsubscribes whoever has this digest, for ever."""
    return site_address() + reverse("unsubscribe", args=[signing.dumps(digest, salt=_SALT)])


def digest_in(token: str) -> str | None:
    """The digest that a link stands for; None for a link that this workspace did not make."""
    try:
        found = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, str) else None
