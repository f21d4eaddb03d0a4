"""What is missing before an agreement can come into force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onefunnel.agreement.charter import Charter, Signatory
from onefunnel.agreement.completeness import check, five_ticks, is_complete
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import load, names
from onefunnel.agreement.words import Segment
from onefunnel.agreement.yaml_text import read_yaml, write_yaml

WHOLE = load("demand_waterfall")


def stages(**change: object) -> Agreement:
    """The whole agreement with its second stage (MQL) changed."""
    first, second, *rest = WHOLE.stages
    return replace(WHOLE, stages=(first, replace(second, **change), *rest))  # type: ignore[arg-type]


def card(**change: object) -> Agreement:
    first, *rest = WHOLE.handovers
    return replace(WHOLE, handovers=(replace(first, **change), *rest))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", names())
def test_each_template_is_complete_but_for_signatures(name: str) -> None:
    template = load(name)
    assert check(template, PREDICATE_COLUMNS) == ()
    assert {gap.rule for gap in check(template, PREDICATE_COLUMNS, frozenset())} == {"signatures"}
    assert read_yaml(write_yaml(template)) == template


@pytest.mark.parametrize(
    ("agreement", "rule", "where", "what"),
    [
        (stages(when=""), "stage-definition", "stage MQL", "no definition"),
        (stages(when="stge = 'MQL'"), "stage-definition", "stage MQL", "there is no column 'stge'"),
        (stages(lane=""), "stage-place", "stage MQL", "no place on the map"),
        (stages(leads=()), "remit-gap", "stage MQL", "no team leads it"),
        (stages(leads=("marketing", "sales"), supports=()), "remit-overlap", "stage MQL",
         "marketing and sales each lead it"),
        (stages(supports=("marketing",)), "remit-overlap", "stage MQL", "leads and supports it"),
        (stages(measure=""), "stage-measure", "stage MQL", "no measure"),
        (stages(target=None), "stage-measure", "stage MQL", "no target"),
        (stages(name="Other"), "stage-term", "stage Other", "the glossary does not say"),
        (stages(kind="won"), "success-path", "stages", "2 stages are won: MQL, Won"),
        (replace(WHOLE, stages=WHOLE.stages[:2]), "success-path", "stages", "no stage is won"),
        (replace(WHOLE, stages=WHOLE.stages[5:]), "success-path", "stages", "no stage leads up"),
        (replace(WHOLE, charter=replace(WHOLE.charter, why="")), "charter", "charter",
         "why is missing"),
        (replace(WHOLE, charter=replace(WHOLE.charter, what=" ")), "charter", "charter",
         "what is missing"),
        (replace(WHOLE, charter=replace(WHOLE.charter, process="")), "charter", "charter",
         "process is missing"),
        (replace(WHOLE, charter=replace(WHOLE.charter, signatories=(Signatory("sales"),))),
         "charter", "charter", "1 team named to sign"),
        (replace(WHOLE, outcome=replace(WHOLE.outcome, statement="")), "success-sheet", "outcome",
         "no outcome"),
        (replace(WHOLE, outcome=replace(WHOLE.outcome, segment="Big")), "success-sheet", "outcome",
         "segment Big is not defined"),
        (replace(WHOLE, currency=""), "success-sheet", "outcome", "margin without a currency"),
        (card(required=("compny",)), "handover", "hand-over MQL to sales", "requires compny"),
        (card(required=()), "handover", "hand-over MQL to sales", "no required data"),
        (card(answer_within_hours=None), "handover", "hand-over MQL to sales", "no deadline"),
        (card(fallback=""), "handover", "hand-over MQL to sales", "fallback is missing"),
        (card(to_team="marketing"), "handover", "hand-over MQL to sales", "hands over to itself"),
        (card(at_stage="MQ"), "handover", "hand-over MQL to sales", "there is no stage MQ"),
        (card(accepted_when="x"), "handover", "hand-over MQL to sales, accepted_when",
         "there is no column 'x'"),
        (replace(WHOLE, promises=(Promise("P", "sales", "marketing", "MQL", "Nope", 8.0),)),
         "promise", "promise P", "there is no stage Nope"),
        (replace(WHOLE, segments=(Segment("Big"),)), "audience", "segment Big", "no definition"),
    ],
)  # fmt: skip
def test_each_gap_is_named(agreement: Agreement, rule: str, where: str, what: str) -> None:
    found = check(agreement, PREDICATE_COLUMNS)
    assert [gap for gap in found if (gap.rule, gap.where) == (rule, where) and what in gap.what]
    assert all(gap.fix for gap in found)
    assert not is_complete(agreement, PREDICATE_COLUMNS)


def test_joint_leaders_are_no_overlap() -> None:
    joint = stages(leads=("marketing", "sales"), supports=(), is_joint=True)
    assert is_complete(joint, PREDICATE_COLUMNS)


def test_an_empty_agreement_lacks_everything_that_can_be_named() -> None:
    rules = {gap.rule for gap in check(Agreement("Empty", charter=Charter()), PREDICATE_COLUMNS)}
    assert rules == {"charter", "success-sheet", "success-path"}


def test_the_five_ticks_of_a_stage_name_what_is_missing() -> None:
    ticks = five_ticks(stages(when="", target=None), PREDICATE_COLUMNS, {"sales"})["MQL"]
    assert [(tick.name, tick.is_done, tick.missing) for tick in ticks] == [
        ("defined", False, ("no definition",)),
        ("drawn", True, ()),
        ("owned", True, ()),
        ("measured", False, ("no target",)),
        ("agreed by both", False, ("marketing has not signed",)),
    ]
    assert all(
        tick.is_done
        for ticks in five_ticks(WHOLE, PREDICATE_COLUMNS, {"sales", "marketing"}).values()
        for tick in ticks
    )
