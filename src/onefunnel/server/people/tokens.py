"""Secrets that travel in links and headers. Only their digests are stored."""

from __future__ import annotations

import hashlib
import secrets

KEY_PREFIX = "of_live_"


def new_token() -> str:
    """A link's secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_key() -> str:
    """An API key. The prefix lets secret scanners recognise a leaked one."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored. The secrets have 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
