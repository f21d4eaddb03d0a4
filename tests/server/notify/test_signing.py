"""Signatures by the Standard Webhooks specification, against what it publishes."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest

from onefunnel.server.notify.hooks.signing import headers_of, new_secret, signature

#: The examples that the specification's own libraries and documentation are tested with:
#: secret, id, timestamp, body, signature.
PUBLISHED = [
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
     b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121,
     b'{"event_type":"ping","data":{"success":true}}',
     "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
]  # fmt: skip


def verified(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """What a receiver does, written from the specification's text."""
    key = b64decode(secret.split("_", 1)[1])
    content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    wanted = b64encode(hmac.digest(key, content, "sha256")).decode()
    return any(
        one.split(",", 1)[0] == "v1" and hmac.compare_digest(one.split(",", 1)[1], wanted)
        for one in headers["webhook-signature"].split(" ")
    )


@pytest.mark.parametrize(("secret", "message", "moment", "body", "signed"), PUBLISHED)
def test_as_published(secret: str, message: str, moment: int, body: bytes, signed: str) -> None:
    assert signature(message_id=message, moment=moment, body=body, secret=secret) == signed


def test_while_two_secrets_sign_receivers_with_either_take_it() -> None:
    old, new = new_secret(), new_secret()
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    headers = headers_of(message_id="msg_1", at=at, body=b"{}", secrets_=[new, old])
    assert verified(headers, b"{}", old)
    assert verified(headers, b"{}", new)
    assert not verified(headers, b"{ }", new)
    assert not verified(headers, b"{}", new_secret())
    assert headers["webhook-timestamp"] == "1795341600"


def test_secrets_are_long_and_never_the_same() -> None:
    made = {new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(b64decode(one.removeprefix("whsec_"))) for one in made} == {32}
