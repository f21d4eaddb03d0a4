"""Webhooks: written with the deed, signed, masked, delivered, retried, switched off."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q

from onefunnel.server.notify.hooks import commands, delivering
from onefunnel.server.notify.hooks.connecting import Answer, NoAnswer
from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.models import Notice
from onefunnel.server.notify.outbox.commands import NothingToSend, send_again
from onefunnel.server.notify.outbox.models import Channel, Outgoing, State
from onefunnel.server.notify.outbox.outcome import SENT, Way
from onefunnel.server.notify.outbox.sending import send_due
from onefunnel.server.people.commands import save_profile
from onefunnel.server.people.models import Person
from onefunnel.server.record.commands import append
from onefunnel.server.run import outside
from onefunnel.server.run.tracker.commands import enter_lead
from tests.server.notify.test_signing import verified

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/in"
OPEN = "93.184.215.14"


class Receiver:
    """Somebody else's program: takes what comes and answers as told."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.got: list[dict[str, Any]] = []

    def post(self, place: Any, *, body: bytes, headers: dict[str, str]) -> Answer:
        self.got.append({"place": place, "body": body, "headers": headers})
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, 12)

    def take(self, at: datetime) -> tuple[int, int]:
        """Send what is due to this receiver."""

        def deliver(outgoing: Outgoing, moment: datetime) -> Any:
            return delivering.deliver(
                outgoing, moment, resolve=lambda *_: [OPEN], send=self.post
            )  # fmt: skip

        way = Way(deliver, delivering.WAY.place, delivering.WAY.after)
        return send_due(now=lambda: at, ways={Channel.HOOK: way, Channel.MAIL: MAIL})

    def told(self, place: int = 0) -> dict[str, Any]:
        return dict(json.loads(self.got[place]["body"]))


MAIL = Way(lambda *_: SENT, lambda _: Q())


def add(by: Person, at: datetime, **change: Any) -> tuple[Endpoint, str]:
    given = {"label": "Our chat", "url": URL, "kinds": ["people.profile-changed"]} | change
    return commands.add_endpoint(by=by, at=at, **given)


def happen(person: Person, at: datetime) -> None:
    save_profile(person=person, name=person.name, time_zone="", at=at)


def test_what_is_recorded_is_told_signed_once(now: datetime, owner: Person) -> None:
    _, secret = add(owner, now)
    happen(owner, now)
    receiver = Receiver()
    assert receiver.take(now) == (1, 0)
    assert receiver.take(now) == (0, 0)
    (got,) = receiver.got
    assert verified(got["headers"], got["body"], secret)
    assert re.fullmatch("msg_[0-9a-f]{32}", got["headers"]["webhook-id"])
    assert got["headers"]["webhook-timestamp"] == str(int(now.timestamp()))
    assert (got["place"].host, got["place"].address) == ("hooks.example.com", OPEN)
    assert receiver.told()["type"] == "people.profile-changed"
    assert receiver.told()["timestamp"] == "2026-11-21T09:40:00+00:00"


def test_what_is_rolled_back_is_not_told(now: datetime, owner: Person, rolled_back: Any) -> None:
    add(owner, now)
    rolled_back(lambda: happen(owner, now))
    assert not Outgoing.objects.exists()


def test_only_the_events_that_were_chosen(now: datetime, owner: Person) -> None:
    add(owner, now, label="a", kinds=["run.lead-entered"])
    add(owner, now, label="all", kinds=[])
    Outgoing.objects.all().delete()
    happen(owner, now)
    assert [one.endpoint.label for one in Outgoing.objects.all()] == ["all"]


