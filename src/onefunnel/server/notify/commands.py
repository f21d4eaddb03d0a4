"""Tell people something, in the app and, as each has chosen, by e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from onefunnel.server.notify import events
from onefunnel.server.notify.mail.digests import part_of
from onefunnel.server.notify.mail.digests import provide_working_days as provide_working_days
from onefunnel.server.notify.models import MailChoice, Notice
from onefunnel.server.notify.models import Mailing as Mailing
from onefunnel.server.notify.outbox.models import Channel
from onefunnel.server.notify.outbox.writing import put_mail
from onefunnel.server.notify.queries import mailing_of
from onefunnel.server.notify.topics import OTHER, topics
from onefunnel.server.notify.topics import Topic as Topic
from onefunnel.server.notify.topics import declare as declare
from onefunnel.server.people.models import Person
from onefunnel.server.record.commands import append


def send(
    *,
    to: Iterable[Person],
    title: str,
    at: datetime,
    key: str,
    about: Topic = OTHER,
    text: str = "",
    url: str = "",
) -> int:
    """Send one notice to each person, once per `key`; return how many got it now.

    A retry with the same key does nothing, so that a task may run twice. What is mailed is
    written into the outbox in the same transaction: nobody is told of something that did not
    happen, and nothing that did is forgotten.

    Args:
        title: One line; it is the subject of a mail too, so it names nobody.
        about: Which kind of notice it is: people choose by it what is mailed.

    Raises:
        ValueError: `url` leads out of this site.
    """
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"A notice may only lead to a page of this site, not to {url!r}.")
    everybody = list(to)
    sent = 0
    with transaction.atomic():
        wishes = mailing_of(everybody, about)
        for person in everybody:
            wish = wishes[person.pk]
            notice, is_new = Notice.objects.get_or_create(
                person=person,
                key=key,
                defaults={
                    "at": at, "title": title, "text": text, "url": url, "topic": about.name,
                    "waits_for_digest": wish == Mailing.DIGEST,
                },
            )  # fmt: skip
            sent += is_new
            if is_new and wish == Mailing.AT_ONCE:
                put_mail(
                    channel=Channel.MAIL, key=f"notice:{notice.public_id}", about=about.title,
                    content={"subject": title, "parts": [part_of(notice)]}, at=at, person=person,
                )  # fmt: skip
    return sent


def mark_read(*, person: Person, at: datetime, public_id: str = "") -> int:
    """Mark one notice of the person as read, or all; return how many were unread.

    An id that is not one of the person's marks nothing.
    """
    notices = Notice.objects.filter(person=person, read_at=None)
    if public_id:
        try:
            notices = notices.filter(public_id=UUID(public_id))
        except ValueError:
            return 0
    return notices.update(read_at=at)


@transaction.atomic
def choose_mail(*, person: Person, wishes: Mapping[str, str], at: datetime) -> None:
    """Keep how a person wants each kind of notice mailed, by its name; others stay as they are.

    What waits for a digest that nobody wants any more is in the inbox and nowhere else. Where
    nothing changes nothing is recorded.

    Raises:
        ValueError: a wish that does not exist.
    """
    changed = {}
    for one in topics():
        if one.name not in wishes:
            continue
        wish = Mailing(wishes[one.name])
        if mailing_of([person], one)[person.pk] != wish:
            changed[one.name] = wish.value
        MailChoice.objects.update_or_create(
            person=person, topic=one.name, defaults={"mailing": wish}
        )
        if wish == Mailing.NEVER:
            Notice.objects.filter(person=person, topic=one.name).update(waits_for_digest=False)
    if changed:
        append(
            kind=events.MAIL_CHOSEN, at=at, by=person, subject=f"person:{person.public_id}",
            payload=changed,
        )  # fmt: skip
