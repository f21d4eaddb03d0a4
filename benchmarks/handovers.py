"""How long does it take to answer a handover, at 100,000 leads with one open handover each?

Whole requests through Django, one after the other, on SQLite as it is served (each answer is on the
disk when it is said): sign-in, permission, the one conditional change, the fact, the event. The
peer is a request that does nothing (`/healthz`) of the same server in the same run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

LEADS = 100_000
LIMIT = 0.1


def run(leads: int = LEADS) -> list[dict[str, object]]:
    """p95 of accepting, rejecting and of the list of what waits."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.handovers_process", folder, str(leads)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    took = json.loads(said.strip().splitlines()[-1])
    if took["accepted"] != 200:
        raise AssertionError(f"{took['accepted']} of 200 were accepted")
    return [
        {
            "claim": f"{name}, {leads:,} leads, p95",
            "ours": round(took[key], 4),
            "peer": round(took["empty"], 4),
            "unit": "s",
            "ratio": round(took[key] / took["empty"], 1),
            "target": f"<= {limit} s",
            "met": took[key] <= limit,
        }
        for name, key, limit in (
            ("accept a handover", "accept", LIMIT),
            ("reject a handover", "reject", LIMIT),
            ("list of what waits for the team", "list", 0.3),
        )
    ]
