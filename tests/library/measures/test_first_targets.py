"""A target to begin with is what the data came to, or nothing where they cannot support it."""

from __future__ import annotations

from onefunnel.agreement.propose import propose
from onefunnel.facts.store import Facts
from onefunnel.measures.first_targets import SoFar, first_targets, leads_so_far
from onefunnel.measures.owned_by import owning_teams
from tests.library.agreement.made import facts, journey

#: Of 40 leads all are New, 30 go on to Qualified a day later, 24 of those are Won, 16 are Lost.
MOVES = [
    *(move for n in range(24) for move in journey(f"w{n}", "New", "Qualified", "Won")),
    *(move for n in range(6) for move in journey(f"q{n}", "New", "Qualified", "Lost")),
    *(move for n in range(10) for move in journey(f"n{n}", "New", "Lost")),
]


def test_each_stage_has_what_it_came_to() -> None:
    made = facts(MOVES)
    agreement = propose(made)
    found = first_targets(made, agreement)
    assert found == {
        "New": SoFar("time in stage", 1.0, 40),
        "Qualified": SoFar("step conversion", 0.75, 30),
        "Won": SoFar("step conversion", 0.8, 24),
        "Lost": SoFar("share lost", 0.4, 16),
    }
    for stage in agreement.stages:
        leads = leads_so_far(made, agreement, stage).table
        assert leads.count().to_pyarrow().as_py() == found[stage.name].leads


def test_few_leads_give_a_measure_and_no_value() -> None:
    made = facts(MOVES[:9])
    found = first_targets(made, propose(made))
    assert found["Qualified"] == SoFar("step conversion", None, 3)
    assert first_targets(Facts({}), propose(made))["Won"] == SoFar("step conversion")


def with_owners(owners: dict[str, str]) -> Facts:
    made = facts(MOVES)
    connection = made["moves"].get_backend()
    connection.con.execute("CREATE TABLE leads (lead_id TEXT, owner TEXT)")
    connection.con.executemany("INSERT INTO leads VALUES (?, ?)", list(owners.items()))
    return Facts({"moves": made["moves"], "leads": connection.table("leads")})


def test_the_team_that_owns_most_leads_of_a_stage_works_there() -> None:
    owners = {f"w{n}": "Sam Sole" if n < 6 else "Mia Marsh" if n < 9 else "Nobody we know"
              for n in range(24)}  # fmt: skip
    made = with_owners(owners | {"q0": "Sam Sole", "q1": "Sam Sole"})
    teams = {"sam sole": "sales", "mia marsh": "marketing"}
    assert owning_teams(made, propose(made), teams) == {"Won": ("sales", 6, 9)}  # of Lost too few
    assert owning_teams(facts(MOVES), propose(made), teams) == {}
