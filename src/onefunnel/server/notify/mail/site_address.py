"""Under which address people reach this site: what links in mails begin with."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings


def site_address() -> str:
    """The public address, else where this machine listens; without a slash at the end."""
    return str(settings.PUBLIC_URL or settings.LISTENS_AT).rstrip("/")


def site_host() -> str:
    """The name in the address."""
    return urlsplit(site_address()).hostname or "localhost"
