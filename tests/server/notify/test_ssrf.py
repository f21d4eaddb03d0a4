"""T21: no address leads a webhook into the network around us, whatever it is dressed as."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from onefunnel.server.notify.hooks import connecting
from onefunnel.server.notify.hooks.addresses import (
    AddressRefused,
    Place,
    checked_url,
    place_of,
    resolved,
)
from onefunnel.server.notify.hooks.connecting import NoAnswer, post

#: What names may be resolved to, and addresses written in place of a name.
INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1", "2001:db8::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
#: Ways to write an address that some programs read and others do not.
DRESSED = [
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://0/", "https://127.0.0.1.:443/", "https://[::ffff:7f00:1]/",
]  # fmt: skip
NO_ADDRESS = [
    "", "hooks.example.com", "//hooks.example.com/", "ftp://hooks.example.com/", "https://",
    "http://hooks.example.com/", "https://user:word@hooks.example.com/", "https://a.example/#b",
    "https://a.example:99999/", "https://a.example/ b", "https://a.example/\r\nHost: b",
    "https://exämple.com/", "file:///etc/passwd", "https://[::1", "https://a.example/" + "x" * 500,
]  # fmt: skip
OPEN = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    for found in ([address], [OPEN[0], address], [address, OPEN[1]]):
        with pytest.raises(AddressRefused, match="not open to the internet"):
            place_of("https://evil.example/", resolve=lambda *_, f=found: f, to_loopback=False)


@pytest.mark.parametrize("address", [one for one in INSIDE if "%" not in one])
def test_so_is_the_address_itself_before_anything_is_looked_up(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        checked_url(f"https://{host}/", to_loopback=False)


@pytest.mark.parametrize("url", DRESSED)
def test_an_address_in_disguise_is_found_out_where_it_is_resolved(url: str) -> None:
    with pytest.raises((AddressRefused, OSError)):
        place_of(url, resolve=resolved, to_loopback=False)


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_of_the_open_internet(url: str) -> None:
    with pytest.raises(AddressRefused):
        checked_url(url, to_loopback=False)


@pytest.mark.parametrize("address", OPEN)
def test_the_open_internet_is_sent_to(address: str) -> None:
    place = place_of("https://a.example/b?c=d", resolve=lambda *_: [address], to_loopback=False)
    assert place == Place("https", "a.example", 443, "/b?c=d", address)
    assert place.host_header == "a.example"


def test_the_setting_for_tests_opens_this_machine_and_nothing_else() -> None:
    place = place_of("http://localhost:81/", resolve=lambda *_: ["127.0.0.1"], to_loopback=True)
    assert place.host_header == "localhost:81"
    for scheme in ("http", "https"):
        for found in (["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], []):
            with pytest.raises(AddressRefused):
                place_of(f"{scheme}://a.example/", resolve=lambda *_, f=found: f, to_loopback=True)
    with pytest.raises(AddressRefused, match="only for tests"):
        place_of("http://a.example/", resolve=lambda *_: [OPEN[0]], to_loopback=True)


# --- what happens on the line --------------------------------------------------------------------
class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers as the path says, and keeps what it got."""

    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append({"path": self.path, "body": body, **self.headers})
        if self.path.startswith("/elsewhere"):
            self.send_response(307)
            self.send_header("Location", "/landed")
            self.end_headers()
        else:
            self.send_response(int(self.path.strip("/") or 204))
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing to print."""


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A receiver on this machine; its port."""
    Receiver.got.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def here(port: int, path: str = "/", scheme: str = "http", host: str = "hooks.example") -> Place:
    return Place(scheme, host, port, path, str(IPv4Address("127.0.0.1")))


def send(place: Place, **more: Any) -> int:
    return post(place, body=b'{"a":1}', headers={"Content-Type": "application/json"}, **more).status


def test_it_goes_to_the_address_looked_at_under_the_name_that_was_given() -> None:
    with listening() as port:
        assert send(here(port, "/200")) == 200
    (got,) = Receiver.got
    assert (got["body"], got["Host"]) == (b'{"a":1}', f"hooks.example:{port}")


def test_redirects_are_not_followed_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with listening() as port:
        assert send(here(port, "/elsewhere")) == 307
    assert [one["path"] for one in Receiver.got] == ["/elsewhere"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little patience, so that the tests need not wait."""
    monkeypatch.setattr(connecting, "PATIENCE", 0.2)
    monkeypatch.setattr(connecting, "ALL_OF_IT", 0.4)


@pytest.mark.parametrize("drips", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_who_never_ends_an_answer_is_cut_off(hurried: None, drips: bytes) -> None:
    """One that says nothing, and one that says a letter at a time for ever."""
    done = threading.Event()

    def drip(line: socket.socket) -> None:
        with closing(line), closing(line.accept()[0]) as end:
            end.recv(65536)
            end.sendall(drips)
            while drips and not done.wait(0.05):
                try:
                    end.sendall(b"x")
                except OSError:
                    return
            done.wait(5)

    line = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=drip, args=[line], daemon=True)
    thread.start()
    with pytest.raises(NoAnswer, match="in time"):
        send(here(line.getsockname()[1]))
    done.set()
    thread.join()


def test_nobody_there_and_no_http_are_told() -> None:
    line = socket.create_server(("127.0.0.1", 0))
    port = line.getsockname()[1]

    def say_nonsense() -> None:
        with closing(line), closing(line.accept()[0]) as end:
            end.recv(65536)
            end.sendall(b"\x00nonsense\r\n\r\n")

    thread = threading.Thread(target=say_nonsense, daemon=True)
    thread.start()
    with pytest.raises(NoAnswer):
        send(here(port))
    thread.join()
    with pytest.raises(NoAnswer, match="refused"):
        send(here(port))


def test_the_certificate_has_to_be_for_the_name(tmp_path: Path) -> None:
    """The name is checked, though the connection is to an address: and by default, who signed."""
    theirs, trusts = certificate(tmp_path, "hooks.example")
    with listening(theirs) as port:
        place = here(port, "/200", "https")
        assert send(place, tls=trusts) == 200
        with pytest.raises(NoAnswer, match="certificate does not hold"):
            send(here(port, "/200", "https", host="other.example"), tls=trusts)
        with pytest.raises(NoAnswer, match="certificate does not hold"):
            send(place)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate for the name, and a client's side that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    trusts = ssl.create_default_context()
    trusts.load_verify_locations(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return theirs, trusts
