"""The deeds of the outbox: try again what was given up, and clear away what is long done."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from onefunnel.server.notify import events
from onefunnel.server.notify.mail.folder import remove_file
from onefunnel.server.notify.outbox.models import Channel, Outgoing, State
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append

#: What has ended is kept so long.
KEPT = timedelta(days=30)


class NothingToSend(Exception):
    """There is no such message, or it waits already. The text says which."""


class NoSuchMessage(NothingToSend):
    """There is no such message, or none any more."""


@transaction.atomic
def send_again(*, message_id: object, by: Person, at: datetime) -> Outgoing:
    """Send a message again, under the same message id, with all its tries before it.

    A mail that went out cannot be: what was written is not kept.

    Raises:
        NothingToSend, NoSuchMessage: see the classes.
    """
    require(by, "manage outgoing")
    try:
        found = Outgoing.objects.select_related("endpoint").get(public_id=message_id)
    except (Outgoing.DoesNotExist, ValidationError):  # the latter: no id at all
        raise NoSuchMessage("There is no such message any more.") from None
    if found.state in (State.SENT, State.DROPPED) and found.event_id is None:
        raise NothingToSend("It has gone, or must not go: there is nothing left to send.")
    if found.channel == Channel.HOOK and found.endpoint is None:
        raise NothingToSend("Its endpoint was removed: there is nowhere to send it.")
    if found.endpoint is not None and not found.endpoint.is_on:
        raise NothingToSend("Its endpoint is switched off. Switch it on, then send this again.")
    changed = Outgoing.objects.filter(pk=found.pk).exclude(state=State.WAITING).update(
        state=State.WAITING, due_at=at, attempts=0, ended_at=None, reason=""
    )  # fmt: skip
    if not changed:
        raise NothingToSend("It waits already and goes out by itself.")
    append(kind=events.SENT_AGAIN, at=at, by=by, subject=f"message:{found.public_id}")
    found.refresh_from_db()
    return found


def ended_before(at: datetime) -> QuerySet[Outgoing]:
    """What ended before. The states are named so that the index finds it: it is asked often."""
    states = (State.SENT, State.FAILED, State.DROPPED)
    return Outgoing.objects.filter(state__in=states, ended_at__lt=at)


def clear_away(*, at: datetime) -> int:
    """Remove what ended long ago, with its tries and its file in the mail folder; how many
    messages."""
    ended = ended_before(at - KEPT)
    if not ended.exists():  # to delete takes the write lock, also where nothing is deleted
        return 0
    for mail in ended.exclude(channel=Channel.HOOK):
        remove_file(mail.message_id)
    return ended.delete()[1].get("notify.Outgoing", 0)
