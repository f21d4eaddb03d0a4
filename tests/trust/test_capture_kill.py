"""T11: the server is killed while leads come in; no acknowledged lead is lost, none is doubled."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

KILLS = int(os.environ.get("ONEFUNNEL_CAPTURE_KILLS", "20"))
CLIENTS = 3
ROOT = Path(__file__).parents[2]


def environment_of(workspace: Path) -> dict[str, str]:
    found = {k: v for k, v in os.environ.items() if not k.startswith("ONEFUNNEL_")}
    found.pop("DATABASE_URL", None)
    return found | {
        "ONEFUNNEL_WORKSPACE": str(workspace),
        "DJANGO_SETTINGS_MODULE": "onefunnel.server.site.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }


class Client(threading.Thread):
    """Sends leads one after the other, the same key again until it is acknowledged."""

    def __init__(self, port: int, key: str, number: int, acked: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.port, self.key, self.number, self.acked = port, key, number, acked
        self.is_over = threading.Event()
        self.errors: list[str] = []  # told by the main thread: an assert in here fails nobody

    def run(self) -> None:
        place = 0
        try:
            while not self.is_over.is_set() and not self.errors:
                place += 1
                self.send(f"{self.number}-{place}")
        except Exception as error:
            self.errors.append(repr(error))

    def send(self, mark: str) -> None:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": mark,
        }
        body = json.dumps({"name": mark, "country": "DE", "attributes": {"score": 70}})
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("POST", "/api/run/leads", body, headers)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status == 201:  # cut off in the middle of the body it is no answer
                    self.acked[mark] = json.loads(said)["lead_id"]
                    return
            except (OSError, ValueError, http.client.HTTPException):
                if self.is_over.is_set():
                    return
                time.sleep(0.02)
                continue
            self.errors.append(f"{answer.status}: {said!r}")
            return


@pytest.mark.slow
def test_killed_again_and_again_no_lead_is_lost_or_doubled(tmp_path: Path) -> None:
    chance = random.Random(11)
    workspace = tmp_path / "workspace"
    workspace.mkdir(mode=0o700)
    key = subprocess.run(
        [sys.executable, "-m", "benchmarks.capture_process", "make", str(workspace)],
        env=environment_of(workspace), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.split()[-1]  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    acked: dict[str, str] = {}
    clients = [Client(port, key, number, acked) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    factory = subprocess.Popen(
        [sys.executable, "-m", "tests.trust.server_to_kill", str(port)],
        env=environment_of(workspace), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    for _ in range(KILLS):
        child = serve(factory)
        wait_for(acked, len(acked) + chance.randint(2, 12))
        os.kill(child, signal.SIGKILL)
    child = serve(factory)
    wait_for(acked, len(acked) + 3 * CLIENTS)
    for client in clients:
        client.is_over.set()
    for client in clients:
        client.join(timeout=60)
        assert not client.is_alive()
    assert [error for client in clients for error in client.errors] == []
    os.kill(child, signal.SIGTERM)
    factory.communicate()
    check(workspace, acked)


def serve(factory: subprocess.Popen[str]) -> int:
    """Have a server begin to serve; its process."""
    assert factory.stdin is not None
    assert factory.stdout is not None
    factory.stdin.write("serve\n")
    factory.stdin.flush()
    return int(factory.stdout.readline())


def wait_for(acked: dict[str, str], count: int) -> None:
    """Until so many leads are acknowledged."""
    until = time.monotonic() + 60
    while len(acked) < count:
        assert time.monotonic() < until, "the server does not take leads"
        time.sleep(0.005)


def check(workspace: Path, acked: dict[str, str]) -> None:
    """Every lead that was acknowledged is there, once, with its moves and its event."""
    db = sqlite3.connect(workspace / "onefunnel.sqlite3")
    assert db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    living = "replaced_by_id IS NULL"
    kept = dict(db.execute(f"SELECT name, lead_id FROM fact_leads WHERE {living}").fetchall())
    rows = db.execute("SELECT count(*) FROM fact_leads").fetchone()[0]
    lost = {mark for mark, lead in acked.items() if kept.get(mark) != lead}
    assert not lost
    assert rows == len(kept), "a lead is there twice"
    assert len(kept) - len(acked) <= CLIENTS, "more came in than was sent"
    moves = db.execute("SELECT lead_id, count(*) FROM fact_moves GROUP BY lead_id").fetchall()
    assert {lead for lead, _ in moves} == set(kept.values())
    assert {count for _, count in moves} == {2}
    told = db.execute("SELECT count(*) FROM record_event WHERE kind = 'run.lead-entered'")
    assert told.fetchone()[0] == rows
