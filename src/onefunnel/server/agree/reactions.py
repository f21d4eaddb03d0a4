"""What follows: people are told, in the app, that it is their turn to write, settle or sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onefunnel.server.agree.events import (
    DRAFT_HANDED_IN,
    ROUND_CONCLUDED,
    ROUND_OPENED,
    VERSION_SIGNED,
)
from onefunnel.server.agree.turns.queries import turns_of
from onefunnel.server.notify.commands import Mailing, Topic, declare, send
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people
from onefunnel.server.people.rules import may
from onefunnel.server.record.events import appended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onefunnel.server.record.models import Event

TURNS = Topic("turns", "Your turn to write, settle or sign the agreement", Mailing.AT_ONCE)
_TURN = frozenset({ROUND_OPENED, DRAFT_HANDED_IN, ROUND_CONCLUDED, VERSION_SIGNED})


def _tell_whose_turn(*, events: Sequence[Event], **_: Any) -> None:
    """In the transaction of the deed; each is told once of each turn, and not of their own deed."""
    for event in events:
        if event.kind not in _TURN:
            continue
        for person in _heads():
            if event.by is not None and event.by.pk == person.pk:
                continue
            for turn in turns_of(person):
                send(
                    to=[person], title=turn.asks, at=event.at, key=turn.key, about=TURNS,
                    url=turn.url,
                )  # fmt: skip


def _heads() -> list[Person]:
    """Who speaks for each team: its heads; in a team without any, everybody who may draft."""
    everybody = [one for one in people().filter(is_active=True) if may(one, "draft agreement")]
    heads = [one for one in everybody if may(one, "sign agreement")]
    headed = {one.team for one in heads}
    return heads + [one for one in everybody if one.team not in headed]


def listen() -> None:
    """Called once, when the room is ready."""
    declare(TURNS)
    appended.connect(_tell_whose_turn, dispatch_uid="agree.tell-whose-turn")
