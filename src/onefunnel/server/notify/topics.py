"""What notices are about: rooms say what they will tell, people choose which of it is mailed."""

from __future__ import annotations

from dataclasses import dataclass

from onefunnel.server.notify.models import Mailing


@dataclass(frozen=True)
class Topic:
    """A kind of notice: a word for the database, words for people, and how it is mailed unless
    the person chose otherwise."""

    name: str
    title: str
    mailing: Mailing


#: What goes wrong with what leaves the workspace.
OPERATIONS = Topic("operations", "Webhooks that were switched off", Mailing.AT_ONCE)
OTHER = Topic("other", "Everything else", Mailing.DIGEST)
_topics: dict[str, Topic] = {}


def declare(*topics: Topic) -> None:
    """Say that there will be notices about this; called when a room is ready."""
    _topics.update({one.name: one for one in topics})


def topics() -> tuple[Topic, ...]:
    """Every kind of notice there is, as rooms declared them; what is left over comes last."""
    return (*_topics.values(), OPERATIONS, OTHER)
