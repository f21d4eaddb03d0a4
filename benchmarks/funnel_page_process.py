"""A workspace of many leads in a process of its own, and its pages timed. Not a benchmark itself.

`python -m benchmarks.funnel_page_process FOLDER LEADS`; prints JSON. The columnar copy is published
the way a refresh does it; the rows themselves come out of one SQL statement.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.warehouse_process import open_workspace

NOW = datetime(2026, 11, 21)
STAGES = ("Inquiry", "Marketing qualified", "Sales accepted", "Proposal", "Won")
#: The share of each stage that goes on; of the rest a third is lost and the others stay open.
GOES_ON = (0.4, 0.6, 0.5, 0.35)
TIMES = 20


def publish_copy(leads: int) -> None:
    """A copy of `leads` leads over two years, with their moves, journeys and proposal."""
    import duckdb

    from onefunnel.server.warehouse.columns import journeys
    from onefunnel.server.warehouse.columns.manifest import Copied, Manifest, publish
    from onefunnel.server.warehouse.columns.place import folder
    from onefunnel.server.warehouse.columns.segments import Shelf

    place, con = folder(), duckdb.connect()
    shelf = Shelf(place, con, 1, NOW)
    con.execute(
        f"""CREATE TABLE leads AS SELECT i AS _id, 'L' || lpad(i::VARCHAR, 9, '0') AS lead_id,
        'A' || (hash(i) % {max(1, leads // 4)}) AS account_id, TIMESTAMP '2024-11-22'
        + to_seconds((hash(i, 1) % 62000000)::BIGINT) AS created_at,
        ['Web form', 'Fair', 'Partner', 'Search', 'Referral'][(1 + hash(i, 2) % 5)::BIGINT] AS source,
        ['Dairy', 'Pharma', 'Bakery'][(1 + hash(i, 3) % 3)::BIGINT] AS segment,
        'owner ' || (hash(i, 4) % 40) AS owner, 'Name ' || i AS name, 'Company ' || (i // 4) AS company FROM range({leads}) t(i)"""
    )
    reached = " + ".join(
        "("
        + " AND ".join(
            f"hash(i, {10 + step}) % 1000 < {share * 1000:.0f}"
            for step, share in enumerate(GOES_ON[: k + 1])
        )
        + ")::INT"
        for k in range(len(GOES_ON))
    )
    listed = ", ".join(f"'{stage}'" for stage in STAGES)
    con.execute(
        f"""CREATE TABLE moves AS WITH far AS (SELECT _id AS i, lead_id, created_at, {reached} AS
        furthest, hash(_id, 9) % 3 = 0 AS is_lost FROM (SELECT *, _id AS i FROM leads)),
        steps AS (SELECT i, lead_id, created_at + to_days((k * 7)::INT) AS "at", [{listed}][k + 1]
        AS stage, k AS seq FROM far, range({len(STAGES)}) s(k) WHERE k <= furthest UNION ALL
        SELECT i, lead_id, created_at + to_days((furthest * 7 + 30)::INT), 'Lost', furthest + 1
        FROM far WHERE is_lost AND furthest < {len(STAGES) - 1})
        SELECT row_number() OVER (ORDER BY "at", i) AS _id, lead_id, "at", stage,
        NULL::VARCHAR AS from_stage, 'sales' AS team, NULL::VARCHAR AS "by", NULL::VARCHAR AS
        reason, seq::BIGINT AS seq FROM steps WHERE "at" <= TIMESTAMP '{NOW}'"""
    )
    con.execute(
        """CREATE TABLE deals AS SELECT _id, 'D' || _id AS deal_id, lead_id,
        created_at + to_days(20) AS opened_at, created_at + to_days(40) AS closed_at,
        (100 + hash(_id, 20) % 90000)::DECIMAL(18, 4) AS amount,
        ['EUR', 'GBP'][(1 + hash(_id, 21) % 2)::BIGINT] AS currency,
        ['open', 'won', 'lost'][(1 + hash(_id, 22) % 3)::BIGINT] AS outcome
        FROM leads WHERE hash(_id, 23) % 3 = 0"""
    )
    tables = {}
    for name in ("leads", "moves", "deals"):
        columns = tuple(
            (str(row[0]), str(row[1]))
            for row in con.execute(f"DESCRIBE {name}").fetchall()
            if row[0] != "_id"
        )
        segment = shelf.write_segment(name, f"SELECT * FROM {name}", columns)
        tables[name] = Copied(columns, (segment,) if segment else ())
    start = Manifest()
    manifest = replace(start, data_at=NOW, tables=tables)
    everything = journeys.Touched(everything=True, has_new_stage=True)
    publish(place, journeys.brought_up(shelf, start, manifest, None, everything))
    con.close()


def client_of_a_member() -> Any:
    """A signed-in member of marketing."""
    from django.test import Client

    from onefunnel.server.people.models import Person

    person = Person.objects.create_user("mia@example.com", "x", name="Mia", team="marketing")
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    return client


def p95(client: Any, paths: list[str]) -> tuple[float, float]:
    """The 95th percentiles of the wall and of the CPU seconds these pages take, one by one."""
    wall, cpu = [], []
    for path in paths:
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    place = max(0, round(0.95 * len(paths)) - 1)
    return sorted(wall)[place], sorted(cpu)[place]


def cold_paths() -> list[str]:
    """Questions nobody has asked yet, so that each is computed anew."""
    start = NOW.date() - timedelta(days=700)
    return [
        f"/measure/funnel/?{urlencode({'since': start + timedelta(days=n), 'period': ''})}"
        for n in range(TIMES)
    ]


def list_paths(client: Any) -> list[str]:
    """Pages of the list of leads, each further down, and narrowed ones."""
    import re

    found = ["/run/leads/"]
    for _ in range(TIMES // 2):
        text = client.get(found[-1]).content.decode()
        after = re.search(r'rel="next" href="\?&amp;after=([^"]+)"', text)
        assert after
        found.append(f"/run/leads/?after={after.group(1)}")
    return [*found, *(f"/run/leads/?q=Company+{n}1" for n in range(TIMES // 2))]


def board_paths() -> list[str]:
    """The board under questions that nobody has asked yet, so that counts and money are computed."""
    start = NOW.date() - timedelta(days=700)
    return [f"/run/board/?{urlencode({'since': start + timedelta(days=n)})}" for n in range(TIMES)]


def search_paths() -> list[str]:
    """What Ctrl K asks for: parts of names and companies, and what nobody is called."""
    words = [f"Company {n}1" for n in range(TIMES // 2)] + [
        f"no one {n}" for n in range(TIMES // 2)
    ]
    return [f"/search/hits/?{urlencode({'q': one})}" for one in words]


def textbook() -> float:
    """Seconds of the plain SQL a funnel is usually computed with: the counts alone, from moves."""
    import duckdb

    from onefunnel.server.warehouse.columns.place import folder

    con = duckdb.connect()
    files = sorted(str(path) for path in folder().glob("moves*.parquet"))
    reached = ", ".join(
        f"""min("at") FILTER (WHERE stage = '{stage}') AS at_{k}"""
        for k, stage in enumerate(STAGES)
    )
    counted = ", ".join(f"count(at_{k})" for k in range(len(STAGES)))
    began = time.perf_counter()
    con.execute(
        f"SELECT {counted} FROM (SELECT lead_id, {reached} FROM read_parquet({files!r}) "
        "GROUP BY lead_id)"
    ).fetchall()
    return time.perf_counter() - began


def main(folder: Path, leads: int) -> dict[str, object]:
    """Publish, ask, time."""
    open_workspace(folder)
    from django.core.management import call_command

    call_command("createcachetable", verbosity=0)
    publish_copy(leads)
    client = client_of_a_member()
    client.get("/measure/funnel/")  # imports and first plans are not the page's
    shown = client.get("/api/measure/stages").json()
    return {
        "leads": shown["totals"]["leads"],
        "cold": p95(client, cold_paths()),
        "warm": p95(client, ["/measure/funnel/"] * TIMES),
        "list": p95(client, list_paths(client)),
        "board": p95(client, board_paths()),
        "search": p95(client, search_paths()),
        "lead": p95(client, [f"/run/leads/L{n * 97:09}/" for n in range(TIMES)]),
        "textbook": min(textbook() for _ in range(3)),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
