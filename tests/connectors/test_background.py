"""Long work tells how far it is, and stops within two seconds even inside one long query."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

import duckdb
import ibis
import pytest

from onefunnel.connectors.background import Tell, in_background
from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.reading.tables import ReadingStopped

NOW = datetime(2026, 1, 1)
ENDLESS = "SELECT count(*) FROM range(1_000_000_000) a, range(1_000_000) b WHERE a.range = -b.range"


def test_it_tells_in_the_callers_thread_and_gives_the_result() -> None:
    told, threads = [], set()

    def progress(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        threads.add(threading.current_thread())

    def work(tell: Tell) -> int:
        tell(0, 2, "first")
        tell(1, 2, "second")
        return 7

    assert in_background(work, interrupt=lambda: None, progress=progress) == 7
    assert list(dict.fromkeys(told)) == [(0, 2, "first"), (1, 2, "second")]
    assert threads == {threading.current_thread()}


def test_it_goes_on_telling_while_nothing_new_happens() -> None:
    told = []

    def work(tell: Tell) -> None:
        tell(0, 1, "waiting")
        time.sleep(0.5)

    in_background(work, interrupt=lambda: None, progress=lambda *said: told.append(said))
    assert told.count((0, 1, "waiting")) > 1


def test_it_raises_what_the_work_raises() -> None:
    def work(tell: Tell) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_background(work, interrupt=lambda: None, stop=lambda: False)


def test_a_query_that_runs_for_ever_is_stopped_and_the_connection_lives_on() -> None:
    con = duckdb.connect()
    until = time.monotonic() + 0.5

    def work(tell: Tell) -> None:
        con.execute(ENDLESS)

    began = time.monotonic()
    with pytest.raises(ReadingStopped):
        in_background(work, interrupt=con.interrupt, stop=lambda: time.monotonic() > until)
    assert time.monotonic() - began < 2.5
    assert con.execute("SELECT 1").fetchone() == (1,)


def test_reading_names_its_phases_and_stops_in_each(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(
        "id,status,created\n" + "".join(f"L{i},New,2025-01-01\n" for i in range(50))
    )
    phases: list[str] = []

    def note(done: int, total: int, what: str) -> None:
        if what not in phases:
            phases.append(what)

    read_folder(tmp_path, now=NOW, progress=note)
    assert phases == [
        "leads.csv", "", "looking over leads.csv", "looking at leads.csv",
        "looking for keys that files share", "proposing what each column says",
        "typing leads.csv", "typing leads.csv as leads", "typing leads.csv as moves",
        "putting leads together", "putting moves in order", "finding the order of stages",
        "counting rows", "checking the facts",
    ]  # fmt: skip
    for phase in phases[2:]:
        here: list[str] = []
        engine = ibis.duckdb.connect()
        with pytest.raises(ReadingStopped):
            read_folder(
                tmp_path, now=NOW, connection=engine,
                progress=lambda done, total, what, here=here: here.append(what),
                stop=lambda phase=phase, here=here: phase in here,
            )  # fmt: skip
        assert engine.list_tables() == []
