"""`serve` as a whole: answers, tells the welcome link, stops cleanly, leaves nobody behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from onefunnel.server.site.processes import PortTaken, check_port

SERVE = (
    "import sys, pathlib\n"
    "from onefunnel.server.site.serving import serve_workspace\n"
    "say = lambda text, passing=False: print(text, flush=True)\n"
    "sys.exit(serve_workspace(workspace=pathlib.Path(sys.argv[1]), host='127.0.0.1',\n"
    "    port=int(sys.argv[2]), source=None, mapping=None, say=say))\n"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(folder: Path) -> list[int]:
    """Every process whose environment names this workspace."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(folder).encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path, list[str]]]:
    folder, port = tmp_path / "workspace", free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEFUNNEL_")}
    environment |= {"ONEFUNNEL_WORKSPACE": str(folder)}
    program = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    said: list[str] = []
    assert program.stdout
    for line in program.stdout:
        said.append(line.rstrip())
        if "Stop it with" in line:
            break
    yield program, port, folder, said
    if program.poll() is None:
        program.kill()
    program.wait()
    program.stdout.close()


def gone(folder: Path, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not processes_of(folder):
            return True
        time.sleep(0.2)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_serves_and_stops_without_orphans(
    served: tuple[subprocess.Popen[str], int, Path, list[str]], number: signal.Signals
) -> None:
    program, port, folder, said = served
    link = re.search(rf"http://127\.0\.0\.1:{port}(/welcome/\S+/)", "\n".join(said))
    assert link, said
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", link[1])
    assert b"owner" in line.getresponse().read()
    assert len(processes_of(folder)) >= 3  # we, the web server, the worker
    assert (folder / "onefunnel.sqlite3").stat().st_mode & 0o077 == 0
    program.send_signal(number)
    code = program.wait(timeout=20)
    assert gone(folder), processes_of(folder)
    if number is not signal.SIGKILL:
        assert code == 0


def test_a_taken_port_is_said_before_anything_is_done() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"--port {port + 1}"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


@pytest.mark.parametrize("port", [0, -1, 65536, 99999])
def test_a_port_that_does_not_exist(port: int) -> None:
    with pytest.raises(PortTaken, match="65535"):
        check_port("127.0.0.1", port)


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(PortTaken, match="cannot be used"):
        check_port("192.0.2.1", free_port())
