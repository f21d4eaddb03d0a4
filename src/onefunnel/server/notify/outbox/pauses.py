"""How long to wait before a message is tried again."""

from __future__ import annotations

import hashlib
from datetime import timedelta

#: After the first try, the second, ...; when all are used up, it is given up after about 28 hours.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
)
#: A message is tried so often.
MOST_TRIES = len(PAUSES) + 1
#: A pause is longer by up to this share of it, so that what failed together comes back apart.
JITTER = 0.25


def pause_after(tries: int, message: str) -> timedelta | None:
    """The pause after so many tries of a message; None: it is given up.

    The same message and try give the same pause; different messages are spread.
    """
    if tries >= MOST_TRIES:
        return None
    digest = hashlib.sha256(f"{message} {tries}".encode()).digest()
    spread = int.from_bytes(digest[:4], "big") / 2**32
    return PAUSES[max(tries, 1) - 1] * (1 + JITTER * spread)
