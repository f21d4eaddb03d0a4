"""Where webhooks may go: to addresses of the open internet, never into the network around us.

A name is resolved once, all its addresses are looked at, and the connection goes to one of those
that were looked at: a name that answers otherwise a moment later gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
#: A host and a port to the addresses that it has, as text.
Resolve = Callable[[str, int], list[str]]

LONGEST = 500
_PORTS = {"https": 443, "http": 80}
#: Open addresses by the registry, behind which a cloud keeps its own: Azure's.
_CLOUD = frozenset({IPv4Address("168.63.129.16")})
#: IPv6 addresses that hold one of IPv4 in their last 32 bits, and one that has it after 16.
_HOLD_IPV4 = tuple(
    IPv6Network(one) for one in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_LOCAL_NAT64 = ip_network("64:ff9b:1::/48")
_6TO4 = IPv6Network("2002::/16")
#: Networks for special uses. Python knows them too, but not every version all of them.
_SPECIAL = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class AddressRefused(ValueError):
    """The address is not one that a webhook may go to. The text says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where a webhook goes: the name, for the certificate, and the one address connected to."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def resolved(host: str, port: int) -> list[str]:
    """Every address of a name, as this machine resolves it. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def checked_url(text: str, *, to_loopback: bool) -> SplitResult:
    """The parts of a web address that may be kept as an endpoint; nothing is looked up.

    Raises:
        AddressRefused: no https, a name and password in it, or an address that is not open.
    """
    try:
        if not text.isascii() or not text.isprintable() or " " in text or len(text) > LONGEST:
            raise ValueError("blanks, or letters that addresses do not have")
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
        if parts.scheme not in _PORTS or not host or "@" in parts.netloc or parts.fragment:
            raise ValueError("no web address")
    except ValueError:
        raise AddressRefused(
            "Give a whole web address such as https://hooks.example.com/onefunnel, without a name "
            "and password in it."
        ) from None
    if parts.scheme == "http" and not to_loopback:
        raise AddressRefused("Only https is sent to: over http anybody on the way could read it.")
    if _literal(host) is not None:
        _require_open([host], scheme=parts.scheme, to_loopback=to_loopback)
    return parts


def place_of(text: str, *, resolve: Resolve = resolved, to_loopback: bool) -> Place:
    """Where a message for this web address goes now.

    Raises:
        AddressRefused: see `checked_url`; also where any address of the name is not open.
        OSError: the name could not be resolved.
    """
    parts = checked_url(text, to_loopback=to_loopback)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    found = resolve(host, port)
    _require_open(found, scheme=parts.scheme, to_loopback=to_loopback)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, path, found[0])


def is_open(address: Address) -> bool:
    """Whether an address is one of the open internet, also when looked at as what it stands for."""
    if isinstance(address, IPv6Address):
        if address in _LOCAL_NAT64:
            return False
        inner = _ipv4_in(address)
        if inner is not None:
            return is_open(inner)
    if address in _CLOUD or any(address in one for one in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    """The address of IPv4 that one of IPv6 leads to, by its form."""
    if any(address in one for one in _HOLD_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return IPv4Address((int(address) >> 80) & 0xFFFFFFFF) if address in _6TO4 else None


def _require_open(found: list[str], *, scheme: str, to_loopback: bool) -> None:
    addresses = [_literal(one) for one in found]
    if not addresses:
        raise AddressRefused("The name has no address.")
    if to_loopback and all(one is not None and one.is_loopback for one in addresses):
        return
    if scheme == "http":
        raise AddressRefused("Over http only this machine itself is sent to, and only for tests.")
    if any(one is None or not is_open(one) for one in addresses):
        raise AddressRefused(
            "The address leads into a network that is not open to the internet. A webhook could "
            "be used to look around there, so it is not sent."
        )


def _literal(host: str) -> Address | None:
    """The address that a text is; None for a name, and for an address with a zone."""
    try:
        return ip_address(host) if "%" not in host else None
    except ValueError:
        return None