def test_nothing_personal_goes_out_without_leave(now: datetime, owner: Person) -> None:
    add(owner, now, kinds=["run.lead-entered"])
    add(owner, now, label="ours", kinds=["run.lead-entered"], has_personal_data=True)
    fields = {"email": "ada@firm.example", "name": "Ada", "company": "Firm", "source": "Fair"}
    enter_lead(fields=fields, by=owner, at=now)
    receiver = Receiver()
    receiver.take(now)
    masked, whole = sorted(receiver.got, key=lambda one: len(one["body"]))
    data = json.loads(masked["body"])["data"]
    assert data["record"]["source"] == "Fair"
    assert (data["record"]["email"], data["record"]["name"]) == ("•••", "•••")
    assert data["by"] == {"id": str(owner.public_id), "team": "leadership"}
    for word in ("ada@", "Ada", "Uma", "uma@"):
        assert word not in masked["body"].decode()
    data = json.loads(whole["body"])["data"]
    assert (data["record"]["email"], data["by"]["name"]) == ("ada@firm.example", "Uma Unger")


def test_a_lead_whose_key_is_personal_is_not_named_by_it(now: datetime, owner: Person) -> None:
    commands.provide_subject(
        "thing",
        lambda key: commands.Subject(
            "leads", {"lead_id": key, "stage": "New", "_row": 1}, frozenset({"leads.lead_id"})
        ),
    )
    add(owner, now, kinds=[])
    append(kind="run.lead-moved", at=now, by=owner, subject="thing:0049 151 1234")
    receiver = Receiver()
    receiver.take(now)
    told = next(one for one in map(receiver.told, range(len(receiver.got)))
                if one["type"] == "run.lead-moved")  # fmt: skip
    assert told["data"]["subject"] == "thing:•••"
    assert told["data"]["record"] == {"lead_id": "•••", "stage": "New"}


