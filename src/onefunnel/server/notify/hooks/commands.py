"""The deeds of endpoints: add, change, renew the secret, test, remove; and the program's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from onefunnel.facts.typed_text import one_line
from onefunnel.server.notify import events
from onefunnel.server.notify.commands import send
from onefunnel.server.notify.hooks.addresses import AddressRefused, checked_url
from onefunnel.server.notify.hooks.kinds import declare_kinds as declare_kinds
from onefunnel.server.notify.hooks.kinds import kinds as known_kinds
from onefunnel.server.notify.hooks.models import Endpoint
from onefunnel.server.notify.hooks.payload import Subject as Subject
from onefunnel.server.notify.hooks.payload import provide_subject as provide_subject
from onefunnel.server.notify.hooks.signing import PREFIX, new_secret
from onefunnel.server.notify.outbox.models import Channel, Outgoing, State
from onefunnel.server.notify.topics import OPERATIONS
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people
from onefunnel.server.people.rules import may, require
from onefunnel.server.people.sealed import opened, seal
from onefunnel.server.record.commands import append

if TYPE_CHECKING:
    from onefunnel.server.record.models import Event

MANAGE = "manage webhooks"
#: Only who may do this lets an endpoint have personal data.
WITH_PERSONAL_DATA = "send personal data out"
#: A secret that was renewed signs so long beside the new one.
BOTH_SIGN = timedelta(hours=24)
#: An endpoint at which nothing has succeeded for so long is switched off.
PATIENCE = timedelta(days=5)
#: So many endpoints are enough.
MOST = 50


class EndpointRefused(ValueError):
    """The endpoint cannot be like that. The text says why."""


class ChangedMeanwhile(EndpointRefused):
    """Somebody else changed the endpoint since it was looked at."""


@transaction.atomic
def add_endpoint(
    *, label: str, url: str, kinds: Sequence[str], has_personal_data: bool = False,
    by: Person, at: datetime,
) -> tuple[Endpoint, str]:  # fmt: skip
    """Add an endpoint; it and its secret, which nobody can read again.

    Args:
        kinds: Of events, those that it is told; none: all.

    Raises:
        EndpointRefused: see the class.
    """
    require(by, MANAGE)
    if has_personal_data:
        require(by, WITH_PERSONAL_DATA)
    fields = _checked(label, url, kinds)
    if Endpoint.objects.count() >= MOST:
        raise EndpointRefused(f"There are {MOST} endpoints already. Remove one first.")
    secret = new_secret()
    endpoint = Endpoint.objects.create(
        **fields, has_personal_data=has_personal_data, secret=seal(secret), made_at=at, made_by=by
    )
    _append(events.ENDPOINT_MADE, endpoint, by=by, at=at)
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    *, endpoint_id: object, revision: int, label: str, url: str, kinds: Sequence[str],
    has_personal_data: bool, is_on: bool, by: Person, at: datetime,
) -> Endpoint:  # fmt: skip
    """Change an endpoint. Switched on again, it starts with a clean slate.

    Raises:
        EndpointRefused, ChangedMeanwhile: see the classes.
        Endpoint.DoesNotExist: it was removed.
    """
    require(by, MANAGE)
    endpoint = Endpoint.objects.select_for_update().get(public_id=endpoint_id)
    if has_personal_data and not endpoint.has_personal_data:
        require(by, WITH_PERSONAL_DATA)
    if endpoint.has_personal_data and url.strip() != endpoint.url:
        require(by, WITH_PERSONAL_DATA)  # else it would go to whom nobody gave leave
    if endpoint.revision != revision:
        raise ChangedMeanwhile("Somebody changed it since you opened it; nothing was written.")
    fields = _checked(label, url, kinds)
    if is_on and not endpoint.is_on:
        fields |= {"failing_since": None, "why_off": ""}
    if not is_on and endpoint.is_on:
        fields |= {"why_off": "Switched off by hand."}
        _give_up(endpoint, at=at)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        **fields, is_on=is_on, has_personal_data=has_personal_data, revision=F("revision") + 1
    )
    _append(events.ENDPOINT_CHANGED, endpoint, by=by, at=at, on=is_on, personal=has_personal_data)
    endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def renew_secret(*, endpoint_id: object, by: Person, at: datetime) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret; the one before signs beside it for a day.

    Raises:
        Endpoint.DoesNotExist: it was removed.
    """
    require(by, MANAGE)
    endpoint = Endpoint.objects.select_for_update().get(public_id=endpoint_id)
    secret = new_secret()
    endpoint.secret_before, endpoint.before_until = endpoint.secret, at + BOTH_SIGN
    endpoint.secret = seal(secret)
    endpoint.save(update_fields=["secret", "secret_before", "before_until"])
    _append(events.ENDPOINT_RENEWED, endpoint, by=by, at=at)
    return endpoint, secret


