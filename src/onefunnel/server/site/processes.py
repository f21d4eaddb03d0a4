"""The processes of `onefunnel serve`: one web server, one background worker, no orphans."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from types import FrameType

GRACE = 10.0
RESTARTS = 5  # of the worker, in ten minutes
_THREADS = 8
_PR_SET_PDEATHSIG = 1


class PortTaken(ValueError):
    """Another program listens on the port."""


def check_port(host: str, port: int) -> None:
    """Refuse, before anything slow is done, if the port cannot be had.

    Raises:
        PortTaken: with the next step.
    """
    if not 1 <= port <= 65535:
        raise PortTaken(f"port {port} does not exist; ports go from 1 to 65535.")
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bare, port))
        except PermissionError:
            raise PortTaken(f"port {port} needs more rights. Try --port {port + 8000}.") from None
        except OSError as refused:
            raise PortTaken(
                f"port {port} of {host} cannot be used ({refused.strerror or refused}). "
                f"Try --port {port + 1}."
            ) from None


def web_command(host: str, port: int) -> list[str]:
    """The web server: one process, a few threads; SQLite has one writer anyway.

    Leads that come while another is written go to the disk together, so a line is worth having.
    Its threads wait for the disk more than they work: the server's warning that they are many for
    a small machine is left out, and it warns of nothing else that matters here.
    """
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
        *("--host", host.strip("[]"), "--port", str(port)),
        *("--workers", os.environ.get("ONEFUNNEL_WEB_PROCESSES", "1")),
        *("--blocking-threads", str(_THREADS), "--log-level", "error"),
        "onefunnel.server.site.wsgi:application",
    ]


def worker_command() -> list[str]:
    """The background worker: imports, refreshes, mail; and the clock of what is promised."""
    return [
        *(sys.executable, "-m", "django", "work", "--no-startup-delay", "--no-reload"),
        *("--queue-name", "*", "--interval", "0.5", "--verbosity", "0"),
    ]


def run_together(
    *,
    web: Sequence[str],
    worker: Sequence[str],
    address: tuple[str, int],
    ready: Callable[[], None],
) -> int:
    """Run both until one of us is told to stop; call `ready` when the web server answers.

    A worker that dies is started again; a web server that dies ends everything.

    Returns:
        0 after a clean stop, else the web server's exit code.
    """
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    children = {"web": _start(web), "worker": _start(worker)}
    restarts: list[float] = []
    told = False
    try:
        while not stopping:
            if (code := children["web"].poll()) is not None:
                return code or 1
            if children["worker"].poll() is not None:
                restarts = [t for t in restarts if time.monotonic() - t < 600]
                if len(restarts) < RESTARTS:
                    restarts.append(time.monotonic())
                    children["worker"] = _start(worker)
            if not told and _answers(address):
                told = True
                ready()
            time.sleep(0.1 if not told else 0.3)
        return 0
    finally:
        _stop_all(list(children.values()))


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl+C reaches only us, and we stop the children in order. Should we
    # be killed, the kernel tells the children (Linux).
    return subprocess.Popen(  # noqa: S603 (our own interpreter and modules)
        command, start_new_session=True, preexec_fn=_die_with_parent
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(address: tuple[str, int]) -> bool:
    try:
        with closing(socket.create_connection(address, timeout=0.3)) as line:
            line.settimeout(5)
            line.sendall(b"HEAD /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return line.recv(16).startswith(b"HTTP/1.")
    except OSError:
        return False


def _stop_all(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
