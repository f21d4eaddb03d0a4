"""A workspace for the capture benchmark, and the load on it. Not a benchmark itself.

`python -m benchmarks.capture_process make FOLDER` makes a workspace with an agreement in use and
prints the key of somebody who may enter leads; `... load PORT KEY CLIENTS SECONDS` loads a server
that runs: requests to an endpoint that does nothing and requests that enter one lead take turns,
stretch by stretch, so that both see the same machine.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from pathlib import Path

AGREEMENT = """\
title: What we have agreed
currency: EUR
stages:
  - name: Inquiry
    when: stage = 'New'
  - name: MQL
    when: score >= 50 AND country IS NOT NULL
  - name: Working
    when: stage = 'Working'
  - name: Won
    kind: won
    when: stage = 'Won'
  - name: Lost
    kind: lost
    when: stage = 'Lost'
"""
EMPTY = "/healthz"
BATCH = 1000


def make(folder: str) -> None:
    """Make the database, somebody with a key, and an agreement that is in use."""
    os.environ["ONEFUNNEL_WORKSPACE"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onefunnel.server.site.settings")
    import django

    django.setup()
    from datetime import UTC, datetime, timedelta

    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from onefunnel.agreement.yaml_text import read_yaml, write_yaml
    from onefunnel.server.agree.commands import import_agreement
    from onefunnel.server.agree.models import Adoption
    from onefunnel.server.people.keys import make_key
    from onefunnel.server.people.models import Person

    now = datetime.now(UTC) - timedelta(minutes=1)
    person = Person.objects.create_user("mia@example.com", None, name="Mia", team="marketing")
    _, key = make_key(label="bench", scope="write", days=1, by=person, at=now)
    version = import_agreement(text=write_yaml(read_yaml(AGREEMENT, "bench")), by=None, at=now)
    adoption = Adoption(version=version, effective_from=now, adopted_at=now, previous="")
    adoption.hash = adoption.seal()
    adoption.save()
    print(key)


def load(port: int, key: str, clients: int, seconds: float, pid: int) -> None:
    """Print what was answered, by kind of request: how many, in how long, with which status."""
    said: dict[str, object] = {}
    spent: dict[str, float] = {}
    for kind in ("warm", "me", "one", "batch", *("empty", "me", "one") * 4, *("batch",) * 3):
        before_cpu = _cpu(pid)
        count, took, statuses = _stretch(port, key, clients, seconds, kind)
        spent[kind] = spent.get(kind, 0.0) + _cpu(pid) - before_cpu
        before = said.get(kind, [0, 0.0, {}])
        all_statuses = before[2]  # type: ignore[index]
        for status, times in statuses.items():
            all_statuses[status] = all_statuses.get(status, 0) + times
        said[kind] = [before[0] + count, before[1] + took, all_statuses]  # type: ignore[index]
    print(json.dumps({kind: [*one, spent[kind]] for kind, one in said.items()}))  # type: ignore[misc]


def _cpu(pid: int) -> float:
    """CPU seconds of a process and its children that live, all threads together."""
    found = 0.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parts = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if pid in (int(entry.name), int(parts[1])):
                found += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _stretch(
    port: int, key: str, clients: int, seconds: float, kind: str
) -> tuple[int, float, dict[str, int]]:
    counts: list[tuple[int, dict[str, int]]] = []
    begin = threading.Barrier(clients + 1)
    until = [0.0]

    def client(number: int) -> None:
        ask = _asker(port, key, kind, number)
        done, statuses = 0, {}
        begin.wait()
        while time.monotonic() < until[0]:
            status = str(ask())
            statuses[status] = statuses.get(status, 0) + 1
            done += 1
        counts.append((done, statuses))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    until[0] = time.monotonic() + seconds
    started = time.monotonic()
    begin.wait()
    for thread in threads:
        thread.join()
    took = time.monotonic() - started
    together: dict[str, int] = {}
    for _, statuses in counts:
        for status, times in statuses.items():
            together[status] = together.get(status, 0) + times
    return sum(done for done, _ in counts), took, together


def _asker(port: int, key: str, kind: str, number: int):  # type: ignore[no-untyped-def]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    mark = f"{kind}-{number}-{time.monotonic_ns()}"
    place = 0

    def ask() -> int:
        nonlocal place
        place += 1
        if kind in ("empty", "warm", "me"):
            path = "/api/people/me" if kind == "me" else EMPTY
            connection.request("GET", path, headers=headers)
        elif kind == "one":
            body = {"name": f"Lead {place}", "email": f"l{place}@example.com", "country": "DE",
                    "attributes": {"score": place % 100}}  # fmt: skip
            sent = {**headers, "Idempotency-Key": f"{mark}-{place}"}
            connection.request("POST", "/api/run/leads", json.dumps(body), sent)
        else:
            rows = [
                {"name": f"Lead {n}", "email": f"l{n}@example.com", "country": "DE",
                 "attributes": {"score": n % 100}}
                for n in range(BATCH)
            ]  # fmt: skip
            sent = {**headers, "Idempotency-Key": f"{mark}-{place}"}
            connection.request("POST", "/api/run/leads/batch", json.dumps({"leads": rows}), sent)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return ask


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(str(Path(sys.argv[2])))
    else:
        port, key, clients, seconds, pid = sys.argv[2:7]
        load(int(port), key, int(clients), float(seconds), int(pid))
