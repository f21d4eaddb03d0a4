"""The record: one door in, no way to change, breaks are seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from onefunnel.server.people.models import Person
from onefunnel.server.record.commands import NotAnEvent, append
from onefunnel.server.record.guards import guards_on
from onefunnel.server.record.models import Event, RecordIsAppendOnly
from onefunnel.server.record.queries import check_chain, history_of, recent_changes

pytestmark = pytest.mark.django_db


def some_events(now: datetime, by: Person, count: int = 3) -> list[Event]:
    return [
        append(kind="run.lead-moved", at=now, by=by, subject=f"lead:{n % 2}", payload={"n": n})
        for n in range(count)
    ]


def test_events_are_chained_and_read_newest_first(now: datetime, marketer: Person) -> None:
    first, second, third = some_events(now, marketer)
    assert (second.previous, third.previous) == (first.hash, second.hash)
    assert list(recent_changes(room="run")) == [third, second, first]
    assert list(history_of("lead:0")) == [first, third]
    assert check_chain() is None


def test_the_model_refuses_change_and_removal(now: datetime, marketer: Person) -> None:
    event = some_events(now, marketer, 1)[0]
    event.kind = "run.lead-won"
    for attempt in (
        event.save,
        event.delete,
        lambda: Event.objects.update(kind="x"),
        lambda: Event.objects.all().delete(),
    ):
        with pytest.raises(RecordIsAppendOnly):
            attempt()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE record_event SET kind = 'run.lead-won'", "DELETE FROM record_event"],
)
def test_the_database_refuses_too(now: datetime, marketer: Person, statement: str) -> None:
    some_events(now, marketer, 1)
    with connection.cursor() as cursor:
        guards_on(connection.vendor, cursor.execute)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert check_chain() is None


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE record_event SET payload = '{\"n\": 9}' WHERE id = %s", "changed"),
        ("DELETE FROM record_event WHERE id = %s", "missing"),
        ("UPDATE record_event SET by_id = NULL WHERE id = %s", "changed"),
    ],
)
def test_what_somebody_does_by_hand_is_seen(
    now: datetime, marketer: Person, statement: str, why: str
) -> None:
    events = some_events(now, marketer)
    with connection.cursor() as cursor:
        cursor.execute(statement, [events[1].pk])
    broken = check_chain()
    assert broken is not None
    assert why in broken.why


def test_a_cut_off_end_is_seen(now: datetime, marketer: Person) -> None:
    last = some_events(now, marketer)[-1]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM record_event WHERE id = %s", [last.pk])
    broken = check_chain()
    assert broken is not None
    assert "last" in broken.why


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "LeadMoved"},
        {"kind": "run"},
        {"kind": "run.Lead"},
        {"payload": {"who": "ana@example.com"}},
        {"subject": "lead:ana@example.com"},
        {"payload": {"deep": [{"x": "Write to ana@example.com please"}]}},
    ],
)
def test_bad_names_and_personal_data_do_not_get_in(now: datetime, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAnEvent):
        append(**({"kind": "run.lead-moved", "at": now} | wrong))
    assert not Event.objects.exists()


def test_a_time_without_zone_is_refused(now: datetime) -> None:
    with pytest.raises(NotAnEvent, match="zone"):
        append(kind="run.lead-moved", at=now.replace(tzinfo=None))


def test_an_event_goes_with_its_deed(now: datetime) -> None:
    @transaction.atomic
    def a_deed_that_fails() -> None:
        append(kind="run.lead-moved", at=now)
        raise RuntimeError("the deed failed after the event was appended")

    with pytest.raises(RuntimeError, match="after"):
        a_deed_that_fails()
    assert not Event.objects.exists()
    assert check_chain() is None


def test_the_feed_shows_what_people_did(signed_in: Any, owner: Person, seller: Person) -> None:
    client = signed_in(owner)
    client.post(
        f"/settings/people/{seller.public_id}/",
        {"team": "marketing", "role": "lead", "is_active": "on"},
    )
    page = client.get("/settings/changes/").content.decode()
    assert "Uma Unger" in page
    assert "person changed" in page
    assert "role lead" in page
    assert "person changed" not in client.get("/settings/changes/?room=run").content.decode()
