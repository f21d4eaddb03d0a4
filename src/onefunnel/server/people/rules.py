"""Who may do what. One table, so that it can be read in one look.

`may(person, "import data")` is the only question other rooms ask. A deed that is not in the table
is an error in the program, not a refusal.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from onefunnel.server.people.models import Person, Role, Team

_EVERYBODY = frozenset(Role.values)
_NOT_VIEWERS = frozenset({Role.OWNER, Role.LEAD, Role.MEMBER})
_HEADS = frozenset({Role.OWNER, Role.LEAD})
_OWNERS = frozenset({Role.OWNER})
_ANY_TEAM = frozenset(Team.values)
_OPERATIONS = frozenset({Team.OPERATIONS})

# deed -> (roles that may, teams whose members may too)
RULES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # read
    "see numbers": (_EVERYBODY, frozenset()),
    "see personal data": (_NOT_VIEWERS, frozenset()),
    "export": (_NOT_VIEWERS, frozenset()),
    "enter tests": (_NOT_VIEWERS, frozenset()),
    # data
    "import data": (_HEADS, _OPERATIONS),
    "merge duplicates": (_HEADS, _OPERATIONS),
    "erase data": (_OWNERS, frozenset()),
    # leads
    "work leads": (_NOT_VIEWERS, frozenset()),
    "take back moves of others": (_HEADS, frozenset()),
    "arrange forms": (_HEADS, _OPERATIONS),
    "keep views": (_NOT_VIEWERS, frozenset()),
    "change views of others": (_HEADS, frozenset()),
    # running: which team may do it is asked beside the deed
    "hand over leads": (_NOT_VIEWERS, frozenset()),
    "answer handovers": (_NOT_VIEWERS, frozenset()),
    "arrange handovers": (_HEADS, _OPERATIONS),
    # marketing members write sequences; from the switch on leads are written to
    "arrange sequences": (_HEADS, frozenset({Team.MARKETING, Team.OPERATIONS})),
    "switch sequences": (_HEADS, _OPERATIONS),
    # agreement
    "draft agreement": (_NOT_VIEWERS, frozenset()),
    "propose agreement": (_HEADS, _OPERATIONS),
    "sign agreement": (_HEADS, frozenset()),
    "open dispute": (_NOT_VIEWERS, frozenset()),
    "decide dispute": (_HEADS, frozenset()),  # of which teams is asked beside the deed
    # objectives: whose heads sign is asked beside the deed
    "draft objective": (_NOT_VIEWERS, frozenset()),
    "sign objective": (_HEADS, frozenset()),
    # keys and people
    "make keys": (_NOT_VIEWERS, frozenset()),
    "manage people": (_OWNERS, frozenset()),
    "manage workspace": (_OWNERS, _OPERATIONS),
    "see changes": (_NOT_VIEWERS, frozenset()),
    "see health": (_HEADS, _OPERATIONS),
    # what leaves the workspace
    "manage outgoing": (_HEADS, _OPERATIONS),
    "arrange mail to leads": (_HEADS, _OPERATIONS),
    "manage webhooks": (_OWNERS, _OPERATIONS),
    "send personal data out": (_OWNERS, frozenset()),
}


def may(person: Person | None, deed: str) -> bool:
    """Say whether the person may do the deed.

    People of a team named in the rule may, its head too; viewers of that team may not.

    Raises:
        KeyError: The deed is not in RULES.
    """
    roles, teams = RULES[deed]
    if person is None or not person.is_authenticated or not person.is_active:
        return False
    if person.role in roles:
        return True
    return person.role != Role.VIEWER and person.team in teams


def require(person: Person | None, deed: str) -> None:
    """Refuse with the 403 page, which names the deed, if the person may not do it."""
    if not may(person, deed):
        raise PermissionDenied(deed)


def deeds_of(person: Person | None) -> frozenset[str]:
    """Every deed the person may do, for templates: `{% if "import data" in may %}`."""
    return frozenset(deed for deed in RULES if may(person, deed))
