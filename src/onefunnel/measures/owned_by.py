"""Which team works in each stage, by the owners that the data name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data, cohort
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.measures.steps.run import rows

#: Fewer leads with a known owner than this tell nothing of who works in a stage.
_FEWEST = 5


def owning_teams(
    facts: Facts, agreement: Agreement, team_of: Mapping[str, str]
) -> dict[str, tuple[str, int, int]]:
    """Who owns the leads that stand in each stage now?

    Args:
        team_of: the team of each owner, by the name or address that the data call the owner by, in
            small letters; other owners are not counted.

    Returns:
        By stage: the team that owns more than half of the leads with a known owner, how many those
        are, and of how many. Stages with fewer than five such leads, or no such team, are left out.
    """
    if "moves" not in facts or "leads" not in facts or "owner" not in facts["leads"].columns:
        return {}
    try:
        standing = cohort(facts, agreement, as_of_data(facts, Scope()))
    except (PredicateError, NoSuccessPath):
        return {}
    owners = facts["leads"].select(_of="lead_id", _owner="owner")
    joined = standing.select("lead_id", "current_stage").join(
        owners, standing["lead_id"] == owners["_of"]
    )
    known = joined.filter(joined["current_stage"].notnull() & joined["_owner"].notnull())
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(known.group_by("current_stage", "_owner").agg(n=known.count())):
        team = team_of.get(str(row["_owner"]).strip().casefold())
        if team:
            counted[str(row["current_stage"])][team] += int(row["n"])
    found = {}
    for stage, teams in counted.items():
        (team, count), *_ = teams.most_common(1)
        if teams.total() >= _FEWEST and count * 2 > teams.total():
            found[stage] = (team, count, teams.total())
    return found
