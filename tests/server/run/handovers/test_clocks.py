"""The clock: stopped and started, run out, told once whoever looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.notify.models import Notice
from onefunnel.server.record.models import Event
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.handovers.tasks import tick
from onefunnel.server.warehouse.models import FactHandovers
from tests.server.run.handovers.conftest import AT, CARD, bring

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 11, 19, 10, tzinfo=UTC)


def test_a_week_goes_by(offered: Handover, make_person: Any, marketer: Any) -> None:
    head = make_person("Hans Hill", team="sales", role="lead")
    told = [tick(at=AT + timedelta(hours=hour)) for hour in range(7 * 24)]
    assert sum(told) == 1
    assert told[24] == 1  # at the moment itself
    offered.refresh_from_db()
    assert (offered.status, offered.answered_at, offered.answered_by) == (
        Status.EXPIRED, DUE, None,
    )  # fmt: skip
    assert FactHandovers.objects.get(replaced_by=None).outcome == "expired"
    kinds = Event.objects.filter(subject=f"handover:{offered.public_id}", by=None)
    assert set(kinds.values_list("kind", flat=True)) == {
        "run.promise-broken", "run.handover-expired",
    }  # fmt: skip
    for person in (head, marketer):
        assert "goes back to marketing" in Notice.objects.get(person=person).text


def test_an_offer_nobody_answers_is_told_to_both_heads_and_to_who_made_it(
    agreed: None, make_person: Any, marketer: Any, seller: Any
) -> None:
    heads = [make_person(f"{t} Head", team=t, role="lead") for t in ("sales", "marketing")]
    bring("a")
    commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
    assert tick(at=DUE) == 1
    for person in (*heads, marketer):
        assert Notice.objects.filter(person=person, title__contains="did not answer").count() == 1


def test_two_who_find_the_same_row_tell_it_once(offered: Handover) -> None:
    from onefunnel.server.run.handovers import clocks

    assert clocks._expire(offered.pk, at=DUE) == 1
    assert clocks._expire(offered.pk, at=DUE) == 0
    assert Event.objects.filter(kind="run.promise-broken").count() == 1


def test_a_stopped_clock_keeps_the_working_time_that_was_left(
    offered: Handover, seller: Any, marketer: Any
) -> None:
    name = offered.public_id
    with pytest.raises(PermissionDenied):
        commands.pause_clock(handover_id=name, why="x", by=marketer, at=AT)
    with pytest.raises(commands.BadAnswer):
        commands.pause_clock(handover_id=name, why=" ", by=seller, at=AT)
    three = AT + timedelta(hours=5)  # 15:00; three hours are left
    commands.pause_clock(handover_id=name, why="They are on holiday", by=seller, at=three)
    with pytest.raises(commands.HandoverRefused, match="still already"):
        commands.pause_clock(handover_id=name, why="again", by=seller, at=three)
    assert tick(at=AT + timedelta(days=5)) == 0
    monday = datetime(2026, 11, 23, 16, tzinfo=UTC)
    going = commands.resume_clock(handover_id=name, by=seller, at=monday)
    assert going.due_at == datetime(2026, 11, 24, 11, tzinfo=UTC)
    (pause,) = going.pauses.all()
    assert (pause.from_at, pause.until_at, pause.by, pause.resumed_by) == (
        three, monday, seller, seller,
    )  # fmt: skip
    assert (pause.due_before, pause.due_after, pause.why) == (
        DUE, going.due_at, "They are on holiday",
    )  # fmt: skip
    with pytest.raises(commands.HandoverRefused, match="is running"):
        commands.resume_clock(handover_id=name, by=seller, at=monday)


def test_an_answer_ends_the_pause(offered: Handover, seller: Any) -> None:
    commands.pause_clock(handover_id=offered.public_id, why="x", by=seller, at=AT)
    done = commands.accept_handover(handover_id=offered.public_id, by=seller, at=DUE)
    assert (done.paused_at, done.pauses.get().until_at) == (None, DUE)


def test_an_answer_while_the_clock_stands_still_is_not_late(offered: Handover, seller: Any) -> None:
    three = AT + timedelta(hours=5)  # 15:00; three hours are left
    commands.pause_clock(handover_id=offered.public_id, why="x", by=seller, at=three)
    monday = datetime(2026, 11, 23, 16, tzinfo=UTC)
    done = commands.accept_handover(handover_id=offered.public_id, by=seller, at=monday)
    due = datetime(2026, 11, 24, 11, tzinfo=UTC)
    (pause,) = done.pauses.all()
    assert (done.due_at, pause.due_before, pause.due_after) == (due, DUE, due)
    fact = FactHandovers.objects.get(replaced_by=None)
    assert fact.due_at == int(due.timestamp() * 1e6)
    assert fact.answered_at < fact.due_at


def test_a_clock_that_has_run_out_is_not_stopped(offered: Handover, seller: Any) -> None:
    with pytest.raises(commands.HandoverRefused, match="time is over"):
        commands.pause_clock(handover_id=offered.public_id, why="x", by=seller, at=DUE)


def test_the_hours_of_the_receiving_team_count(
    agreed: None, marketer: Any, seller: Any, owner: Any
) -> None:
    week = [[["08:00", "12:00"]]] * 5 + [[], []]
    desk = commands.save_hours(
        team="sales", zone="Asia/Kathmandu", week=week, holidays=[date(2026, 11, 19)],
        revision=0, by=owner, at=AT,
    )  # fmt: skip
    assert desk.revision == 1
    bring("a")
    made = commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
    # 15:45 in Kathmandu: closed; Thursday is a holiday; four hours on Friday, four on Monday
    assert made.due_at == datetime(2026, 11, 23, 6, 15, tzinfo=UTC)


def test_hours_written_over_older_ones_are_refused(owner: Any, seller: Any) -> None:
    def save(by: Any, revision: int, **said: Any) -> None:
        given = {"zone": "", "week": [[]] * 7, "holidays": []} | said
        commands.save_hours(team="sales", revision=revision, by=by, at=AT, **given)

    save(owner, 0)
    with pytest.raises(commands.ChangedMeanwhile):
        save(owner, 0)
    for wrong in ({"zone": "Moon/Base"}, {"week": [[]]}, {"week": [[["9", "x"]]] * 7}):
        with pytest.raises(commands.BadAnswer):
            save(owner, 1, **wrong)
    with pytest.raises(PermissionDenied):
        save(seller, 1)


def test_a_reply_that_is_late_is_told_once(offered: Handover, seller: Any, owner: Any) -> None:
    commands.reject_handover(
        handover_id=offered.public_id, reason="no-need", is_gap=True, by=seller, at=AT
    )
    assert [tick(at=DUE + timedelta(hours=hour)) for hour in (-1, 0, 1)] == [0, 1, 0]
    assert Notice.objects.get(person=owner).title.startswith("A rejection is still without")
