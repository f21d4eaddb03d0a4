"""The sender: it takes messages that are due, one by one, and says what became of each.

Safe with several workers: a message is taken by one conditional UPDATE, which also puts off when
it is due again. A worker that dies while sending leaves a message that is due later: it may go out
twice, under the same message id, and is never lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import perf_counter

from django.db import transaction
from django.db.models import Q

from onefunnel.facts.personal import scrubbed
from onefunnel.server.notify.outbox.models import Attempt, Outgoing, State
from onefunnel.server.notify.outbox.outcome import Outcome, Way
from onefunnel.server.notify.outbox.pauses import MOST_TRIES, pause_after

#: A worker has so long to send one message before another one may take it.
LEASE = timedelta(minutes=5)
#: So many are sent in one round; what is left comes with the next tick.
MOST = 500

_log = logging.getLogger("onefunnel.outbox")
_STOPPED = "The program was stopped each time while it was being sent."


def send_due(
    *, now: Callable[[], datetime], ways: Mapping[str, Way], most: int = MOST
) -> tuple[int, int]:
    """Send what is due, the longest due first: how many went out, and how many did not.

    Where the place of a message fails, others to it wait for the next round: a receiver that hangs
    keeps nobody else waiting for long. A message that alone is refused keeps nobody waiting.
    """
    sent = failed = 0
    failing = Q(pk__in=())
    while sent + failed < most:
        at = now()
        found = _first_due(at, failing)
        if found is None:
            break
        way = ways[found.channel]
        if not _take(found, at=at):
            continue  # another worker has it
        outcome = _tried(found, way, at=at)
        _mark(found, outcome, way, at=now())
        if outcome.is_sent:
            sent += 1
            continue
        failed += 1
        if outcome.is_place_down:
            failing |= way.place(found)
    return sent, failed


def _first_due(at: datetime, failing: Q) -> Outgoing | None:
    rows = Outgoing.objects.filter(state=State.WAITING, due_at__lte=at).exclude(failing)
    return rows.select_related("person", "endpoint", "event__by").order_by("due_at", "pk").first()


def _take(found: Outgoing, *, at: datetime) -> bool:
    """Have the message for oneself; whether it was still as it was found."""
    taken = Outgoing.objects.filter(
        pk=found.pk, state=State.WAITING, attempts=found.attempts, due_at=found.due_at
    ).update(attempts=found.attempts + 1, due_at=at + LEASE)
    found.attempts, found.due_at = found.attempts + 1, at + LEASE
    return taken == 1


def _tried(outgoing: Outgoing, way: Way, *, at: datetime) -> Outcome:
    if outgoing.attempts > MOST_TRIES:
        return Outcome(is_final=True, reason=_STOPPED)
    started = perf_counter()
    try:
        return way.deliver(outgoing, at)
    except Exception as failure:  # whatever goes wrong out there, the others are sent
        _log.warning("A message could not be sent: %s", type(failure).__name__)
        took = round((perf_counter() - started) * 1000)
        said = scrubbed(f"{type(failure).__name__}: {failure}")[:500]
        return Outcome(reason=said, took_ms=took, is_place_down=isinstance(failure, OSError))


def _mark(outgoing: Outgoing, outcome: Outcome, way: Way, *, at: datetime) -> None:
    """Say on the row what became of the try, unless somebody else has taken it since."""
    pause = pause_after(outgoing.attempts, outgoing.message_id)
    state, due_at = State.WAITING, outgoing.due_at
    if outcome.is_sent:
        state = State.SENT
    elif outcome.is_forbidden:
        state = State.DROPPED
    elif outcome.is_final or pause is None:
        state = State.FAILED
    else:
        due_at = at + pause
    change: dict[str, object] = {
        "state": state, "due_at": due_at, "reason": outcome.reason,
        "ended_at": None if state == State.WAITING else at,
    }  # fmt: skip
    if state in (State.SENT, State.DROPPED):
        change["content"] = {}
    with transaction.atomic():
        Attempt.objects.create(
            outgoing=outgoing, at=at, status=outcome.status, took_ms=outcome.took_ms,
            reason=outcome.reason,
        )  # fmt: skip
        is_mine = Outgoing.objects.filter(
            pk=outgoing.pk, state=State.WAITING, attempts=outgoing.attempts,
            due_at=outgoing.due_at,
        ).update(**change)  # fmt: skip
        if is_mine:
            way.after(outgoing, outcome, at)
