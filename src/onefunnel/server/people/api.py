"""Who am I, for programs that want to know whose key they hold."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from onefunnel.server.people.access import SIGNED_IN, who_may
from onefunnel.server.people.rules import deeds_of

router = Router()


class Me(Schema):
    """The person a key or a session stands for."""

    name: str
    team: str
    role: str
    may: list[str]


@router.get("/me", response=Me, summary="Who am I, and what may I do?")
@who_may(SIGNED_IN)
def me(request: HttpRequest) -> Me:
    """Answers with the person behind the key or the session."""
    person = request.user
    return Me(name=person.name, team=person.team, role=person.role, may=sorted(deeds_of(person)))
