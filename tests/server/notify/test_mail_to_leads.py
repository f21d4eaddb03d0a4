"""Mail to leads: a basis and the list are asked at every door; unsubscribing is by POST only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from onefunnel.server.notify.outbox.models import Outgoing, State
from onefunnel.server.notify.tasks import send_out
from onefunnel.server.notify.to_leads import commands
from onefunnel.server.notify.to_leads.digests import NotAnAddress, digest_of
from onefunnel.server.notify.to_leads.models import Basis, Suppression
from onefunnel.server.people.models import Person
from onefunnel.server.record.models import Event

pytestmark = pytest.mark.django_db
ADA = "ada@firm.example"


def mail(to: str = ADA, **change: str) -> commands.LeadMail:
    given = {"subject": "Hello", "text": "We have news.", "purpose": "nurture", "key": "n:1"}
    return commands.LeadMail(to=to, **(given | change))


def say(now: datetime, ground: str = "consent", **more: Any) -> None:
    given = {"address": ADA, "purpose": "nurture", "source": "form"} | more
    commands.record_basis(ground=ground, at=now, **given)


def test_with_a_basis_it_goes_with_the_way_to_unsubscribe(
    now: datetime, mailoutbox: list[Any]
) -> None:
    say(now)
    commands.send_to_lead(mail(), at=now)
    commands.send_to_lead(mail(), at=now)  # once for its key
    send_out(at=now)
    (one,) = mailoutbox
    assert (one.to, one.subject) == ([ADA], "Hello")
    link = one.extra_headers["List-Unsubscribe"]
    assert one.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.strip("<>") in one.body
    assert "@" not in link
    assert "firm.example" not in link
    assert Outgoing.objects.get().content == {}  # the address is not kept


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, "No basis is recorded"),
        ({"purpose": "newsletter"}, "No basis is recorded"),
        ({"purpose": "Not a word"}, "small letters"),
        ({"to": "no address"}, "no e-mail address"),
        ({"to": "a@b@c"}, "no e-mail address"),
        ({"text": " "}, "a text"),
    ],
)
def test_it_is_refused_and_says_why(now: datetime, change: dict[str, str], why: str) -> None:
    if change:
        say(now)
    with pytest.raises(commands.MailRefused, match=why):
        commands.send_to_lead(mail(**change), at=now)
    assert not Outgoing.objects.exists()


def test_the_last_word_about_the_basis_counts(now: datetime) -> None:
    say(now)
    say(now + timedelta(days=1), "none")
    with pytest.raises(commands.MailRefused, match="taken back"):
        commands.send_to_lead(mail(), at=now)
    assert Basis.objects.count() == 2


@pytest.mark.parametrize("spelled", ["ADA@Firm.Example", " ada@firm.example ", "ａda@firm.example"])
def test_an_address_is_the_same_however_it_is_spelled(
    now: datetime, owner: Person, spelled: str
) -> None:
    say(now)
    assert commands.suppress(address=spelled, why="objected", by=owner, at=now)
    with pytest.raises(commands.MailRefused, match="objected to marketing"):
        commands.send_to_lead(mail(), at=now)


def test_who_unsubscribes_while_a_mail_waits_does_not_get_it(
    now: datetime, mailoutbox: list[Any]
) -> None:
    say(now)
    commands.send_to_lead(mail(), at=now)
    send_out(at=now)
    path = link_of(mailoutbox[0])
    commands.send_to_lead(mail(key="n:2"), at=now)
    assert Client().post(path).status_code == 200
    send_out(at=now)
    waiting = Outgoing.objects.get(key="n:2")
    assert (len(mailoutbox), waiting.state) == (1, State.DROPPED)
    assert "unsubscribed" in waiting.reason
    assert waiting.content == {}


def test_only_post_unsubscribes(now: datetime, mailoutbox: list[Any]) -> None:
    """T34: programs that look at links before people do change nothing."""
    say(now)
    commands.send_to_lead(mail(), at=now)
    send_out(at=now)
    path = link_of(mailoutbox[0])
    client = Client(enforce_csrf_checks=True)
    page = client.get(path)
    assert (page.status_code, client.head(path).status_code) == (200, 200)
    assert '<form method="post">' in page.content.decode()
    for other in (client.put, client.patch, client.delete, client.options):
        assert other(path).status_code == 405
    forged = path[:-3] + ("aa/" if not path.endswith("aa/") else "bb/")
    assert client.post(forged).status_code == client.get(forged).status_code == 404
    assert not Suppression.objects.exists()
    for _ in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Suppression.objects.get().why == "unsubscribed"
    assert Event.objects.filter(kind="notify.lead-unsubscribed").count() == 1


def test_under_another_secret_key_nobody_is_written_to(
    now: datetime, owner: Person, settings: Any
) -> None:
    commands.suppress(address="other@firm.example", why="objected", by=owner, at=now)
    say(now)
    settings.SECRET_KEY = "x" * 60
    with pytest.raises(commands.MailRefused, match="another secret key"):
        commands.send_to_lead(mail(), at=now)


def test_under_another_secret_key_nothing_is_written_beside_what_it_cannot_read(
    now: datetime, owner: Person, settings: Any, signed_in: Any
) -> None:
    client = signed_in(owner)
    former = settings.SECRET_KEY
    say(now)
    settings.SECRET_KEY = "x" * 60
    for deed in (
        lambda: say(now),
        lambda: commands.suppress(address=ADA, why="objected", by=owner, at=now),
        lambda: commands.bring_in_list(text=ADA, by=owner, at=now),
    ):
        with pytest.raises(commands.Unreadable, match="former ONEFUNNEL_SECRET_KEY"):
            deed()
    client = signed_in(owner)
    page = "/settings/mail-to-leads/"
    given = {"address": ADA, "purpose": "nurture", "ground": "consent", "why": "objected"}
    assert client.post(f"{page}basis/", given).status_code == 422
    assert client.post(f"{page}suppress/", given).status_code == 422
    assert bring(client, ADA).status_code == 422
    settings.SECRET_KEY = former
    assert commands.send_to_lead(mail(), at=now).state == State.WAITING


def test_control_characters_are_not_kept_with_a_basis(now: datetime) -> None:
    say(now, source="form\0 of\nMay", wording="I\x07 agree")
    kept = Basis.objects.get()
    assert (kept.source, kept.wording) == ("form of May", "I agree")


def test_a_server_needs_an_address_to_unsubscribe_at(now: datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    say(now)
    with pytest.raises(commands.MailRefused, match="ONEFUNNEL_URL"):
        commands.send_to_lead(mail(), at=now)
    settings.PUBLIC_URL = "https://funnel.example.com"
    assert commands.send_to_lead(mail(), at=now).state == State.WAITING


def test_a_list_comes_in_goes_out_and_comes_in_again(
    now: datetime, signed_in: Any, operations: Person
) -> None:
    client = signed_in(operations)
    text = "Email,Name\nada@firm.example,Ada\nBOB@x.example,Bob\nno address,\nada@firm.example,\n"
    bring(client, text)
    assert Suppression.objects.count() == 2
    page = client.get("/settings/mail-to-leads/").content.decode()
    assert "2 addresses put on the list, 0 were on it. No address in 1 line: 4" in page
    assert "ada@" not in page
    out = client.get("/settings/mail-to-leads/list.csv").content.decode()
    assert "@" not in out
    assert "firm.example" not in out
    Suppression.objects.all().delete()
    bring(client, out)
    assert set(Suppression.objects.values_list("digest", flat=True)) == {
        digest_of(ADA), digest_of("bob@x.example"),
    }  # fmt: skip
    other = re.sub(r",[0-9a-f]{16},", ",0123456789abcdef,", out)
    assert bring(client, other).status_code == 422
    assert bring(client, "nothing\nhere\n").status_code == 422


def test_an_address_is_asked_about_listed_and_given_a_basis_on_the_page(
    signed_in: Any, operations: Person, marketer: Person
) -> None:
    client = signed_in(operations)
    page = "/settings/mail-to-leads/"
    assert "No basis is recorded" in client.post(page, {"address": ADA}).content.decode()
    given = {"address": ADA, "purpose": "nurture", "ground": "consent", "source": "by telephone"}
    client.post(f"{page}basis/", given)
    assert "by telephone" in client.post(page, {"address": ADA}).content.decode()
    assert client.post(f"{page}basis/", given | {"ground": "x"}).status_code == 422
    assert client.post(f"{page}basis/", given | {"address": "x"}).status_code == 422
    client.post(f"{page}suppress/", {"address": ADA, "why": "objected"})
    assert "objected to marketing" in client.post(page, {"address": ADA}).content.decode()
    assert client.post(page, {"address": "nobody"}).status_code == 422
    client.force_login(marketer)
    for path in (page, f"{page}list.csv"):
        assert client.get(path).status_code == 403
    for path in ("", "suppress/", "basis/", "list/"):
        assert client.post(page + path, given | {"why": "objected"}).status_code == 403


@pytest.mark.parametrize("text", ["", "@", "a@", "@b.example", "a b@c.example", "a@b", "a@b..c"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(NotAnAddress):
        digest_of(text)


def link_of(sent: Any) -> str:
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("http://localhost:8000/unsubscribe/")
    return str(link).removeprefix("http://localhost:8000")


def bring(client: Client, text: str) -> Any:
    file = SimpleUploadedFile("list.csv", text.encode())
    return client.post("/settings/mail-to-leads/list/", {"list": file})
