"""Keys of records in addresses, for readers who may not see what the key says.

Some systems call a lead by its e-mail address. Who may not see personal data gets addresses in
which such a key is sealed: they open the same page and tell nothing. The same key is always sealed
the same way, so that addresses can be kept; only this workspace's secret opens it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings

_START = "sealed~"
_TAG = 16


def seal(text: str) -> str:
    """The text, sealed: a keyed digest of it, then the text under a stream made from the digest."""
    plain = text.encode()
    tag = _tag(plain)
    sealed = urlsafe_b64encode(tag + _covered(plain, tag)).decode().rstrip("=")
    return f"{_START}{sealed}"


def opened(text: str) -> str:
    """What was sealed; a text that this workspace did not seal is given back as it is."""
    if not text.startswith(_START):
        return text
    try:
        raw = urlsafe_b64decode(text.removeprefix(_START) + "==")
        plain = _covered(raw[_TAG:], raw[:_TAG])
        return plain.decode() if hmac.compare_digest(_tag(plain), raw[:_TAG]) else text
    except ValueError:
        return text


def _key(use: str) -> bytes:
    return hashlib.sha256(f"onefunnel {use} {settings.SECRET_KEY}".encode()).digest()


def _tag(plain: bytes) -> bytes:
    return hmac.new(_key("sealed keys"), plain, "sha256").digest()[:_TAG]


def _covered(text: bytes, tag: bytes) -> bytes:
    stream = hashlib.shake_256(_key("cover of sealed keys") + tag).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))
