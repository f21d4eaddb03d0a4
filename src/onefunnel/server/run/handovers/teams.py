"""Who belongs to a handover: who gives, who receives, who heads a team."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people
from onefunnel.server.people.rules import may, require
from onefunnel.server.run.handovers.models import Handover, team_name

GIVE, ANSWER, ARRANGE = "hand over leads", "answer handovers", "arrange handovers"


def is_owner(person: Person) -> bool:
    """Whether the person acts for every team."""
    return may(person, "manage people")


def may_see(person: Person, handover: Handover) -> bool:
    """Whether the handover exists for this person: one of the two teams', or an owner's."""
    return person.team in (handover.from_team, handover.to_team) or is_owner(person)


def may_give(person: Person, team: str) -> bool:
    """Whether the person acts for the giving team."""
    return may(person, GIVE) and (person.team == team or is_owner(person))


def may_answer(person: Person, team: str) -> bool:
    """Whether the person acts for the receiving team."""
    return may(person, ANSWER) and (person.team == team or is_owner(person))


def may_arrange(person: Person, team: str) -> bool:
    """Whether the person sets a team's hours and turns: its head, operations, an owner."""
    if not may(person, ARRANGE):
        return False
    return person.team in (team, "operations") or is_owner(person)


def require_giver(person: Person, team: str) -> None:
    """Refuse who does not act for the giving team."""
    require(person, GIVE)
    if not may_give(person, team):
        raise PermissionDenied(f"hand over what {team_name(team)} gives")


def require_receiver(person: Person, team: str) -> None:
    """Refuse who does not act for the receiving team."""
    require(person, ANSWER)
    if not may_answer(person, team):
        raise PermissionDenied(f"answer what is offered to {team_name(team)}")


def require_arranger(person: Person, team: str) -> None:
    """Refuse who may not set the hours and turns of a team."""
    require(person, ARRANGE)
    if not may_arrange(person, team):
        raise PermissionDenied(f"arrange the handovers of {team_name(team)}")


def receivers(team: str) -> list[Person]:
    """The people of a team who may be given leads."""
    return [one for one in people().filter(team=team, is_active=True) if may(one, ANSWER)]


def heads(team: str) -> list[Person]:
    """Who is told when something of a team goes wrong: its heads, else the owners."""
    active = people().filter(is_active=True)
    return list(active.filter(team=team, role="lead")) or list(active.filter(role="owner"))
