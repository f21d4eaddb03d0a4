"""How one webhook goes out, and what follows from the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from onefunnel.server.notify.hooks.addresses import AddressRefused, Resolve, place_of, resolved
from onefunnel.server.notify.hooks.commands import note_outcome, valid_secrets
from onefunnel.server.notify.hooks.connecting import Answer, NoAnswer, post
from onefunnel.server.notify.hooks.payload import body_of
from onefunnel.server.notify.hooks.signing import headers_of
from onefunnel.server.notify.outbox.models import Outgoing
from onefunnel.server.notify.outbox.outcome import Outcome, Way, forbidden

_GONE = 410
_REDIRECTS = range(300, 400)
#: Of 4xx, those that say nothing of this message: it took too long, or gets too many.
_LATER = (408, 429)
Post = Callable[..., Answer]


def deliver(
    outgoing: Outgoing, at: datetime, *, resolve: Resolve = resolved, send: Post = post
) -> Outcome:
    """Send the event of a message to its endpoint, signed; any answer of 2xx is a success."""
    endpoint, event = outgoing.endpoint, outgoing.event
    if endpoint is None or event is None:
        return forbidden("The endpoint was removed.")
    if not endpoint.is_on:
        return Outcome(is_final=True, reason="The endpoint is switched off.")
    try:
        place = place_of(endpoint.url, resolve=resolve, to_loopback=settings.WEBHOOKS_TO_LOOPBACK)
    except AddressRefused as refused:
        return Outcome(reason=str(refused), is_place_down=True)
    except OSError:
        reason = "The name of the server could not be resolved."
        return Outcome(reason=reason, is_place_down=True)
    secrets = valid_secrets(endpoint, at=at)
    if not secrets:
        return Outcome(
            reason="The workspace has another secret key than when the endpoint was added, so its "
            "secret cannot be read. Renew the endpoint's secret.",
            is_place_down=True,
        )
    body = body_of(event, endpoint)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "onefunnel",
        **headers_of(
            message_id=outgoing.message_id, at=at, body=body, secrets_=secrets
        ),
    }  # fmt: skip
    try:
        answer = send(place, body=body, headers=headers)
    except NoAnswer as none:
        return Outcome(reason=f"No answer: {none}.", took_ms=none.took_ms, is_place_down=True)
    return _judged(answer)


def _judged(answer: Answer) -> Outcome:
    status, took = answer.status, answer.took_ms
    if 200 <= status < 300:
        return Outcome(is_sent=True, status=status, took_ms=took)
    if status == _GONE:
        reason = "It answered 410: it is gone for good."
    elif status in _REDIRECTS:
        reason = f"It answered {status}: it sends elsewhere, and redirects are not followed."
    else:
        reason = f"It answered {status}."
    return Outcome(
        reason=reason, status=status, took_ms=took, is_final=status == _GONE,
        is_place_down=status in _LATER or not 400 <= status < 500,
    )  # fmt: skip


def _after(outgoing: Outgoing, outcome: Outcome, at: datetime) -> None:
    if outgoing.endpoint_id is not None:
        is_gone = outcome.status == _GONE
        note_outcome(outgoing.endpoint_id, is_sent=outcome.is_sent, is_gone=is_gone, at=at)


def _place(outgoing: Outgoing) -> Q:
    return Q(endpoint=outgoing.endpoint_id)


WAY = Way(deliver, _place, _after)
