"""A measure of friction is not narrowed to single people: that is a figure about a person.

`friction_by_owner` gives those, to the person and the head of the team (see of_owners.py). Asked by
`where` or `by`, the same figures would be open to everybody.
"""

from __future__ import annotations

import re

from onefunnel.agreement.predicates.tokens import names_in
from onefunnel.measures.scope import Scope
from onefunnel.server.measure.asking import BadQuestion

NAMING_NOBODY = frozenset({"friction", "friction_by_owner"})
#: What the last word of a column's name says where its values are people who look after leads.
PEOPLE = frozenset(
    {"owner", "seller", "rep", "representative", "agent", "salesperson", "assignee", "sdr", "bdr"}
)


def check_names_nobody(measure: str, scope: Scope) -> None:
    """Raise BadQuestion where a measure of friction is split by, or narrowed to, single people."""
    if measure not in NAMING_NOBODY:
        return
    named = set(names_in(scope.where)) if scope.where else set()
    named |= {scope.by} if scope.by else set()
    if who := sorted(name for name in named if names_people(name)):
        raise BadQuestion(
            f"friction is not split by {who[0]} or narrowed to it: a figure of one person is for "
            "that person and the head of the team. Leave it out: friction by owner shows you those "
            "that are yours to see."
        )


def names_people(column: str) -> bool:
    """Whether a column says who looks after a lead: owner, accounts.owner, sales_agent."""
    words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).casefold())
    said = [word for word in words if word not in ("", "id", "name", "email")]
    return bool(said) and said[-1] in PEOPLE
