"""Those who come while another writes are written together, each with an answer of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.gate import Gate, MaybeKept
from onefunnel.server.run.tracker.models import Arrival
from onefunnel.server.warehouse.models import FACT_MODELS
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


class Writer:
    """Holds the first group back until all others stand in line; then answers ten times the job."""

    def __init__(self, others: int, *, spoilt: bool = False) -> None:
        self.groups: list[list[int]] = []
        self.others, self.spoilt = others, spoilt
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, jobs: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(jobs))
        if len(self.groups) == 1:
            self.begun.set()
            assert self.go_on.wait(30)
        if self.spoilt and len(jobs) > 1:
            raise RuntimeError("one of them spoils the group")
        return [ValueError(str(job)) if job < 0 else job * 10 for job in jobs]


def through(writer: Writer, jobs: list[int], *, most: int = 100) -> dict[int, object]:
    """Send the first job, then all others while it is being written; what each was answered."""
    gate: Gate[int, int] = Gate(writer, most=most)
    answers: dict[int, object] = {}

    def send(job: int) -> None:
        try:
            answers[job] = gate.through(job)
        except ValueError as refusal:
            answers[job] = str(refusal)

    threads = [threading.Thread(target=send, args=(job,)) for job in jobs]
    threads[0].start()
    assert writer.begun.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(gate._line) < len(jobs) - 1:
        threading.Event().wait(0.001)
    writer.go_on.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return answers


def test_a_line_is_one_group_and_each_has_its_own_answer() -> None:
    writer = Writer(3)
    assert through(writer, [1, 2, -3, 4]) == {1: 10, 2: 20, -3: "-3", 4: 40}
    assert [sorted(group) for group in writer.groups] == [[1], [-3, 2, 4]]


def test_a_group_has_a_most() -> None:
    writer = Writer(3)
    assert through(writer, [1, 2, 3, 4], most=2) == {1: 10, 2: 20, 3: 30, 4: 40}
    assert [len(group) for group in writer.groups] == [1, 2, 1]


def test_one_that_spoils_its_group_spoils_only_itself() -> None:
    writer = Writer(2, spoilt=True)
    assert through(writer, [1, 2, -3]) == {1: 10, 2: 20, -3: "-3"}
    assert sorted(len(group) for group in writer.groups) == [1, 1, 1, 2]


def test_a_lead_whose_commit_got_no_answer_is_not_entered_again(
    agreed: Any, marketer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The COMMIT reaches the disk, its answer is lost: there is one lead, and no second."""
    commit = BaseDatabaseWrapper._commit
    lost: list[int] = []

    def broken(self: BaseDatabaseWrapper) -> None:
        commit(self)
        if not lost:
            lost.append(1)
            raise OperationalError("server closed the connection unexpectedly")

    def enter(**more: str) -> commands.Entered:
        return commands.enter_lead(fields={"name": "once"}, by=marketer, at=NOW, **more)

    enter()  # what only the first deed of a workspace does is done
    for key in ("", "k"):
        lost.clear()
        before = FACT_MODELS["leads"].objects.count()
        with monkeypatch.context() as patched:
            patched.setattr(BaseDatabaseWrapper, "_commit", broken)
            with pytest.raises(MaybeKept, match="under the same key"):
                enter(key=key)
        assert FACT_MODELS["leads"].objects.count() == before + 1
    entered = enter(key="k")
    assert entered.outcome == "created"
    assert FACT_MODELS["leads"].objects.count() == before + 1


def test_a_program_is_told_that_nobody_knows(
    agreed: Any, marketer: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(**_: object) -> None:
        raise MaybeKept

    monkeypatch.setattr(commands, "enter_lead", lost)
    client.force_login(marketer)
    answer = client.post(
        "/api/run/leads", {"name": "once"}, "application/json", headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 503
    assert "under the same key" in answer.json()["detail"]


def test_requests_of_long_ago_are_forgotten_the_oldest_first(agreed: Any, marketer: Any) -> None:
    for key, days in (("older", 40), ("old", 31), ("new", 29)):
        commands.enter_lead(
            fields={"name": key}, by=marketer, at=NOW - timedelta(days=days), key=key
        )
    assert commands.forget_old_requests(at=NOW) == 2
    assert [one.key for one in Arrival.objects.all()] == ["new"]
    assert commands.forget_old_requests(at=NOW) == 0
