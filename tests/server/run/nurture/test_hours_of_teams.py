"""Waits, things to do and the quiet time run in the hours of the team whose they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.run.handovers import commands as handovers
from onefunnel.server.run.nurture.lane import measured
from onefunnel.server.run.nurture.models import Todo
from onefunnel.server.run.nurture.quiet import why_wait
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.commands import record_rows, refresh_copy
from tests.server.run.nurture.conftest import (
    AT,
    DAY,
    HOUR,
    bring,
    call,
    enter,
    go,
    letter,
    now_of,
    switched_on,
)

pytestmark = pytest.mark.django_db
#: One to three in the afternoon, Monday to Friday.
SHORT = [[["13:00", "15:00"]]] * 5 + [[], []]


@pytest.fixture
def short_days(agreed: None, make_person: Any) -> None:
    """Sales works two hours a day; AT is a Wednesday at ten."""
    hand = make_person("Hed Hand", team="sales", role="lead")
    handovers.save_hours(
        team="sales", zone="UTC", week=SHORT, holidays=[], revision=0, by=hand, at=AT
    )


def test_what_sales_has_to_do_is_due_when_sales_works(
    short_days: None, marketer: Any, head: Any
) -> None:
    bring("a", "b", stage="Inquiry")
    (first,) = enter(switched_on(marketer, head, call(), name="Calls"), ["a"], marketer)
    assert now_of(first).due_at == datetime(2026, 11, 18, 13, tzinfo=UTC)
    go(AT + 8 * HOUR)  # after hours: tomorrow
    assert Todo.objects.get().due_at == datetime(2026, 11, 19, 13, tzinfo=UTC)
    late = switched_on(marketer, head, call(wait=3, unit="hours"), name="Later")
    (second,) = enter(late, ["b"], marketer)
    assert now_of(second).due_at == datetime(2026, 11, 19, 14, tzinfo=UTC)
    (mail,) = enter(switched_on(marketer, head, letter(), name="Mail"), ["b"], marketer)
    assert now_of(mail).due_at == AT  # marketing has set no hours: the agreement's


def test_it_is_quiet_after_a_contact_for_the_hours_of_its_team_and_measured_so(
    short_days: None, seller: Any
) -> None:
    bring("a", stage="Inquiry")
    tracker.note_contact(lead_id="a", kind="called", by=seller, at=AT)
    wait = why_wait("a", at=AT + 5 * DAY)
    assert wait is not None
    assert wait.until == datetime(2026, 11, 27, 15, tzinfo=UTC)  # eight days of two hours
    assert why_wait("a", at=wait.until) is None
    mail = {"lead_id": "a", "account_id": None, "channel": "e-mail", "kind": "sent",
            "team": "marketing", "campaign": "x"}  # fmt: skip
    for name, when in (("within", AT + 5 * DAY), ("after", wait.until)):
        touch = mail | {"touch_id": name, "at": when.replace(tzinfo=None)}
        record_rows(rows={"touches": [touch]}, by=None, at=when)
    refresh_copy(at=wait.until)
    found = measured(current_basis(), "collisions")
    assert found is not None
    assert [row["collisions"] for row in found.rows] == [0, 1]
