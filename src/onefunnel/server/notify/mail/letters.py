"""Mail to the people who work here: what it looks like, and how one goes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string

from onefunnel.facts.personal import scrubbed
from onefunnel.server.notify.mail.site_address import site_address, site_host
from onefunnel.server.notify.outbox.models import Channel, Outgoing
from onefunnel.server.notify.outbox.outcome import Outcome, Way, forbidden

#: The longest line of a subject.
_SUBJECT = 120
#: The server answers so where it takes nothing from us now: it closes, or wants us to sign in.
_OF_THE_SERVER = (421, 530)


def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
    """Send one mail to one of the people here, if they may still come in."""
    person, content = outgoing.person, outgoing.content
    if person is None or not person.is_active:
        return forbidden("This person cannot sign in any more.")
    if person.is_simulated and reaches_people():
        return forbidden("A person of the simulated company has no real mailbox.")
    about = {
        "parts": content.get("parts", []), "person": person, "site": site_address(),
        "is_digest": content.get("is_digest", False),
    }  # fmt: skip
    return send(
        outgoing,
        to=person.email,
        subject=str(content.get("subject", outgoing.about)),
        text=render_to_string("notify/mail/letter.txt", about),
        html=render_to_string("notify/mail/letter.html", about),
    )


def send(
    outgoing: Outgoing,
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    headers: dict[str, str] | None = None,
) -> Outcome:
    """Hand a mail to the mail server, or write it into the folder.

    The subject is one line without addresses; the message id is the outbox's own, so that a mail
    that goes out twice is known by it. A refusal of this mail is judged here; what else the server
    raises goes through.
    """
    message: Any = EmailMultiAlternatives(
        subject=" ".join(scrubbed(subject).split())[:_SUBJECT],
        body=text,
        to=[to],
        headers={
            "Message-ID": f"<{outgoing.message_id}@{site_host()}>",
            "Auto-Submitted": "auto-generated",
            **(headers or {}),
        },
    )
    if html:
        message.attach_alternative(html, "text/html")
    started = perf_counter()
    outcome = Outcome(is_sent=True)
    try:
        message.send()
    except SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        outcome = _refused(code, said, is_for_all=False)
    except SMTPDataError as refused:
        outcome = _refused(refused.smtp_code, refused.smtp_error, is_for_all=True)
    return replace(outcome, took_ms=round((perf_counter() - started) * 1000))


def _refused(code: int, said: bytes | str, *, is_for_all: bool) -> Outcome:
    """A refusal for good (5xx) is of this mail; one for now may be of all mail (`is_for_all`)."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    is_final = code >= 500 and code not in _OF_THE_SERVER
    return Outcome(
        is_final=is_final,
        is_place_down=code in _OF_THE_SERVER or (is_for_all and not is_final),
        reason=scrubbed(f"The mail server answered {code}: {' '.join(text.split())}")[:500],
    )


def reaches_people() -> bool:
    """Whether mail leaves this machine, by a mail server."""
    return str(settings.EMAIL_BACKEND).endswith("smtp.EmailBackend")


def mail_goes() -> str:
    """Where mail goes, in words."""
    if reaches_people():
        return f"by the mail server {settings.EMAIL_HOST}"
    return (
        "into the folder `mail/` of the workspace, since no mail server is set "
        "(`ONEFUNNEL_EMAIL_HOST`)"
    )


def all_mail(outgoing: Outgoing) -> Q:
    """There is one mail server for all."""
    return Q(channel__in=(Channel.MAIL, Channel.LEAD))


WAY = Way(deliver, all_mail)
