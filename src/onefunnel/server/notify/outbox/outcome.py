"""What became of one try, and the ways by which messages go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from onefunnel.server.notify.outbox.models import Outgoing


@dataclass(frozen=True)
class Outcome:
    """What became of a try: sent, to be tried again, given up (`is_final`), or forbidden.

    `is_place_down` says that the failure is of the place and not of this message: nobody answers
    there, or it takes nothing at all now. Nothing more goes there for the rest of the round.
    """

    is_sent: bool = False
    is_final: bool = False
    is_forbidden: bool = False  # a rule says that it must not be sent
    is_place_down: bool = False
    reason: str = ""
    status: int | None = None
    took_ms: int = 0


SENT = Outcome(is_sent=True)


def forbidden(reason: str) -> Outcome:
    """The message must not be sent; it is not tried again."""
    return Outcome(is_forbidden=True, reason=reason)


def _nothing(outgoing: Outgoing, outcome: Outcome, at: datetime) -> None:
    """Most ways have nothing more to note."""


@dataclass(frozen=True)
class Way:
    """How messages of a channel go out.

    `deliver` sends one; what it raises is a failure that is tried again, an OSError one of the
    place: no connection, no answer in time. `place` finds all messages that go to the same place.
    `after` notes what follows from the outcome, in the transaction that marks the message.
    """

    deliver: Callable[[Outgoing, datetime], Outcome]
    place: Callable[[Outgoing], Q]
    after: Callable[[Outgoing, Outcome, datetime], None] = _nothing
