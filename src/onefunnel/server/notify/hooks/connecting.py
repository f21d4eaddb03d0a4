"""One POST to an address that was looked at: no redirects, no proxies, little time, no body."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Event, Timer
from time import perf_counter

from onefunnel.server.notify.hooks.addresses import Place

#: How long to wait for a connection and for each piece of the answer, and for all of it.
PATIENCE, ALL_OF_IT = 5.0, 15.0
_LATE = "it did not answer in time"


@dataclass(frozen=True)
class Answer:
    """What came back: the status of HTTP, and how long it took."""

    status: int
    took_ms: int


class NoAnswer(Exception):
    """Nothing came back. The text says why."""

    def __init__(self, why: str, took_ms: int) -> None:
        super().__init__(why)
        self.took_ms = took_ms


class _Pinned(HTTPConnection):
    """A connection to the address that was looked at, whatever the name says by now."""

    def __init__(self, place: Place, tls: ssl.SSLContext | None) -> None:
        super().__init__(place.host, place.port, timeout=PATIENCE)
        self._place, self._tls = place, tls

    def connect(self) -> None:
        line = socket.create_connection((self._place.address, self._place.port), PATIENCE)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._place.scheme == "https":
            line = (self._tls or ssl.create_default_context()).wrap_socket(
                line, server_hostname=self._place.host, do_handshake_on_connect=False
            )
        self.sock = line  # from here on it can be cut off, also while keys are agreed on
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()


def post(
    place: Place, *, body: bytes, headers: Mapping[str, str], tls: ssl.SSLContext | None = None
) -> Answer:
    """Send the body; the answer's status is all that is read of it.

    `http.client` follows no redirect and asks no proxy of the environment.

    Raises:
        NoAnswer: no connection, no certificate that holds, no answer in time, or no HTTP.
    """
    begun = perf_counter()

    def took() -> int:
        return round((perf_counter() - begun) * 1000)

    with closing(_Pinned(place, tls)) as line:
        is_over = Event()
        end = Timer(ALL_OF_IT, _cut, [line, is_over])
        end.daemon = True
        end.start()
        try:
            line.request("POST", place.path, body, {**headers, "Host": place.host_header})
            status = line.getresponse().status
        except ssl.SSLCertVerificationError as bad:
            raise NoAnswer(f"its certificate does not hold: {bad.verify_message}", took()) from bad
        except TimeoutError as late:
            raise NoAnswer(_LATE, took()) from late
        except (OSError, HTTPException) as broken:
            why = str(broken) or type(broken).__name__
            raise NoAnswer(_LATE if is_over.is_set() else why[:300], took()) from broken
        finally:
            end.cancel()
        if is_over.is_set():  # an answer that was cut off looks like a short one
            raise NoAnswer(_LATE, took())
        return Answer(status, took())


def _cut(line: HTTPConnection, is_over: Event) -> None:
    """End a connection on which an answer drips for ever."""
    is_over.set()
    if line.sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(line.sock, socket.SHUT_RDWR)
