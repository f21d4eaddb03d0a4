"""Facts made of a few rows, for tests of the agreement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis

from onefunnel.facts.store import Facts

START = datetime(2024, 1, 1)

Move = tuple[str, float | None, str]


def facts(
    moves: Sequence[Move],
    stages: Sequence[tuple[str, str, int | None, str]] = (),
    deals: Sequence[tuple[str, str]] = (),
) -> Facts:
    """Facts from (lead, day, stage) moves, (stage, pipeline, position, kind), (lead, outcome)."""
    connection = ibis.duckdb.connect()
    con = connection.con
    con.execute('CREATE TABLE moves (lead_id TEXT, "at" TIMESTAMP, stage TEXT, seq BIGINT)')
    rows = [
        (lead, None if day is None else START + timedelta(days=day), stage, n)
        for n, (lead, day, stage) in enumerate(moves)
    ]
    if rows:
        con.executemany("INSERT INTO moves VALUES (?, ?, ?, ?)", rows)
    tables = {"moves": connection.table("moves")}
    if stages:
        con.execute("CREATE TABLE stages (stage TEXT, pipeline TEXT, position BIGINT, kind TEXT)")
        con.executemany("INSERT INTO stages VALUES (?, ?, ?, ?)", list(stages))
        tables["stages"] = connection.table("stages")
    if deals:
        con.execute("CREATE TABLE deals (lead_id TEXT, outcome TEXT, currency TEXT)")
        con.executemany("INSERT INTO deals VALUES (?, ?, 'GBP')", list(deals))
        tables["deals"] = connection.table("deals")
    return Facts(tables)


def journey(lead: str, *stages: str, start: float = 0) -> list[Move]:
    """One lead that enters these stages day after day."""
    return [(lead, start + day, stage) for day, stage in enumerate(stages)]
