"""Tell people something, in the app and, if asked, by e-mail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from onefunnel.server.notify.models import Notice
from onefunnel.server.people.models import Person


def send(
    *,
    to: Iterable[Person],
    title: str,
    at: datetime,
    key: str,
    text: str = "",
    url: str = "",
    by_mail: bool = False,
) -> int:
    """Send one notice to each person, once per `key`; return how many got it now.

    A retry with the same key does nothing, so that a task may run twice. E-mail goes out after
    the transaction is committed: nobody is told of something that did not happen.

    Raises:
        ValueError: `url` leads out of this site.
    """
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"A notice may only lead to a page of this site, not to {url!r}.")
    sent = 0
    with transaction.atomic():
        for person in to:
            _, is_new = Notice.objects.get_or_create(
                person=person,
                key=key,
                defaults={"at": at, "title": title, "text": text, "url": url},
            )
            sent += is_new
            if is_new and by_mail:
                _mail_after_commit(person.email, title, text, url)
    return sent


def _mail_after_commit(address: str, title: str, text: str, url: str) -> None:
    body = "\n\n".join(
        part for part in (text, f"{settings.PUBLIC_URL}{url}" if url else "") if part
    )
    transaction.on_commit(lambda: send_mail(title, body or title, None, [address]), robust=True)


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
