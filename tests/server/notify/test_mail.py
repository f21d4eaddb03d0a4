"""Mail to the people here: as each has chosen, in their morning, without anybody in the subject."""

from __future__ import annotations

import email
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.policy import default
from pathlib import Path
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from onefunnel.server.notify.commands import Mailing, Topic, choose_mail, mark_read, send
from onefunnel.server.notify.outbox.commands import KEPT, clear_away
from onefunnel.server.notify.outbox.models import Outgoing, State
from onefunnel.server.notify.tasks import send_out, tick
from onefunnel.server.people.models import Person, Team
from onefunnel.server.record.queries import recent_changes
from onefunnel.server.run.handovers.models import Absence, TeamDesk
from onefunnel.server.run.handovers.reactions import HANDOVERS

pytestmark = pytest.mark.django_db
NEWS = Topic("other", "News", Mailing.DIGEST)
#: A Monday.
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def tell(to: Person, at: datetime, key: str = "1", **more: Any) -> None:
    send(to=[to], title=f"Title {key}", at=at, key=key, about=NEWS, **more)


def test_at_once_with_a_link_to_the_thing(
    now: datetime, marketer: Person, mailoutbox: list[Any]
) -> None:
    send(to=[marketer], title="A lead waits", text="Soon & <b>fast</b>.", at=now, key="1",
         about=HANDOVERS, url="/run/handovers/")  # fmt: skip
    send_out(at=now)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["mia@example.com"], "A lead waits")
    assert "http://localhost:8000/run/handovers/" in mail.body
    assert "Soon & <b>fast</b>." in mail.body
    html = mail.alternatives[0].content
    assert 'href="http://localhost:8000/run/handovers/"' in html
    assert "Soon &amp; &lt;b&gt;fast" in html
    message_id = mail.extra_headers["Message-ID"]
    assert message_id == f"<{Outgoing.objects.get().message_id}@localhost>"


def test_a_subject_is_one_line_and_holds_no_address(
    now: datetime, marketer: Person, mailoutbox: list[Any]
) -> None:
    title = "ana@example.com wrote\nBcc: all@example.com"
    send(to=[marketer], title=title, at=now, key="1", about=HANDOVERS)
    send_out(at=now)
    assert mailoutbox[0].subject == "••• wrote Bcc: •••"
    assert mailoutbox[0].message()["Bcc"] is None


def test_each_chooses_and_the_inbox_has_it_always(
    now: datetime, marketer: Person, seller: Person, service: Person, signed_in: Any,
    mailoutbox: list[Any],
) -> None:  # fmt: skip
    client = signed_in(marketer)
    page = client.get("/settings/profile/mail/").content.decode()
    assert "Leads that are handed over" in page
    assert client.post("/settings/profile/mail/", {"about-other": "sometimes"}).status_code == 422
    client.post("/settings/profile/mail/", {"about-other": "at-once", "about-no-such": "never"})
    for _ in range(2):  # the second time it is so already
        choose_mail(person=seller, wishes={"other": "never"}, at=now)
    (chosen,) = recent_changes(kinds=["notify.mail-chosen"]).filter(by=seller)
    assert chosen.payload == {"other": "never"}
    for person in (marketer, seller, service):
        tell(person, now)
    send_out(at=now)
    assert [one.to for one in mailoutbox] == [["mia@example.com"]]
    client.force_login(seller)
    assert "Title 1" in client.get("/inbox/").content.decode()


def test_the_digest_comes_once_in_the_morning_where_one_is(
    marketer: Person, mailoutbox: list[Any]
) -> None:
    marketer.time_zone = "Asia/Kathmandu"  # 8:00 there is 2:15
    marketer.save()
    tell(marketer, MONDAY - timedelta(hours=5), "1", url="/agree/")
    tell(marketer, MONDAY, "2")
    tell(marketer, MONDAY + timedelta(hours=2, minutes=15), "of the day")
    assert tick(at=MONDAY + timedelta(hours=2, minutes=14)) == 0
    assert [tick(at=MONDAY + timedelta(hours=3)) for _ in range(2)] == [1, 0]
    assert tick(at=MONDAY + timedelta(hours=20)) == 0  # past midnight there, not yet morning
    send_out(at=MONDAY + timedelta(hours=20))
    (mail,) = mailoutbox
    assert mail.subject == "2 things are new for you"
    assert [line for line in mail.body.splitlines() if "Title" in line] == ["Title 2", "Title 1"]
    assert "http://localhost:8000/agree/" in mail.body
    assert tick(at=MONDAY + timedelta(days=1, hours=3)) == 1
    send_out(at=MONDAY + timedelta(days=1, hours=3))
    assert "Title of the day" in mailoutbox[1].body


def test_no_digest_on_days_one_does_not_work(marketer: Person) -> None:
    saturday = MONDAY - timedelta(days=2) + timedelta(hours=9)
    tell(marketer, saturday - timedelta(hours=3))
    TeamDesk.objects.create(team=Team.MARKETING, holidays=["2026-11-23"])
    Absence.objects.create(
        person=marketer, from_on=MONDAY + timedelta(days=1), until_on=MONDAY + timedelta(days=2)
    )
    sent = [tick(at=saturday + timedelta(days=day)) for day in range(6)]
    assert sent == [0, 0, 0, 0, 0, 1]  # Thursday