@transaction.atomic
def remove_endpoint(*, endpoint_id: object, by: Person, at: datetime) -> None:
    """Remove an endpoint and the log of what was sent to it.

    Raises:
        Endpoint.DoesNotExist: it was removed.
    """
    require(by, MANAGE)
    endpoint = Endpoint.objects.select_for_update().get(public_id=endpoint_id)
    _append(events.ENDPOINT_REMOVED, endpoint, by=by, at=at)
    endpoint.delete()


@transaction.atomic
def try_endpoint(*, endpoint_id: object, by: Person, at: datetime) -> None:
    """Have a test event sent to this endpoint and to no other.

    Raises:
        EndpointRefused: it is switched off.
        Endpoint.DoesNotExist: it was removed.
    """
    require(by, MANAGE)
    endpoint = Endpoint.objects.get(public_id=endpoint_id)
    if not endpoint.is_on:
        raise EndpointRefused("It is switched off. Switch it on, then test it.")
    _append(events.ENDPOINT_TESTED, endpoint, by=by, at=at)


def tell_endpoints(told: Sequence[Event]) -> int:
    """Write one message for each event and each endpoint that is told of it; how many.

    In the transaction that appends the events: what is recorded is told, and nothing else.
    """
    if not _is_anybody_told():
        return 0
    rows = [
        Outgoing(
            channel=Channel.HOOK, key=f"{event.public_id}:{endpoint.pk}", about=event.kind,
            endpoint=endpoint, event_id=event.pk, made_at=event.at, due_at=event.at,
        )
        for endpoint in Endpoint.objects.filter(is_on=True)
        for event in told
        if _is_told(endpoint, event)
    ]  # fmt: skip
    if rows:
        Outgoing.objects.bulk_create(rows)
    return len(rows)


def note_outcome(endpoint_pk: int, *, is_sent: bool, is_gone: bool, at: datetime) -> None:
    """Note that an endpoint answered well or not; one that fails for long is switched off."""
    mine = Endpoint.objects.filter(pk=endpoint_pk, is_on=True)
    if is_sent:
        mine.exclude(failing_since=None).update(failing_since=None)
        return
    mine.filter(failing_since=None).update(failing_since=at)
    why = (
        "It answered that it is gone for good."
        if is_gone
        else f"Nothing sent to it arrived for {PATIENCE.days} days."
    )
    tired = mine if is_gone else mine.filter(failing_since__lte=at - PATIENCE)
    if not tired.update(is_on=False, why_off=why, revision=F("revision") + 1):
        return
    endpoint = Endpoint.objects.get(pk=endpoint_pk)
    _give_up(endpoint, at=at)
    _append(events.ENDPOINT_SWITCHED_OFF, endpoint, by=None, at=at, gone=is_gone)
    send(
        to=[one for one in people().filter(is_active=True) if may(one, MANAGE)],
        title="A webhook was switched off", at=at, about=OPERATIONS,
        key=f"endpoint-off:{endpoint.public_id}:{at.timestamp():.6f}",
        text=f"{endpoint.label}: {why} Mend it, then switch it on again.",
        url=f"/settings/webhooks/{endpoint.public_id}/",
    )  # fmt: skip


def valid_secrets(endpoint: Endpoint, *, at: datetime) -> list[str]:
    """The secrets that sign at this moment, the newest first; none where they cannot be opened,
    since the workspace's own secret key is another one now."""
    sealed = [endpoint.secret]
    if endpoint.secret_before and endpoint.before_until and at < endpoint.before_until:
        sealed.append(endpoint.secret_before)
    return [secret for one in sealed if (secret := opened(one)).startswith(PREFIX)]


def _is_anybody_told() -> bool:
    """In SQL: each deed passes here, and most workspaces have no webhook."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM notify_endpoint WHERE is_on LIMIT 1")
        return cursor.fetchone() is not None


def _is_told(endpoint: Endpoint, event: Event) -> bool:
    if event.kind == events.ENDPOINT_TESTED:
        return event.subject == f"endpoint:{endpoint.public_id}"
    return not endpoint.kinds or event.kind in endpoint.kinds


def _checked(label: str, url: str, kinds: Sequence[str]) -> dict[str, object]:
    label, url = one_line(label)[:80], url.strip()
    if not label:
        raise EndpointRefused("Say what it is for: a name of a few words.")
    try:
        checked_url(url, to_loopback=settings.WEBHOOKS_TO_LOOPBACK)
    except AddressRefused as refused:
        raise EndpointRefused(str(refused)) from refused
    unknown = sorted(set(kinds) - set(known_kinds()))
    if unknown:
        raise EndpointRefused(f"There is no event {unknown[0]}.")
    return {"label": label, "url": url, "kinds": sorted(set(kinds))}


def _give_up(endpoint: Endpoint, *, at: datetime) -> None:
    """What waits for an endpoint that is switched off has failed: it can be sent again later."""
    Outgoing.objects.filter(endpoint=endpoint, state=State.WAITING).update(
        state=State.FAILED, ended_at=at, reason="The endpoint was switched off."
    )


def _append(
    kind: str, endpoint: Endpoint, *, by: Person | None, at: datetime, **payload: object
) -> None:
    append(kind=kind, at=at, by=by, subject=f"endpoint:{endpoint.public_id}", payload=payload)
