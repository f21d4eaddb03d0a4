"""The mails of sequences: written to the outbox, looked at once more before they go, settled."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from onefunnel.facts.utc import in_utc
from onefunnel.server.notify.to_leads.commands import (
    AddressListed,
    CannotSendNow,
    LeadMail,
    MailRefused,
    send_to_lead,
)
from onefunnel.server.notify.to_leads.queries import (
    Became,
    has_ended,
    is_listed,
    what_became_of,
)
from onefunnel.server.run.handovers.lead_data import NoSuchLead, lead_of
from onefunnel.server.run.handovers.models import team_name
from onefunnel.server.run.nurture import events
from onefunnel.server.run.nurture.entering import go_on_after, waits_for
from onefunnel.server.run.nurture.human import NURTURED, why_human
from onefunnel.server.run.nurture.leaving import leave, why_leave
from onefunnel.server.run.nurture.models import IN_IT, Enrolment, Sending, SequenceMail, Status
from onefunnel.server.run.nurture.one_person import same_mailbox
from onefunnel.server.run.nurture.plan import Step, read_plan
from onefunnel.server.run.nurture.quiet import why_wait
from onefunnel.server.run.nurture.telling import tell_enrolment
from onefunnel.server.run.nurture.turns import WHOLE, Turn
from onefunnel.server.run.nurture.wording import WordMissing, worded
from onefunnel.server.warehouse.commands import hold_the_door, record_rows
from onefunnel.server.warehouse.queries import read_once

#: Keys of these mails in the outbox begin so.
KEY = "nurture:"
MOST = 500
_AGAIN = timedelta(hours=1)
_LOST = timedelta(days=31)  # the outbox forgets what ended after 30 days
_OURS = uuid.UUID("0d2f6a1e-3a57-4f55-9b0b-8f5d7c2f1c11")
#: How the last look says that a mail waits.
_NOT_NOW = "Not now: "
_log = logging.getLogger("onefunnel.nurture")


def write_mail(enrolment: Enrolment, step: Step, *, at: datetime) -> None:
    """Write the step's mail to the outbox, in the caller's transaction, or say why not.

    While sales is with the lead it waits. Who unsubscribed leaves; without consent, an address or
    a word that the text asks for the step is skipped, and the lead goes on.
    """
    if wait := why_wait(enrolment.lead_id, at=at):
        _hold(enrolment, wait.why, wait.until)
        return
    mail = SequenceMail(
        enrolment=enrolment, step=step.key, position=enrolment.position,
        subject=step.subject[:200], made_at=at, state=Sending.GOING,
    )  # fmt: skip
    tries = SequenceMail.objects.filter(enrolment=enrolment, step=step.key).count()
    mail.key = f"{KEY}{enrolment.public_id}:{step.key}:{tries}"
    plan = read_plan(enrolment.revision.plan)
    try:
        lead = lead_of(enrolment.lead_id).lead
        address = str(lead.get("email") or "").strip()
        if not address:
            raise MailRefused("no e-mail address is known of this lead")
        if _went_there(enrolment, step):
            raise MailRefused("it goes to this address already, for another lead")
        letter = LeadMail(
            to=address, subject=worded(step.subject, lead), text=worded(step.text, lead),
            purpose=plan.purpose, key=mail.key,
        )  # fmt: skip
        send_to_lead(letter, at=at)
    except CannotSendNow as later:
        _hold(enrolment, str(later), at + _AGAIN)
    except (MailRefused, WordMissing, NoSuchLead) as why:
        Enrolment.objects.filter(pk=enrolment.pk).update(due_at=None, held="")
        enrolment.refresh_from_db()
        _skip(enrolment, mail, str(why), at=at, is_listed=isinstance(why, AddressListed))
    else:
        mail.save()
        Enrolment.objects.filter(pk=enrolment.pk).update(due_at=None, held="")


def _went_there(enrolment: Enrolment, step: Step) -> bool:
    """Whether the step's mail goes, or went, to the same mailbox for another lead."""
    others = [one for one in same_mailbox(enrolment.lead_id) if one != enrolment.lead_id]
    return SequenceMail.objects.filter(
        enrolment__sequence=enrolment.sequence, enrolment__lead_id__in=others, step=step.key,
        state__in=(Sending.GOING, Sending.SENT),
    ).exists()  # fmt: skip


