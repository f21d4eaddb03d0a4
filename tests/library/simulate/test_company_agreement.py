"""The proposed agreement fits the data of the simulated company."""

from datetime import datetime

import pytest

from onefunnel.agreement.predicates.parse import parse
from onefunnel.simulate.company.agreement import proposed_agreement
from onefunnel.simulate.company.company import simulate
from onefunnel.simulate.company.parameters import STAGES

UNTIL = datetime(2026, 11, 21, 12)


@pytest.fixture(scope="module")
def agreement():
    return proposed_agreement()


def test_nobody_has_signed_it(agreement):
    assert not agreement.is_agreed
    assert agreement.status == "not agreed"


def test_it_has_the_stages_of_the_company_with_owners(agreement):
    assert [(stage.name, stage.kind) for stage in agreement.stages] == [
        (stage.name, stage.kind) for stage in STAGES
    ]
    assert all(len(stage.leads) == 1 for stage in agreement.stages)
    assert set(agreement.teams) == {"marketing", "sales", "accounts & service"}


def test_each_move_is_an_entry_into_exactly_one_stage(agreement):
    moves = simulate(until=UNTIL, leads=4_000).tables["moves"].to_pylist()
    columns = {"stage": "text", "segment": "text", "score": "int"}
    tests = {stage.name: parse(stage.when, columns) for stage in agreement.stages}
    for stage in {move["stage"] for move in moves}:
        entered = [name for name, test in tests.items() if test.matches({"stage": stage})]
        assert len(entered) == 1, stage
    assert tests["Sales qualified"].matches({"stage": "Sales qualifed"})