def test_personal_keys_of_leads_do_not_go_out_without_leave(
    now: datetime, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal = frozenset({"leads.lead_id"})
    monkeypatch.setattr(outside, "personal_columns_now", lambda: personal)
    add(owner, now, kinds=["run.lead-moved", "run.leads-moved"])
    add(owner, now, label="ours", kinds=["run.leads-moved"], has_personal_data=True)
    append(kind="run.lead-moved", at=now, by=owner, subject="lead:+49 151 1234")  # gone since
    keys = ["lead:+49 151 1234", "lead:+49 151 5678"]
    payload = {"to": "MQL", "leads": keys}
    append(kind="run.leads-moved", at=now, by=owner, subject="bulk-move:1", payload=payload)
    receiver = Receiver()
    receiver.take(now)
    told = {len(one["body"]): json.loads(one["body"])["data"] for one in receiver.got}
    moved, whole = (
        [one for one in told.values() if "leads" in one["details"] and one["details"]["leads"] == x]
        for x in (["lead:•••"] * 2, keys)
    )
    assert (len(moved), len(whole), len(told)) == (1, 1, 3)
    assert moved[0]["subject"] == "bulk-move:1"
    assert moved[0]["details"]["to"] == "MQL"
    gone = next(one for one in told.values() if one["subject"].startswith("lead:"))
    assert (gone["subject"], gone["record"]) == ("lead:•••", None)


def test_keys_that_are_not_personal_are_told(now: datetime, owner: Person) -> None:
    add(owner, now, kinds=["run.lead-moved"])
    append(kind="run.lead-moved", at=now, by=owner, subject="lead:L-1", payload={"a": ["lead:L-2"]})
    receiver = Receiver()
    receiver.take(now)
    data = receiver.told()["data"]
    assert (data["subject"], data["details"]) == ("lead:L-1", {"a": ["lead:L-2"]})


@pytest.mark.parametrize(
    ("answer", "taken"),
    [(400, (1, 1)), (404, (1, 1)), (408, (0, 1)), (429, (0, 1)), (500, (0, 1)), (302, (0, 1)),
     (NoAnswer("it did not answer in time", 5000), (0, 1))],
)  # fmt: skip
def test_a_refused_message_does_not_end_the_round_of_its_endpoint(
    now: datetime, owner: Person, answer: Any, taken: tuple[int, int]
) -> None:
    add(owner, now)
    happen(owner, now)
    happen(owner, now)
    assert Receiver(answer).take(now) == taken


def test_an_endpoint_removed_while_a_deed_writes_its_row_stops_no_deed(
    now: datetime, owner: Person, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(owner, now)

    def told(endpoint: Endpoint, event: Any) -> bool:
        Endpoint.objects.filter(pk=endpoint.pk).delete()  # by somebody else, just now
        return True

    monkeypatch.setattr(commands, "_is_told", told)
    happen(owner, now)
    connection.check_constraints()  # as at the end of the deed
    assert Receiver().take(now) == (0, 1)
    left = Outgoing.objects.get()
    assert (left.state, left.reason) == (State.DROPPED, "The endpoint was removed.")
    page = signed_in(owner).get("/settings/outgoing/").content.decode()
    assert "an endpoint that was removed" in page
    with pytest.raises(NothingToSend, match="was removed"):
        send_again(message_id=left.public_id, by=owner, at=now)


def test_nothing_is_sent_again_to_an_endpoint_that_is_off(now: datetime, owner: Person) -> None:
    endpoint, _ = add(owner, now)
    happen(owner, now)
    commands.change_endpoint(
        endpoint_id=endpoint.public_id, revision=0, label="a", url=URL, kinds=[],
        has_personal_data=False, is_on=False, by=owner, at=now,
    )  # fmt: skip
    failed = Outgoing.objects.get()
    with pytest.raises(NothingToSend, match="switched off"):
        send_again(message_id=failed.public_id, by=owner, at=now)
    failed.refresh_from_db()
    assert failed.state == State.FAILED


def test_a_label_is_kept_without_control_characters(now: datetime, owner: Person) -> None:
    endpoint, _ = add(owner, now, label="Our\0 chat\x1b\nof sales")
    assert Endpoint.objects.get(pk=endpoint.pk).label == "Our chat of sales"
    with pytest.raises(commands.EndpointRefused, match="name"):
        add(owner, now, label="\0")


@pytest.mark.parametrize(
    ("answer", "why"),
    [(500, "answered 500"), (302, "redirects are not followed"), (404, "answered 404"),
     (NoAnswer("it did not answer in time", 5000), "in time")],
)  # fmt: skip
def test_what_does_not_arrive_comes_again_under_the_same_id(
    now: datetime, owner: Person, answer: Any, why: str
) -> None:
    _, secret = add(owner, now)
    happen(owner, now)
    receiver = Receiver(answer)
    assert receiver.take(now) == (0, 1)
    waiting = Outgoing.objects.get()
    assert why in waiting.reason
    assert waiting.due_at > now
    assert receiver.take(waiting.due_at) == (1, 0)
    first, second = (one["headers"] for one in receiver.got)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert verified(second, receiver.got[1]["body"], secret)
    waiting.refresh_from_db()
    assert [one.status for one in waiting.tries.all()] == [
        answer if isinstance(answer, int) else None, 204,
    ]  # fmt: skip


def test_a_name_that_leads_inside_is_not_sent_to(now: datetime, owner: Person) -> None:
    add(owner, now)
    happen(owner, now)
    one = Outgoing.objects.select_related("endpoint", "event__by").get()
    asked: list[Any] = []
    outcome = delivering.deliver(
        one, now, resolve=lambda *_: ["169.254.169.254"], send=lambda *a, **k: asked.append(a)
    )
    assert ("not open to the internet" in outcome.reason, asked) == (True, [])


def test_a_renewed_secret_signs_beside_the_old_one_for_a_day(now: datetime, owner: Person) -> None:
    endpoint, old = add(owner, now)
    _, new = commands.renew_secret(endpoint_id=endpoint.public_id, by=owner, at=now)
    receiver = Receiver()
    for at, both in ((now + timedelta(hours=23), True), (now + timedelta(hours=24), False)):
        happen(owner, at)
        receiver.take(at)
        got = receiver.got[-1]
        assert verified(got["headers"], got["body"], new)
        assert verified(got["headers"], got["body"], old) is both
    assert old not in str(Endpoint.objects.values())


def test_under_another_secret_key_the_reason_is_told(
    now: datetime, owner: Person, settings: Any
) -> None:
    add(owner, now)
    happen(owner, now)
    settings.SECRET_KEY = "y" * 60
    assert Receiver().take(now) == (0, 1)
    assert "Renew the endpoint's secret" in Outgoing.objects.get().reason


def test_failing_for_days_switches_off_and_tells_who_can_mend_it(
    now: datetime, owner: Person, operations: Person, marketer: Person
) -> None:
    endpoint, _ = add(owner, now)
    receiver = Receiver(*[500] * 30)
    at = now
    while Endpoint.objects.get().is_on:
        happen(owner, at)
        receiver.take(at)
        assert at < now + timedelta(days=6)
        at += timedelta(days=1)
    assert at - now >= commands.PATIENCE
    assert not Outgoing.objects.filter(channel=Channel.HOOK, state=State.WAITING).exists()
    told = Notice.objects.filter(title="A webhook was switched off")
    assert {one.person for one in told} == {owner, operations}
    written = Outgoing.objects.filter(channel=Channel.HOOK).count()
    happen(owner, at)
    assert Outgoing.objects.filter(channel=Channel.HOOK).count() == written  # nobody is told
    commands.change_endpoint(
        endpoint_id=endpoint.public_id, revision=1, label="a", url=URL, kinds=[],
        has_personal_data=False, is_on=True, by=owner, at=at,
    )  # fmt: skip
    back = Endpoint.objects.get()
    assert (back.is_on, back.failing_since, back.why_off) == (True, None, "")


def test_one_success_forgives_and_410_ends_it_at_once(now: datetime, owner: Person) -> None:
    add(owner, now)
    receiver = Receiver(500, 204, 204, 410)
    for days, failing in ((0, True), (4, False)):
        happen(owner, now + timedelta(days=days))
        receiver.take(now + timedelta(days=days))
        assert (Endpoint.objects.get().failing_since is not None) is failing
    Outgoing.objects.filter(state=State.WAITING).delete()
    happen(owner, now + timedelta(days=5))
    receiver.take(now + timedelta(days=5))
    assert not Endpoint.objects.get().is_on
    assert "gone for good" in Endpoint.objects.get().why_off


def test_only_an_owner_lets_personal_data_out(
    now: datetime, operations: Person, owner: Person
) -> None:
    with pytest.raises(PermissionDenied):
        add(operations, now, has_personal_data=True)
    endpoint, _ = add(owner, now, has_personal_data=True)
    change: dict[str, Any] = {
        "endpoint_id": endpoint.public_id, "revision": 0, "label": "x", "url": URL, "kinds": [],
        "has_personal_data": True, "is_on": True, "by": operations, "at": now,
    }  # fmt: skip
    with pytest.raises(PermissionDenied):
        commands.change_endpoint(**change | {"url": "https://other.example/"})
    assert commands.change_endpoint(**change).label == "x"
    with pytest.raises(commands.ChangedMeanwhile):
        commands.change_endpoint(**change)
    commands.change_endpoint(**change | {"revision": 1, "has_personal_data": False})
    with pytest.raises(PermissionDenied):
        commands.change_endpoint(**change | {"revision": 2})


@pytest.mark.parametrize(
    "change",
    [{"url": "http://hooks.example.com/"}, {"url": "https://10.0.0.1/"}, {"label": " "},
     {"kinds": ["run.no-such"]}],
)  # fmt: skip
def test_an_endpoint_that_cannot_be(now: datetime, owner: Person, change: dict[str, Any]) -> None:
    with pytest.raises(commands.EndpointRefused):
        add(owner, now, **change)
