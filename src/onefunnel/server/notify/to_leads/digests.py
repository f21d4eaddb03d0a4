"""Addresses as the lists keep them: digests under the workspace's secret key."""

from __future__ import annotations

import unicodedata
from email.headerregistry import Address

from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "onefunnel.suppression"


class NotAnAddress(ValueError):
    """The text is no e-mail address that could be written to."""


def normalised(address: str) -> str:
    """An address as it is compared: no blanks around it, small letters, one form of each letter,
    the name of the server as the network knows it.

    Raises:
        NotAnAddress: see the class.
    """
    text = unicodedata.normalize("NFKC", address).strip().casefold()
    name, at, server = text.rpartition("@")
    try:
        host = server.encode("idna").decode() if server else ""
        if not at or not name or "." not in host or any(c.isspace() or c < " " for c in text):
            raise ValueError
        Address(addr_spec=f"{name}@{host}")
    except (ValueError, IndexError, TypeError) as wrong:
        raise NotAnAddress("This is no e-mail address.") from wrong
    return f"{name}@{host}"


def digest_of(address: str) -> str:
    """The keyed digest of an address. Raises NotAnAddress."""
    return _digest(normalised(address), str(settings.SECRET_KEY))


def key_mark() -> str:
    """By which one sees, without knowing the key, whether a digest was made with this one."""
    return _digest("the mark of the key", str(settings.SECRET_KEY))[:16]


def _digest(text: str, key: str) -> str:
    return salted_hmac(_SALT, text, secret=key, algorithm="sha256").hexdigest()