def test_what_was_read_is_not_told_again(marketer: Person, mailoutbox: list[Any]) -> None:
    tell(marketer, MONDAY)
    mark_read(person=marketer, at=MONDAY)
    assert tick(at=MONDAY + timedelta(hours=9)) == 0
    assert not Outgoing.objects.exists()


def test_who_left_gets_nothing(now: datetime, marketer: Person, mailoutbox: list[Any]) -> None:
    send(to=[marketer], title="A lead waits", at=now, key="1", about=HANDOVERS)
    Person.objects.filter(pk=marketer.pk).update(is_active=False)
    send_out(at=now)
    assert mailoutbox == []
    assert Outgoing.objects.get().state == State.DROPPED


@pytest.fixture
def by_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Mail goes where it goes when nothing is set."""
    backend = "onefunnel.server.notify.mail.folder.FolderBackend"
    monkeypatch.setattr(settings, "EMAIL_BACKEND", backend)
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", str(tmp_path / "mail"))
    return tmp_path / "mail"


def test_without_a_mail_server_mail_is_files(
    now: datetime, marketer: Person, by_files: Path, signed_in: Any
) -> None:
    send(to=[marketer], title="Für dich", at=now, key="1", about=HANDOVERS)
    send_out(at=now)
    one = Outgoing.objects.get()
    again = Outgoing.objects.filter(pk=one.pk)
    again.update(state=State.WAITING, ended_at=None, content={"subject": "Für dich"})
    send_out(at=now + timedelta(hours=1))  # sent twice is one file
    (file,) = by_files.iterdir()
    assert file.name == f"{one.message_id}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    mail = email.message_from_bytes(file.read_bytes(), policy=default)
    assert (mail["Subject"], mail["To"]) == ("Für dich", "mia@example.com")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    page = signed_in(marketer).get("/settings/profile/mail/").content.decode()
    assert "no mail server is set" in page


def test_files_of_mails_go_with_their_messages(
    now: datetime, marketer: Person, by_files: Path
) -> None:
    send(to=[marketer], title="For you", at=now, key="1", about=HANDOVERS)
    send_out(at=now)
    (by_files / "somebody-else.eml").write_text("kept")
    ended = Outgoing.objects.get().ended_at
    assert ended is not None
    assert (clear_away(at=ended + KEPT), len(list(by_files.iterdir()))) == (0, 2)
    assert clear_away(at=ended + KEPT + timedelta(seconds=1)) == 1
    assert [file.name for file in by_files.iterdir()] == ["somebody-else.eml"]


class Refusing(BaseEmailBackend):
    """A mail server that refuses every recipient but one."""

    refusal: Exception

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if email_messages[0].to != ["mia@example.com"]:
            raise self.refusal
        return 1


@pytest.mark.parametrize(
    ("refusal", "state", "others_go"),
    [
        (SMTPRecipientsRefused({"sam@example.com": (550, b"No such user")}), State.FAILED, True),
        (SMTPRecipientsRefused({"sam@example.com": (450, b"Greylisted")}), State.WAITING, True),
        (SMTPRecipientsRefused({"sam@example.com": (421, b"Closing")}), State.WAITING, False),
        (SMTPRecipientsRefused({"sam@example.com": (530, b"Sign in")}), State.WAITING, False),
        (SMTPDataError(554, b"Spam"), State.FAILED, True),
        (SMTPDataError(451, b"Try later"), State.WAITING, False),
        (SMTPServerDisconnected("gone"), State.WAITING, False),
        (SMTPAuthenticationError(535, b"Who?"), State.WAITING, False),
        (TimeoutError("slow"), State.WAITING, False),
    ],
)
def test_a_bad_address_stops_no_other_mail_and_a_bad_server_is_left_alone(
    now: datetime, seller: Person, marketer: Person, monkeypatch: pytest.MonkeyPatch,
    refusal: Exception, state: str, others_go: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings, "EMAIL_BACKEND", f"{__name__}.Refusing")
    monkeypatch.setattr(Refusing, "refusal", refusal, raising=False)
    for number in range(3):
        send(to=[seller], title="A lead waits", at=now, key=str(number), about=HANDOVERS)
    send(to=[marketer], title="A lead waits", at=now, key="good", about=HANDOVERS)
    assert send_out(at=now) == (1 if others_go else 0)
    first = Outgoing.objects.filter(person=seller).earliest("pk")
    assert first.state == state
    assert first.reason
    assert "sam@" not in first.reason
    tried = Outgoing.objects.filter(person=seller).exclude(attempts=0).count()
    assert tried == (3 if others_go else 1)


def test_nobody_simulated_is_mailed_by_a_server(
    now: datetime, make_person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_backend = "django.core.mail.backends.smtp.EmailBackend"
    monkeypatch.setattr(settings, "EMAIL_BACKEND", settings_backend)
    somebody = make_person("Mia M", team="marketing", is_simulated=True)
    send(to=[somebody], title="A lead waits", at=now, key="1", about=HANDOVERS)
    send_out(at=now)
    assert "no real mailbox" in Outgoing.objects.get().reason
