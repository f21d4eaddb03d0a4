"""Some measures are not narrowed to single people: that is a figure about a person.

`friction_by_owner` gives those of friction, to the person and the head of the team (see
of_owners.py). Asked by `where` or `by`, the same figures would be open to everybody, and win-loss
would call a seller worse than the others.
"""

from __future__ import annotations

import re

from onefunnel.agreement.predicates.tokens import names_in
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import attributes, group_columns
from onefunnel.measures.steps.run import rows
from onefunnel.server.measure.asking import BadQuestion

NAMING_NOBODY = frozenset({"friction", "friction_by_owner", "win_loss", "lost_reasons"})
#: A word in a column's name that says its values are people who look after leads.
PEOPLE = frozenset(
    {"owner", "owned", "seller", "rep", "representative", "agent", "salesperson", "person"}
    | {"salesman", "assignee", "assigned", "sdr", "bdr", "manager", "executive", "user"}
)
#: A column with this part of its values among the owners of leads and deals names people, whatever
#: it is called.
_MOSTLY = 0.5


def check_names_nobody(measure: str, scope: Scope, facts: Facts) -> None:
    """Raise BadQuestion where such a measure is split by, or narrowed to, single people."""
    if measure not in NAMING_NOBODY:
        return
    named = set(names_in(scope.where)) if scope.where else set()
    named |= {scope.by} if scope.by else set()
    for name in sorted(named):
        if names_people(name) or _holds_people(facts, name):
            raise BadQuestion(
                f"this is not split by {name} or narrowed to it: a figure of one person is for "
                "that person and the head of the team. Leave it out: friction by owner shows you "
                "those that are yours to see."
            )


def names_people(column: str) -> bool:
    """Whether a column's name says that it holds who looks after a lead: owner, accounts.owner,
    sales_agent, AssignedTo."""
    words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).casefold())
    singular = {word.removesuffix("s") if word != "users" else word for word in words}
    return bool(singular & PEOPLE)


def _holds_people(facts: Facts, column: str) -> bool:
    if "leads" not in facts or column not in group_columns(facts):
        return False
    owners = {
        row["who"]
        for table in ("leads", "deals")
        if table in facts and "owner" in facts[table].columns
        for row in rows(facts[table].select(who="owner").distinct())
    } - {None}
    if not owners or column in _LOGGED:
        return False
    held = attributes(facts, [column]).select(who=column).distinct()
    values = {row["who"] for row in rows(held.limit(_MOST))} - {None}
    return bool(values) and len(values & owners) >= _MOSTLY * len(values)


#: Splits that are no column of a lead or an account.
_LOGGED = frozenset({"year", "quarter", "month", "week"})
#: A column with more values than this is looked at in part.
_MOST = 2_000
