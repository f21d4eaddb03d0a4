"""Public ids: random enough that nobody guesses a neighbour's, ordered enough to index well."""

from __future__ import annotations

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """Make a version 7 UUID: 48 bits of milliseconds, then 74 random bits (RFC 9562).

    Python 3.11 has no `uuid.uuid7`. The time in it only helps the index: never read it back.
    """
    value = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    number = int.from_bytes(value, "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=number)
