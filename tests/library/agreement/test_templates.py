"""A template laid over the stages a company really has."""

from __future__ import annotations

import pytest

from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import fit, load, names
from tests.library.agreement.made import facts, journey

MOVES = [
    *journey("a", "New inquiry", "Marketing qualified", "Accepted", "Discovery", "Proposal",
             "Closed Won"),
    *journey("b", "New inquiry", "Marketing qualified", "Closed Lost"),
    *journey("c", "New inquiry", "Junk"),
]  # fmt: skip


def test_there_are_four_templates() -> None:
    assert names() == ("aida", "b2b_installed_base", "demand_waterfall", "self_serve")
    with pytest.raises(KeyError, match="there is no template 'x'; there are aida"):
        load("x")


def test_stages_are_matched_by_name_depth_and_order() -> None:
    fitted = fit(load("demand_waterfall"), facts(MOVES))
    assert fitted.matched == (
        ("Inquiry", ("New inquiry",)),
        ("MQL", ("Marketing qualified",)),
        ("SAL", ("Accepted",)),
        ("SQL", ("Discovery",)),
        ("Opportunity", ("Proposal",)),
        ("Won", ("Closed Won",)),
        ("Lost", ("Closed Lost",)),
        ("Disqualified", ("Junk",)),
    )
    assert fitted.unmatched == ("Recycled",)
    assert fitted.agreement.stage("MQL").when == "stage = 'Marketing qualified'"
    assert fitted.agreement.stage("MQL").meaning == load("demand_waterfall").stage("MQL").meaning


@pytest.mark.parametrize("name", names())
def test_every_stage_of_the_data_falls_into_exactly_one_fitted_stage(name: str) -> None:
    given = facts(MOVES)
    fitted = fit(load(name), given)
    predicates = [parse(stage.when, PREDICATE_COLUMNS) for stage in fitted.agreement.stages]
    for stage in {stage for _, _, stage in MOVES}:
        assert sum(predicate.matches({"stage": stage}) for predicate in predicates) == 1, stage


def test_stages_after_the_sale_join_the_templates_own() -> None:
    moves = journey("a", "Inquiry", "Proposal", "Won", "Onboarding", "Renewal")
    fitted = fit(load("b2b_installed_base"), facts(moves))
    assert dict(fitted.matched) == {
        "Inquiry": ("Inquiry",), "Proposal": ("Proposal",), "Order": ("Won",),
        "Onboarding": ("Onboarding",), "Renewal": ("Renewal",),
    }  # fmt: skip
