"""T13: an import that is killed again and again ends with each row exactly once or reported."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

ROWS = 40_000
KILLS = int(os.environ.get("ONEFUNNEL_KILLS", "4"))


def start(workspace: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.trust.import_in_a_process", str(workspace), str(ROWS)]
    environment = {**os.environ, "PYTHONPATH": "src:."}
    for name in ("DATABASE_URL", "ONEFUNNEL_TEST_DB"):
        environment.pop(name, None)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


@pytest.mark.slow
def test_killed_again_and_again_every_row_is_there_once(tmp_path: Path) -> None:
    chance = random.Random(13)
    workspace = tmp_path / "workspace"
    workspace.mkdir(mode=0o700)
    landed = 0
    for _ in range(KILLS):
        process = start(workspace)
        wait_for_rows(workspace, process, chance.randrange(ROWS))
        time.sleep(chance.uniform(0, 0.2))
        landed += process.poll() is None
        process.kill()
        process.wait()
        check_nothing_is_half(workspace)
    process = start(workspace)
    assert process.wait(timeout=300) == 0
    assert landed, "no kill came before the end: make ROWS larger"
    db = sqlite3.connect(workspace / "onefunnel.sqlite3")
    for table, count in (("fact_leads", ROWS // 4), ("fact_moves", 3 * (ROWS // 4))):
        found = db.execute(f"SELECT count(*), count(DISTINCT key) FROM {table}").fetchone()
        assert found == (count, count), table
    status, counts, resumes = db.execute(
        "SELECT status, counts, resumes FROM warehouse_import"
    ).fetchone()
    counted = json.loads(counts)
    assert status == "done"
    assert resumes >= 1
    assert (counted["rows_in"], counted["created"]) == (ROWS, ROWS)
    assert db.execute("SELECT count(*) FROM record_event WHERE kind LIKE '%finished'").fetchone()[0]
    manifest = json.loads((workspace / "columns" / "manifest.json").read_text())
    assert sum(s["rows"] for s in manifest["tables"]["moves"]["segments"]) == 3 * (ROWS // 4)
    assert sum(s["rows"] for s in manifest["journeys"]["segments"]) == ROWS // 4


def wait_for_rows(workspace: Path, process: subprocess.Popen[str], rows: int) -> None:
    """Until so many rows are in the database, or the import came to its end before."""
    while process.poll() is None:
        with closing(sqlite3.connect(workspace / "onefunnel.sqlite3")) as db:
            counts = [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("fact_leads", "fact_moves")
            ]
        if sum(counts) >= rows:
            return
        time.sleep(0.01)


def check_nothing_is_half(workspace: Path) -> None:
    """The database is whole, every chunk is there or not, and readers see a whole version."""
    file = workspace / "onefunnel.sqlite3"
    if file.exists():
        db = sqlite3.connect(file)
        assert db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        for table in ("fact_leads", "fact_moves"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] % 2_000 == 0
        db.close()
    manifest = workspace / "columns" / "manifest.json"
    if manifest.exists():
        content = json.loads(manifest.read_text())
        for table in content["tables"].values():
            for segment in table["segments"]:
                path = workspace / "columns" / segment["file"]
                found = duckdb.sql(f"SELECT count(*) FROM read_parquet('{path}')").fetchone()
                assert found == (segment["rows"],)
