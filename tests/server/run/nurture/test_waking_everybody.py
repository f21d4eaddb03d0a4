"""Nobody put aside is forgotten, whatever their day looks like and whoever waits before them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import pytest
from django.db import transaction

from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.nurture import commands, waking
from onefunnel.server.run.nurture.asleep import _said, day_of
from onefunnel.server.run.nurture.models import Todo, Waking
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.commands import record_rows, refresh_copy
from tests.server.run.handovers.conftest import CARD
from tests.server.run.nurture.conftest import AT, DAY, HOUR, bring, go

pytestmark = pytest.mark.django_db
DUE = AT + 3 * DAY  # 2026-11-21


def put_aside(*leads: str) -> None:
    """As an import says it: what the rows hold of the day is whatever came with them."""
    at = datetime(2026, 11, 17, 9)
    moves = [{"lead_id": lead, "at": at, "stage": "Recycled", "seq": 1} for lead in leads]
    with transaction.atomic():
        record_rows(rows={"moves": moves}, by=None, at=AT)
    refresh_copy(at=AT)


def test_who_was_woken_and_stays_asleep_keeps_nobody_waiting(
    agreed: None, seller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "MOST", 1)  # twenty are looked ahead
    early, late = [f"l{n:02}" for n in range(20)], "z"
    bring(*early, late)
    for lead in (*early, late):
        day = date(2026, 11, 22 if lead == late else 21)
        tracker.move_lead(lead_id=lead, stage="Recycled", wake_on=day, by=seller, at=AT)
    refresh_copy(at=AT)
    for n in range(20):
        commands.wake_due(at=DUE + n * HOUR / 2)
    assert set(Waking.objects.values_list("lead_id", flat=True)) == set(early)
    refresh_copy(at=DUE + 10 * HOUR)
    commands.wake_due(at=DUE + DAY)
    assert Waking.objects.filter(lead_id=late).exists()


def test_a_day_that_came_as_text_wakes_and_what_is_no_day_is_somebodys_to_do_at_once(
    agreed: None,
) -> None:
    bring("a", wake_on="2026-11-21 00:00")
    bring("b", wake_on="next spring")
    bring("c", wake_on=" ")
    put_aside("a", "b", "c")
    go(AT)
    (todo,) = Todo.objects.all()
    assert todo.lead_id == "b"
    assert "“next spring”, which is no day" in todo.words
    go(DUE)
    go(DUE + DAY)
    assert sorted(Waking.objects.values_list("lead_id", flat=True)) == ["a", "b"]
    assert "2026-11-21" in Todo.objects.get(lead_id="a").words


TEXTS = {
    "2026-11-21": date(2026, 11, 21), " 2026-11-21": date(2026, 11, 21),
    "2026-11-21T23:30:00Z": date(2026, 11, 21), "2026-11-21 00:00": date(2026, 11, 21),
    "2026-11-211": None, "2026-02-30": None, "2026-W47-6": None, "2026-1-5": None,
    "21.11.2026": None, "0000-00-00": None, "": None,
}  # fmt: skip


def test_the_data_and_the_row_read_the_same_day() -> None:
    table = ibis.memtable({"wake_on": list(TEXTS)})
    day, _ = _said(table)
    read = table.select("wake_on", day=day).to_pyarrow().to_pylist()
    assert {row["wake_on"]: row["day"] for row in read} == TEXTS
    assert {text: day_of(text) for text in TEXTS} == TEXTS


def test_into_the_stage_of_a_card_that_lacks_data_it_is_somebodys_to_do(
    agreed: None, head: Any, seller: Any
) -> None:
    bring("a", email=None)
    tracker.move_lead(lead_id="a", stage="Recycled", wake_on=date(2026, 11, 21), by=seller, at=AT)
    refresh_copy(at=AT)
    commands.save_rules(
        quiet_hours=16, wake_into="card", wake_name=CARD, wake_team="sales", revision=0,
        by=head, at=AT,
    )  # fmt: skip
    go(DUE)
    assert Handover.objects.get().status == "waiting"
    assert "E-mail is missing" in Todo.objects.get().words
