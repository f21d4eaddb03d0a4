"""One import in a process of its own, to be killed: `python -m ... WORKSPACE ROWS`.

It makes the database if it is not there, makes the import if there is none, and runs it (again).
"""

from __future__ import annotations

import os
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path


def main(workspace: str, rows: int) -> None:
    os.environ["ONEFUNNEL_WORKSPACE"] = workspace
    os.environ["DJANGO_SETTINGS_MODULE"] = "onefunnel.server.site.settings"
    os.umask(0o077)
    warnings.simplefilter("ignore")
    import django

    django.setup()
    from django.core.management import call_command

    from onefunnel.server.warehouse.inbox import writing
    from onefunnel.server.warehouse.inbox.running import run_delivery
    from onefunnel.server.warehouse.models import Import, Source

    writing.CHUNK = 2_000
    if not (Path(workspace) / "ready").exists():
        call_command("migrate", verbosity=0)
        (Path(workspace) / "ready").touch()
    now = datetime(2026, 11, 21, tzinfo=UTC)
    imported = Import.objects.first()
    if imported is None:
        source = Source.objects.create(name="crm", created_at=now)
        imported = Import.objects.create(source=source, created_at=now)
    print("ready", flush=True)
    run_delivery(imported, _delivery(rows), clock=lambda: now)
    print("done", flush=True)


def _delivery(rows: int) -> object:
    import ibis

    from onefunnel.facts.store import Facts
    from onefunnel.server.warehouse.inbox.accounting import SourceFile
    from onefunnel.server.warehouse.inbox.delivery import Delivery

    engine = ibis.duckdb.connect()
    engine.con.execute(
        f"""
        CREATE TABLE leads AS SELECT 'L' || i AS lead_id, TIMESTAMP '2026-01-01' + to_minutes(i)
        AS created_at, 'S' || (i % 7) AS source, i % 10 AS score, 0 AS _file, i + 1 AS _row
        FROM range({rows // 4}) t(i);
        CREATE TABLE moves AS SELECT 'L' || (i // 3) AS lead_id, TIMESTAMP '2026-01-01'
        + to_minutes(i) AS "at", ['New', 'Working', 'Won'][i % 3 + 1] AS stage, i % 3 AS seq,
        1 AS _file, i + 1 AS _row FROM range({3 * (rows // 4)}) t(i);
        """
    )
    return Delivery(
        facts=Facts(tables={name: engine.table(name) for name in ("leads", "moves")}),
        files=(SourceFile("leads.csv", rows // 4), SourceFile("moves.csv", 3 * (rows // 4))),
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
