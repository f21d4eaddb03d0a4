"""Notices: once per key, only to whom they are for, mail only after the deed is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from onefunnel.server.notify.commands import Mailing, Topic, mark_read, send
from onefunnel.server.notify.outbox.models import Outgoing
from onefunnel.server.notify.queries import inbox, unread_count
from onefunnel.server.notify.tasks import send_out
from onefunnel.server.people.models import Person

pytestmark = pytest.mark.django_db
AT_ONCE = Topic("imports", "Imports", Mailing.AT_ONCE)


def test_a_retry_sends_nothing_twice(
    now: datetime, marketer: Person, seller: Person, mailoutbox: list[Any]
) -> None:
    for expected in (2, 0):
        count = send(
            to=[marketer, seller], title="Import done", at=now, key="import:1", about=AT_ONCE,
            url="/data/",
        )  # fmt: skip
        assert count == expected
        send_out(at=now)
    assert sorted(m.to[0] for m in mailoutbox) == ["mia@example.com", "sam@example.com"]


def test_a_deed_that_fails_sends_no_mail(
    now: datetime, marketer: Person, mailoutbox: list[Any], rolled_back: Any
) -> None:
    rolled_back(
        lambda: send(to=[marketer], title="Import done", at=now, key="import:1", about=AT_ONCE)
    )
    send_out(at=now)
    assert (mailoutbox, Outgoing.objects.count()) == ([], 0)


def test_one_reads_ones_own(
    signed_in: Any, now: datetime, marketer: Person, seller: Person
) -> None:
    send(to=[marketer, seller], title="Import done", at=now, key="import:1")
    client = signed_in(marketer)
    assert "Import done" in client.get("/inbox/").content.decode()
    theirs = inbox(seller).get()
    client.post("/inbox/read/", {"notice": str(theirs.public_id)})
    assert (unread_count(marketer), unread_count(seller)) == (1, 1)
    assert mark_read(person=marketer, at=now) == 1
    assert (unread_count(marketer), unread_count(seller)) == (0, 1)


def test_a_long_text_is_begun_and_led_to(signed_in: Any, now: datetime, marketer: Person) -> None:
    text = "claimed at length, " * 40 + "the end"
    send(to=[marketer], title="A dispute", at=now, key="d:1", text=text, url="/agree/disputes/")
    page = signed_in(marketer).get("/inbox/").content.decode()
    assert "the end" not in page
    assert '<a href="/agree/disputes/">Read the whole' in page


@pytest.mark.parametrize("url", ["https://evil.example", "//evil.example", "javascript:alert(1)"])
def test_a_notice_leads_nowhere_else(now: datetime, marketer: Person, url: str) -> None:
    with pytest.raises(ValueError, match="this site"):
        send(to=[marketer], title="x", at=now, key="x", url=url)


def test_a_malformed_notice_id_marks_nothing(
    signed_in: Any, now: datetime, marketer: Person
) -> None:
    send(to=[marketer], title="x", at=now, key="x")
    assert signed_in(marketer).post("/inbox/read/", {"notice": "no-uuid"}).status_code in {302, 404}
    assert unread_count(marketer) == 1
