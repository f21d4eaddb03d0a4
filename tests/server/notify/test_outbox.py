"""The outbox: with the deed or not at all; tried again with growing pauses; given up with why."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q

from onefunnel.server.notify.outbox.commands import (
    KEPT,
    NothingToSend,
    clear_away,
    ended_before,
    send_again,
)
from onefunnel.server.notify.outbox.models import Attempt, Channel, Outgoing, State
from onefunnel.server.notify.outbox.outcome import SENT, Outcome, Way, forbidden
from onefunnel.server.notify.outbox.pauses import JITTER, MOST_TRIES, PAUSES, pause_after
from onefunnel.server.notify.outbox.queries import standing
from onefunnel.server.notify.outbox.sending import LEASE, send_due
from onefunnel.server.notify.outbox.writing import put_mail
from onefunnel.server.people.models import Person
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


def put(at: datetime, *keys: str) -> list[Outgoing]:
    return [
        put_mail(channel=Channel.MAIL, key=key, about="News", content={"to": key}, at=at)[0]
        for key in keys
    ]


def sending(deliver: Any, place: Any = lambda outgoing: Q(pk=outgoing.pk)) -> dict[str, Way]:
    return {Channel.MAIL: Way(deliver, place)}


def test_what_is_rolled_back_is_never_sent(now: datetime, rolled_back: Any) -> None:
    rolled_back(lambda: put(now, "a"))
    assert send_due(now=lambda: now, ways=sending(lambda *_: SENT)) == (0, 0)


def test_the_same_key_is_written_once_and_what_was_written_goes_with_it(now: datetime) -> None:
    put(now, "a", "a")
    seen: list[Any] = []

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        seen.append((outgoing.content, at))
        return Outcome(is_sent=True, took_ms=7)

    assert send_due(now=lambda: now, ways=sending(deliver)) == (1, 0)
    assert seen == [({"to": "a"}, now)]
    done = Outgoing.objects.get()
    assert (done.state, done.content, done.ended_at) == (State.SENT, {}, now)
    assert [(one.took_ms, one.reason) for one in Attempt.objects.all()] == [(7, "")]


def test_killed_between_sending_and_marking_it_goes_again_and_is_not_lost(now: datetime) -> None:
    (one,) = put(now, "a")
    arrived: list[str] = []

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        arrived.append(outgoing.message_id)
        if len(arrived) == 1:
            raise Killed
        return SENT

    with pytest.raises(Killed):
        send_due(now=lambda: now, ways=sending(deliver))
    soon = now + LEASE - timedelta(seconds=1)
    assert send_due(now=lambda: soon, ways=sending(deliver)) == (0, 0)  # perhaps it is at work
    assert send_due(now=lambda: now + LEASE, ways=sending(deliver)) == (1, 0)
    assert arrived == [one.message_id] * 2


def test_what_kills_each_worker_is_given_up(now: datetime) -> None:
    put(now, "a")

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        raise Killed

    for number in range(MOST_TRIES):
        with pytest.raises(Killed):
            send_due(now=lambda n=number: now + n * LEASE, ways=sending(deliver))
    assert send_due(now=lambda: now + MOST_TRIES * LEASE, ways=sending(deliver)) == (0, 1)
    given_up = Outgoing.objects.get()
    assert given_up.state == State.FAILED
    assert "stopped each time" in given_up.reason


def test_pauses_grow_and_the_last_failure_is_told(now: datetime) -> None:
    (one,) = put(now, "a")
    moments: list[datetime] = []

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        moments.append(at)
        raise ConnectionRefusedError("mail.example.com said no to ana@example.com")

    at = now
    for _ in range(MOST_TRIES):
        assert send_due(now=lambda at=at: at, ways=sending(deliver)) == (0, 1)
        one.refresh_from_db()
        at = one.due_at
    waited = [b - a for a, b in pairwise(moments)]
    assert len(waited) == len(PAUSES)
    for least, pause in zip(PAUSES, waited, strict=True):
        assert least <= pause <= least * (1 + JITTER)
    assert one.state == State.FAILED
    assert one.reason == "ConnectionRefusedError: mail.example.com said no to •••"
    assert send_due(now=lambda: at + timedelta(days=9), ways=sending(deliver)) == (0, 0)


def test_what_failed_together_comes_back_apart() -> None:
    pauses = {pause_after(2, f"msg_{number}") for number in range(50)}
    assert len(pauses) == 50
    assert pause_after(2, "msg_1") == pause_after(2, "msg_1")
    assert pause_after(MOST_TRIES, "msg_1") is None


def test_a_place_that_fails_is_left_alone_for_the_round_and_others_are_not(now: datetime) -> None:
    put(now, *(f"bad {n}" for n in range(1, 9)), "good 1", "bad 9", "good 2")
    tried: list[str] = []

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        tried.append(outgoing.key)
        away = Outcome(reason="away", is_place_down=True)
        return away if outgoing.key.startswith("bad") else SENT

    ways = sending(deliver, lambda outgoing: Q(key__startswith=outgoing.key.split()[0]))
    assert send_due(now=lambda: now, ways=ways, most=3) == (2, 1)
    assert tried == ["bad 1", "good 1", "good 2"]
    assert standing(at=now).is_retrying


def test_a_message_that_alone_is_refused_holds_nobody_up(now: datetime) -> None:
    put(now, "bad 1", "bad 2", "odd", "good")

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        if outgoing.key == "odd":
            raise ValueError("a header that cannot be")
        return Outcome(reason="no") if outgoing.key.startswith("bad") else SENT

    assert send_due(now=lambda: now, ways=sending(deliver, lambda _: Q(channel="mail"))) == (1, 3)


def test_no_connection_is_a_failure_of_the_place(now: datetime) -> None:
    put(now, "1", "2")

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        raise ConnectionRefusedError

    assert send_due(now=lambda: now, ways=sending(deliver, lambda _: Q(channel="mail"))) == (0, 1)


def test_what_follows_is_noted_only_by_the_worker_that_still_has_the_message(
    now: datetime,
) -> None:
    (one,) = put(now, "a")
    noted: list[bool] = []

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        Outgoing.objects.update(attempts=2, due_at=now + 2 * LEASE)  # another one took it since
        return Outcome(reason="too late", is_final=True)

    way = Way(deliver, lambda _: Q(), lambda *_: noted.append(True))
    assert send_due(now=lambda: now, ways={Channel.MAIL: way}) == (0, 1)
    one.refresh_from_db()
    assert (one.state, noted) == (State.WAITING, [])


def test_what_is_forbidden_is_not_tried_again_and_holds_nobody_up(now: datetime) -> None:
    put(now, "no", "yes")
    ways = sending(lambda one, at: forbidden("Left.") if one.key == "no" else SENT, lambda _: Q())
    assert send_due(now=lambda: now, ways=ways) == (1, 1)
    dropped = Outgoing.objects.get(key="no")
    assert (dropped.state, dropped.reason, dropped.content) == (State.DROPPED, "Left.", {})


def test_sent_again_by_hand_under_the_same_id(
    now: datetime, owner: Person, operations: Person
) -> None:
    (one,) = put(now, "a")
    ids: list[str] = []
    assert not standing(at=now).is_retrying

    def fail(outgoing: Outgoing, at: datetime) -> Outcome:
        ids.append(outgoing.message_id)
        return Outcome(is_final=True, reason="gone")

    send_due(now=lambda: now, ways=sending(fail))
    assert standing(at=now).counts[State.FAILED] == standing(at=now).failed_lately == 1
    send_again(message_id=one.public_id, by=operations, at=now)
    with pytest.raises(NothingToSend, match="by itself"):
        send_again(message_id=one.public_id, by=owner, at=now)
    send_due(now=lambda: now, ways=sending(lambda o, _: ids.append(o.message_id) or SENT))
    assert ids == [one.message_id] * 2
    with pytest.raises(NothingToSend, match="nothing left"):
        send_again(message_id=one.public_id, by=owner, at=now)
    with pytest.raises(NothingToSend, match="no such message"):
        send_again(message_id="x", by=owner, at=now)


def test_what_waits_far_too_long_is_said(now: datetime) -> None:
    put(now, "a")
    assert not standing(at=now).is_stuck
    assert standing(at=now + timedelta(minutes=11)).is_stuck


def test_what_is_long_done_is_cleared_away_and_what_waits_is_not(now: datetime) -> None:
    put(now, "a", "b")
    send_due(now=lambda: now, ways=sending(lambda *_: SENT), most=1)
    assert clear_away(at=now + KEPT) == 0
    assert clear_away(at=now + KEPT + timedelta(seconds=1)) == 1
    assert [one.key for one in Outgoing.objects.all()] == ["b"]


def test_what_is_long_done_is_found_by_its_index() -> None:
    """It is looked for every few seconds: never by reading the whole outbox."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # few rows would be read whole
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = ended_before(NOW).order_by().explain()
    assert "outgoing_ended" in plan
    seek = next(line for line in plan.splitlines() if "Cond" in line or "SEARCH" in line)
    assert ("state" in seek, "ended_at" in seek) == (True, True)


def test_the_page_says_what_failed_and_sends_it_again(
    now: datetime, signed_in: Any, operations: Person, marketer: Person
) -> None:
    client = signed_in(operations)
    assert "Nothing was sent yet" in client.get("/settings/outgoing/").content.decode()
    (one,) = put(now, "a")
    send_due(now=lambda: now, ways=sending(lambda *_: Outcome(is_final=True, reason="No room.")))
    page = client.get("/settings/outgoing/?show=failed").content.decode()
    assert "No room." in page
    assert "There is nothing here" in client.get("/settings/outgoing/?show=sent").content.decode()
    client.post("/settings/outgoing/again/", {"message": str(one.public_id)})
    one.refresh_from_db()
    assert one.state == State.WAITING
    client.force_login(marketer)
    assert client.get("/settings/outgoing/").status_code == 403
    refused = client.post("/settings/outgoing/again/", {"message": str(one.public_id)})
    assert refused.status_code == 403
