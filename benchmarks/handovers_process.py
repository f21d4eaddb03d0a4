"""A workspace with many leads, each of them handed over, and answers timed. Not a benchmark itself.

`python -m benchmarks.handovers_process FOLDER LEADS`; prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.warehouse_process import bring, delivery, open_workspace

ANSWERS = 200
CARD = "MQL to sales"


def hand_over_all(leads: int) -> Any:
    """An agreement in force, `leads` leads, each with one open handover; the seller."""
    from django.utils import timezone

    from onefunnel.server.agree import commands as agree
    from onefunnel.server.agree import queries
    from onefunnel.server.people.models import Person
    from onefunnel.server.run.handovers.models import Handover

    now = timezone.now()
    seller = Person.objects.create_user("sam@example.com", "x", name="Sam", team="sales")
    version = agree.start_from_template(name="demand_waterfall", by=None, at=now)
    agree.adopt_agreement(version_id=version.public_id, by=None, at=now, refresh=False)
    bring(delivery(0, leads, 4))
    found = queries.in_use(at=timezone.now())
    assert found is not None
    Handover.objects.bulk_create(
        (
            Handover(
                lead_id=f"L{number:09}", card=CARD, from_team="marketing", to_team="sales",
                status="offered", made_at=now, offered_at=now, assigned_to=seller,
                due_at=now + timedelta(days=1, seconds=number),
                agreement_version=str(found.version.number), agreement_digest=found.version.digest,
            )
            for number in range(leads)
        ),
        batch_size=2000,
    )  # fmt: skip
    return seller


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[round(0.95 * len(times)) - 1]


def timed(client: Any, method: str, paths: list[str], body: dict[str, object]) -> float:
    """p95 of whole requests, one after the other."""
    took = []
    for path in paths:
        began = time.perf_counter()
        answer = client.generic(method, path, json.dumps(body), content_type="application/json")
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.content
    return p95(took)


def main(folder: Path, leads: int) -> dict[str, object]:
    """Hand over, answer, time."""
    open_workspace(folder)
    from django.core.management import call_command
    from django.test import Client

    from onefunnel.server.run.handovers.models import Handover

    call_command("createcachetable", verbosity=0)
    client = Client(SERVER_NAME="localhost")
    client.force_login(hand_over_all(leads))
    step = leads // (ANSWERS * 2 + 10)
    ids = [str(key) for key in Handover.objects.values_list("public_id", flat=True)[::step]]
    root = "/api/run/handovers"
    timed(client, "POST", [f"{root}/{ids.pop()}/accept"], {})  # imports and first plans
    accepted = [f"{root}/{ids.pop()}/accept" for _ in range(ANSWERS)]
    rejected = [f"{root}/{ids.pop()}/reject" for _ in range(ANSWERS)]
    gap = {"reason": "no-need", "is_gap": True}
    return {
        "leads": leads,
        "accept": timed(client, "POST", accepted, {}),
        "reject": timed(client, "POST", rejected, gap),
        "list": timed(client, "GET", ["/run/handovers/"] * 20, {}),
        "empty": timed(client, "GET", ["/healthz"] * ANSWERS, {}),
        "accepted": Handover.objects.filter(status="accepted").count() - 1,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
