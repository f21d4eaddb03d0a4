"""The deeds about leads who are written to: write, and all that says whether one may."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from django.conf import settings
from django.db import transaction

from onefunnel.facts.typed_text import one_line
from onefunnel.server.notify import events
from onefunnel.server.notify.mail.folder import remove_file
from onefunnel.server.notify.mail.letters import reaches_people
from onefunnel.server.notify.outbox.models import Channel, Outgoing
from onefunnel.server.notify.outbox.writing import put_mail
from onefunnel.server.notify.to_leads.digests import NotAnAddress, digest_of, key_mark
from onefunnel.server.notify.to_leads.door import Unreadable as Unreadable
from onefunnel.server.notify.to_leads.door import is_listed, require_readable, unreadable, why_not
from onefunnel.server.notify.to_leads.door import provide_last_look as provide_last_look
from onefunnel.server.notify.to_leads.models import Basis, Ground, Suppression, Why
from onefunnel.server.notify.to_leads.tokens import digest_in
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append

ARRANGE = "arrange mail to leads"
#: A list that is brought in has at most so many lines.
MOST_LINES = 200_000
_PURPOSE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class MailRefused(Exception):
    """This mail must not be sent. The text says why."""


class AddressListed(MailRefused):
    """Nobody may write to this address, for whatever purpose."""


class CannotSendNow(MailRefused):
    """Nothing can be sent to anybody as the workspace is set up. It may be tried again."""


class BadList(ValueError):
    """The list cannot be taken. The text says why."""


@dataclass(frozen=True)
class LeadMail:
    """A mail to a lead.

    `purpose` is what it is sent for ("nurture"): the basis is recorded for it. `key` makes it go
    out once, whoever asks again. `text` is plain; the way to unsubscribe is put below it.
    """

    to: str
    subject: str
    text: str
    purpose: str
    key: str


@dataclass(frozen=True)
class BroughtIn:
    """What became of a list: put on ours, there already, and lines that are no address."""

    added: int
    known: int
    bad_lines: tuple[int, ...]


def send_to_lead(mail: LeadMail, *, at: datetime) -> Outgoing:
    """Have a mail sent to a lead, once for its key, in the caller's transaction.

    Consent and the list of those nobody may write to are asked now, so that the caller hears of a
    refusal, and again at the moment of sending, so that who unsubscribes in between is left alone.

    Raises:
        MailRefused: see the class, and those below it.
    """
    if not _PURPOSE.fullmatch(mail.purpose):
        raise MailRefused("Say what the mail is for in a word of small letters, such as nurture.")
    if not mail.subject.strip() or not mail.text.strip():
        raise MailRefused("A mail needs a subject and a text.")
    if reaches_people() and not settings.PUBLIC_URL:
        raise CannotSendNow(
            "Nobody outside could unsubscribe: set ONEFUNNEL_URL, the address of this site."
        )
    try:
        reason = why_not(mail.to, mail.purpose)
    except NotAnAddress as wrong:
        raise MailRefused(str(wrong)) from wrong
    if reason:
        if unreadable():
            raise CannotSendNow(reason)
        raise (AddressListed if is_listed(mail.to) else MailRefused)(reason)
    content = {
        "to": mail.to.strip(), "subject": mail.subject, "text": mail.text, "purpose": mail.purpose
    }  # fmt: skip
    return put_mail(
        channel=Channel.LEAD, key=mail.key, about=f"Mail to a lead: {mail.purpose}",
        content=content, at=at,
    )[0]  # fmt: skip


def forget_mail(*, keys: Iterable[str]) -> int:
    """Remove the mails of these keys from the outbox, whether they wait, failed or have gone, with
    their tries and their files; how many. For leads that are forgotten: nobody may be written to
    afterwards, and no row may still hold the address.
    """
    wanted, count = list(keys), 0
    for begin in range(0, len(wanted), 500):
        mails = Outgoing.objects.filter(channel=Channel.LEAD, key__in=wanted[begin : begin + 500])
        with transaction.atomic():
            for mail in mails.select_for_update():
                remove_file(mail.message_id)
            count += mails.delete()[1].get("notify.Outgoing", 0)
    return count


@transaction.atomic
def record_basis(
    *, address: str, purpose: str, ground: str, source: str, at: datetime,
    by: Person | None = None, wording: str = "",
) -> None:  # fmt: skip
    """Record on what basis somebody may be written to for a purpose, or that there is none.

    What was said before is kept; the last one counts. By a person: they need the right; by
    nobody: the program, from what somebody sent.

    Raises:
        NotAnAddress: see the class.
        Unreadable: see the class.
        ValueError: there is no such ground, or the purpose is no word of small letters.
    """
    if by is not None:
        require(by, ARRANGE)
    require_readable()
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError("Say the purpose in a word of small letters, such as nurture.")
    ground = Ground(ground)
    Basis.objects.create(
        digest=digest_of(address), key_mark=key_mark(), purpose=purpose, ground=ground, at=at,
        by=by, source=one_line(source)[:200], wording=one_line(wording)[:200],
    )  # fmt: skip
    append(kind=events.BASIS_RECORDED, at=at, by=by, payload={"purpose": purpose, "ground": ground})


def forget_bases(*, source: str) -> int:
    """Remove what the program itself recorded from a source that is no more; how many. What people
    said of the same addresses stays."""
    return Basis.objects.filter(by=None, source=source).delete()[0]


@transaction.atomic
def suppress(*, address: str, why: str, by: Person, at: datetime) -> bool:
    """Put an address on the list of those nobody may write to; whether it is new there.

    Raises:
        NotAnAddress, Unreadable: see the classes.
        ValueError: there is no such reason.
    """
    require(by, ARRANGE)
    require_readable()
    row, is_new = _list(digest_of(address), Why(why), by=by, at=at)
    if is_new:
        append(kind=events.SUPPRESSED, at=at, by=by, subject=f"suppression:{row.public_id}",
               payload={"why": why})  # fmt: skip
    return is_new


@transaction.atomic
def unsubscribe(*, token: str, at: datetime) -> bool:
    """Put the address that a mail's link stands for on the list; whether the link was ours.

    As often as one likes: the first time counts.
    """
    digest = digest_in(token)
    if digest is None:
        return False
    row, is_new = _list(digest, Why.UNSUBSCRIBED, by=None, at=at)
    if is_new:
        append(kind=events.UNSUBSCRIBED, at=at, subject=f"suppression:{row.public_id}")
    return True


@transaction.atomic
def bring_in_list(*, text: str, by: Person, at: datetime) -> BroughtIn:
    """Put every address of a list on ours: CSV or one a line; also a list that we gave out.

    The first cell of a line that is an address, or a digest of ours, counts. A first line without
    either is a header.

    Raises:
        BadList: it is too long, holds no address, or was given out under another secret key.
        Unreadable: ours is kept under another secret key.
    """
    require(by, ARRANGE)
    require_readable()
    lines = [row for row in csv.reader(StringIO(text.replace("\0", ""))) if any(row)]
    if len(lines) > MOST_LINES:
        raise BadList(f"A list may have {MOST_LINES:,} lines; this one has {len(lines):,}.")
    found, bad = _read(lines)
    if not found:
        raise BadList("No line of the list holds an e-mail address.")
    digests = list(dict.fromkeys(found))
    known: set[str] = set()
    for begin in range(0, len(digests), 500):
        some = digests[begin : begin + 500]
        known |= set(Suppression.objects.filter(digest__in=some).values_list("digest", flat=True))
    new = [
        Suppression(digest=one, key_mark=key_mark(), why=Why.BROUGHT_IN, at=at, by=by)
        for one in digests
        if one not in known
    ]
    Suppression.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    append(kind=events.SUPPRESSIONS_IMPORTED, at=at, by=by,
           payload={"added": len(new), "known": len(known), "bad_lines": len(bad)})  # fmt: skip
    return BroughtIn(len(new), len(known), tuple(bad))


def _read(lines: list[list[str]]) -> tuple[list[str], list[int]]:
    found: list[str] = []
    bad: list[int] = []
    for number, row in enumerate(lines, 1):
        digest = next((one for cell in row if (one := _digest_in(cell, row))), "")
        if digest:
            found.append(digest)
        elif number > 1:
            bad.append(number)
    return found, bad


def _digest_in(cell: str, row: list[str]) -> str:
    if _DIGEST.fullmatch(cell.strip()):
        if key_mark() not in (one.strip() for one in row):
            raise BadList(
                "The list holds digests that were made with another secret key: they say nothing "
                "here. Bring in the addresses themselves."
            )
        return cell.strip()
    try:
        return digest_of(cell)
    except NotAnAddress:
        return ""


def _list(digest: str, why: Why, *, by: Person | None, at: datetime) -> tuple[Suppression, bool]:
    return Suppression.objects.get_or_create(
        digest=digest, defaults={"key_mark": key_mark(), "why": why, "by": by, "at": at}
    )
