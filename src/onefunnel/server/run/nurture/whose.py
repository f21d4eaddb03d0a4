"""Whose it is to do."""

from __future__ import annotations

from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.teams import is_owner


def may_do(person: Person, team: str) -> bool:
    """Whether the person does what a team has to do: its people, and owners."""
    return person.team == team or is_owner(person)
