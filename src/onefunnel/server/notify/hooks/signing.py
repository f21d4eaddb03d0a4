"""Signatures of webhooks, by the Standard Webhooks specification (standardwebhooks.com, v1)."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret as receivers are given it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def headers_of(
    *, message_id: str, at: datetime, body: bytes, secrets_: Sequence[str]
) -> dict[str, str]:
    """The three headers of a message; each secret that is valid signs, the newest first.

    The same message sent again keeps its id and gets the moment at which it is sent.
    """
    moment = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(
            signature(message_id=message_id, moment=moment, body=body, secret=one)
            for one in secrets_
        ),
    }


def signature(*, message_id: str, moment: int, body: bytes, secret: str) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body` under the secret's bytes, in base64."""
    content = f"{message_id}.{moment}.".encode() + body
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    return "v1," + b64encode(hmac.new(key, content, "sha256").digest()).decode()
