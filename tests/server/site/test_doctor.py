"""`onefunnel doctor`: well or not, in words; it changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from onefunnel.server.record.commands import append
from onefunnel.server.site import health

CODE = (
    "import sys, pathlib\n"
    "from onefunnel.server.site.opening import choose_workspace, open_workspace\n"
    "open_workspace(choose_workspace(pathlib.Path(sys.argv[1])), say=print)\n"
)


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONEFUNNEL_")}
    environment |= {"COLUMNS": "200"}
    program = ["-c", code] if code else ["-c", "from onefunnel.cli.app import main; main()"]
    return subprocess.run(
        [sys.executable, *program, *arguments], capture_output=True, text=True, env=environment
    )


@pytest.mark.slow
def test_a_fresh_workspace_is_well(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    assert run(str(folder), code=CODE).returncode == 0
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    done = run("doctor", "--workspace", str(folder), "--json")
    answers = {row["question"]: row for row in json.loads(done.stdout)}
    disk = answers.pop("Disk")  # of the machine, not of the workspace
    assert all(row["well"] for row in answers.values()), answers
    assert done.returncode == (0 if disk["well"] else 1)
    after = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    changed = {p.name for p in after if after[p] != before.get(p)}
    assert changed <= {"onefunnel.sqlite3-shm", "onefunnel.sqlite3-wal"}


def test_no_workspace_is_said_in_one_line(tmp_path: Path) -> None:
    done = run("doctor", "--workspace", str(tmp_path / "nothing"))
    assert done.returncode != 0
    assert "there is no workspace in" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--map", "m.yaml"), "--from"),
        (("--from", "/nothing/here"), "does not exist"),
        (("--port", "99999"), "65535"),
        (("--port", "abc"), "port"),
    ],
)
def test_serve_refuses_bad_options_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run("serve", "--workspace", str(tmp_path / "w"), *arguments)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_an_altered_record_and_dangerous_settings_are_seen(now: datetime, tmp_path: Path) -> None:
    append(kind="run.lead-moved", at=now, payload={"n": 1})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE record_event SET payload = '{\"n\": 2}'")
    environment: dict[str, Any] = {"ONEFUNNEL_HOSTS": "*"}
    found = {c.name: c for c in health.checks(environment=environment, now=now)}
    assert not found["Record"].is_well
    assert not found["Settings"].is_well
    assert "ONEFUNNEL_HOSTS" in found["Settings"].answer


@pytest.mark.django_db
def test_a_queue_nobody_works_on_is_seen(now: datetime) -> None:
    from django_tasks_db.models import DBTaskResult, get_date_max

    DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="x.y",
        run_after=get_date_max(),
        backend_name="default",
    )
    late = DBTaskResult.objects.get().enqueued_at + timedelta(minutes=30)
    found = {c.name: c for c in health.checks(environment={}, now=late)}
    assert not found["Background jobs"].is_well
    assert "onefunnel worker" in found["Background jobs"].fix


@pytest.mark.django_db
def test_a_question_that_cannot_be_asked_is_an_answer(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(health, "_disk", broken)
    found = {c.name: c for c in health.checks(environment={}, now=now)}
    assert found["Disk"].answer == "could not be asked: the disk is gone"
