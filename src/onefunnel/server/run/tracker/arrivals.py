"""Each request once: the same key and content get the same answer, however often they come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from onefunnel.server.run.tracker.models import Arrival
from onefunnel.server.warehouse.commands import hold_the_door

LONGEST_KEY = 200


class KeyUsed(ValueError):
    """The key came before with other content."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            "This key was used before for something else. Send a new key for new content, the "
            "same key only to send the same once more."
        )


def digest_of(content: object) -> str:
    """The digest of what was sent, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def answered(*, caller: str, key: str, digest: str) -> Mapping[str, object] | None:
    """What was answered to this key before; None where it is new.

    In the caller's transaction: nobody else can use the key until it ends.

    Raises:
        KeyUsed: it came with other content.
    """
    return answered_many(caller=caller, digests={key: digest}).get(key)


def answered_many(*, caller: str, digests: Mapping[str, str]) -> dict[str, Mapping[str, object]]:
    """What was answered to these keys before, by key; new ones are left out. Raises KeyUsed."""
    if not digests:
        return {}
    hold_the_door()
    found = Arrival.objects.filter(caller=caller, key__in=list(digests))
    answers: dict[str, Mapping[str, object]] = {}
    for key, digest, answer in found.values_list("key", "digest", "answer"):
        if digest != digests[key]:
            raise KeyUsed(key)
        answers[key] = answer
    return answers


def keep_answers(
    *, caller: str, answers: Iterable[tuple[str, str, Mapping[str, object]]], at: datetime
) -> None:
    """Remember (key, digest, answer) of what was just done."""
    Arrival.objects.bulk_create(
        Arrival(caller=caller, key=key, digest=digest, answer=dict(answer), at=at)
        for key, digest, answer in answers
        if key
    )