def last_look(key: str, at: datetime) -> str:
    """Why a mail of a sequence must not go out although it was written; empty where it may go.

    Asked by the outbox at the moment of sending: what happened in between counts.
    """
    if not key.startswith(KEY):
        return ""
    mail = (
        SequenceMail.objects.select_related("enrolment__sequence", "enrolment__revision")
        .filter(key=key)
        .first()
    )
    if mail is None or mail.state != Sending.GOING:
        return "It belongs to no sequence any more."
    one = mail.enrolment
    if one.status == Status.PAUSED or (one.status == Status.RUNNING and not one.sequence.is_on):
        return f"{_NOT_NOW}the sequence stands still for this lead."
    if one.status != Status.RUNNING:
        return "The lead left the sequence."
    plan = read_plan(one.revision.plan)
    with read_once():
        if why_leave(one.lead_id, plan, at=at) or why_human(one, plan, at=at):
            return f"{_NOT_NOW}the lead is not where it was when this was written."
        wait = why_wait(one.lead_id, at=at)
    return f"{_NOT_NOW}{wait.why}." if wait else ""


def settle_mails(*, at: datetime, turn: Turn = WHOLE) -> int:
    """See what became of the mails that are going out; how many are settled.

    What went out is a touch of the lead, and its sequence goes on from that moment. Only mails of
    which there is something to see are asked for: those that wait in the outbox delay no other.
    """
    going = SequenceMail.objects.filter(state=Sending.GOING)
    ended = going.filter(has_ended("key") | Q(made_at__lte=at - _LOST)).order_by("made_at")
    asked = dict(ended.values_list("pk", "key")[:MOST])
    became, settled = what_became_of(list(asked.values())), 0
    for pk, key in asked.items():
        try:
            settled += _settle(pk, became.get(key), at=at)
        except Exception:  # whatever is wrong with one mail, the others are settled
            _log.exception("A mail could not be settled; it is tried again with the next tick.")
        if turn.is_over:
            break
    return settled


def _settle(pk: int, became: Became | None, *, at: datetime) -> int:
    with transaction.atomic(), read_once():
        hold_the_door()
        mail = (
            SequenceMail.objects.select_related("enrolment__sequence", "enrolment__revision")
            .filter(pk=pk, state=Sending.GOING)
            .first()
        )
        if mail is None:
            return 0
        if became is None:
            if mail.made_at > at - _LOST:
                return 0
            became = Became("failed", at, "what became of it is not known any more")
        if became.state == "waiting" or became.at is None:
            return 0
        if became.state == "sent":
            _went_out(mail, became.at, at=at)
        elif became.reason.startswith(_NOT_NOW):
            _held_back(mail, became.reason, at=at)
        else:
            _skip(mail.enrolment, mail, became.reason, at=at, is_listed=_is_listed(mail.enrolment))
    return 1


def _went_out(mail: SequenceMail, sent_at: datetime, *, at: datetime) -> None:
    one = mail.enrolment
    mail.state, mail.ended_at = Sending.SENT, sent_at
    mail.save()
    step = next((s for s in read_plan(one.revision.plan).steps if s.key == mail.step), None)
    try:
        account: object = lead_of(one.lead_id).lead.get("account_id")
    except NoSuchLead:
        account = None
    touch = {
        "touch_id": str(uuid.uuid5(_OURS, mail.key)),
        "lead_id": one.lead_id,
        "account_id": account,
        "at": in_utc(sent_at),
        "channel": "e-mail",
        "campaign": one.sequence.name,
        "kind": NURTURED,
        "team": team_name(step.team if step else "marketing").lower(),
    }
    record_rows(rows={"touches": [touch]}, by=None, at=at)
    tell_enrolment(events.MAIL_SENT, one, at=sent_at, by=None, step=mail.step)
    go_on_after(one, mail.step, at=sent_at)


def _held_back(mail: SequenceMail, reason: str, *, at: datetime) -> None:
    """It is looked at again at once, and then says until when it waits."""
    mail.state, mail.ended_at, mail.reason = Sending.HELD, at, reason
    mail.save()
    if waits_for(mail.enrolment, mail.step):
        _hold(mail.enrolment, reason.removeprefix(_NOT_NOW), at)


def _hold(enrolment: Enrolment, why: str, until: datetime) -> None:
    Enrolment.objects.filter(pk=enrolment.pk).update(due_at=until, held=why)


def _skip(
    enrolment: Enrolment, mail: SequenceMail, reason: str, *, at: datetime, is_listed: bool
) -> None:
    mail.state, mail.ended_at, mail.reason = Sending.SKIPPED, at, reason
    mail.save()
    if enrolment.status not in IN_IT:
        return
    tell_enrolment(
        events.MAIL_NOT_SENT, enrolment, at=at, by=None, step=mail.step, listed=is_listed
    )
    if is_listed:
        leave(enrolment, status=Status.STOPPED, reason="nobody may write to this address", at=at)
        return
    go_on_after(enrolment, mail.step, at=at)


def _is_listed(enrolment: Enrolment) -> bool:
    try:
        return is_listed(str(lead_of(enrolment.lead_id).lead.get("email") or ""))
    except NoSuchLead:
        return False
