"""From which address a request comes, where a proxy stands in front too."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks: what the proxies that we trust say, else who connects.

    As many proxies are trusted as sign-in trusts; what a client itself says is not believed.
    """
    trusted = int(getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0))
    said = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
    if trusted and len(said) >= trusted and said[-trusted]:
        return said[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))


def household_of(address: str) -> str:
    """What one visitor is counted by: the address, of IPv6 the network of 64 bits it is in.

    A household has such a network to itself and changes addresses in it as it likes.
    """
    try:
        found = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))
