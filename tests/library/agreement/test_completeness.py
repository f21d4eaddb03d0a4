"""What is missing before an agreement can come into force."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from onefunnel.agreement.charter import Charter, CreditPolicy, Signatory
from onefunnel.agreement.completeness import check, five_ticks, is_complete
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.measured import MEASURES, is_known
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import load, names
from onefunnel.agreement.words import Segment, Term
from onefunnel.agreement.yaml_text import read_yaml, write_yaml

WHOLE = load("demand_waterfall")


PARTS = {field.name for field in fields(Agreement)}
TEAMS = ("marketing", "sales", "Accounts & service", "operations")


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
        (stages(measure="stage"), "stage-measure", "stage MQL", "“stage” is not known"),
        (replace(WHOLE, credit=CreditPolicy("by gut", 90, "to see")), "credit-policy",
         "credit for a sale", "the model “by gut” is not known"),
        (stages(name="Other", meaning=""), "stage-term", "stage Other",
         "does not say what it means"),
        (stages(kind="won"), "success-path", "stages", "2 stages are won: MQL, Won"),
        (replace(WHOLE, stages=WHOLE.stages[:2]), "success-path", "stages", "no stage is won"),
        (replace(WHOLE, stages=WHOLE.stages[5:]), "success-path", "stages", "no stage leads up"),
        (replace(WHOLE, charter=replace(WHOLE.charter, why="")), "charter", "charter",
         "does not say why"),
        (replace(WHOLE, charter=replace(WHOLE.charter, what=" ")), "charter", "charter",
         "does not say what is agreed"),
        (replace(WHOLE, charter=replace(WHOLE.charter, process="")), "charter", "charter",
         "does not say by which process"),
        (replace(WHOLE, charter=replace(WHOLE.charter, signatories=(Signatory("sales"),))),
         "charter", "charter", "1 team named to sign"),
        (replace(WHOLE, outcome=replace(WHOLE.outcome, statement="")), "success-sheet", "success",
         "no outcome"),
        (replace(WHOLE, outcome=replace(WHOLE.outcome, segment="Big")), "success-sheet", "success",
         "the segment Big is not defined"),
        (replace(WHOLE, currency=""), "success-sheet", "success", "margin without a currency"),
        (card(required=("compny",)), "handover", "hand-over MQL to sales", "requires compny"),
        (card(required=()), "handover", "hand-over MQL to sales", "no required data"),
        (card(answer_within_hours=None), "handover", "hand-over MQL to sales", "no deadline"),
        (card(fallback=""), "handover", "hand-over MQL to sales", "what happens without an answer"),
        (card(to_team="marketing"), "handover", "hand-over MQL to sales", "hands over to itself"),
        (card(at_stage="MQ"), "handover", "hand-over MQL to sales", "there is no stage MQ"),
        (card(accepted_when="x"), "handover", "hand-over MQL to sales, accepted when",
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
    for gap in found:  # people's words, and where it is mended
        said = re.findall(r"\w+_\w+", f"{gap.where} {gap.what} {gap.fix}")
        assert set(said) <= PREDICATE_COLUMNS.keys()
        assert gap.spot.part in PARTS
    assert not is_complete(agreement, PREDICATE_COLUMNS)


@pytest.mark.parametrize(
    ("test", "is_gap"),
    [
        ("stage = 'SQL accepted'", True),
        ("stage IN ('SQL accepted', 'Won') AND company IS NOT NULL", True),
        ("stage = 'MQL' AND company IS NOT NULL", False),
        ("stage <> 'Won'", False),
        ("company IS NOT NULL", False),
        ("stage = 'SQL accepted' OR company IS NOT NULL", False),
    ],
)
def test_a_test_of_another_stage_lets_nobody_through(test: str, is_gap: bool) -> None:
    """A lead is offered in the stage of its card: a test that asks for the next one never holds."""
    at_mql = stages(when="stage IN ('MQL', 'Ripe')")
    first, *rest = at_mql.handovers
    tested = replace(at_mql, handovers=(replace(first, accepted_when=test), *rest))
    said = [gap for gap in check(tested, PREDICATE_COLUMNS) if "no lead can pass" in gap.what]
    assert bool(said) is is_gap
    assert all(gap.spot.field == "accepted_when" for gap in said)


@pytest.mark.parametrize(
    ("measure", "target", "is_gap"),
    [("step conversion", 4.0, True), ("win rate", -0.1, True), ("Win rate", 1.0, False),
     ("speed to lead", 4.0, False)],
)  # fmt: skip
def test_a_share_of_more_than_all_is_a_gap(measure: str, target: float, is_gap: bool) -> None:
    found = check(stages(measure=measure, target=target), PREDICATE_COLUMNS)
    assert any("which is a share" in gap.what for gap in found) is is_gap


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


def test_a_meaning_is_asked_for_once() -> None:
    """At the stage or among the words: either will do."""
    assert is_complete(replace(WHOLE, glossary=()), PREDICATE_COLUMNS)
    words = tuple(Term(stage.name, "What it is") for stage in WHOLE.stages)
    bare = tuple(replace(stage, meaning="") for stage in WHOLE.stages)
    assert is_complete(replace(WHOLE, stages=bare, glossary=words), PREDICATE_COLUMNS)
    missing = check(replace(WHOLE, stages=bare, glossary=()), PREDICATE_COLUMNS)
    assert {gap.rule for gap in missing} == {"stage-term"}
    assert len(missing) == len(bare)
    found = stages(meaning="As the data name it. Taken as open: it comes first.")
    assert [gap.where for gap in check(replace(found, glossary=()), PREDICATE_COLUMNS)] == [
        "stage MQL"
    ]


def test_a_measure_of_ones_own_is_known_once_its_word_is_defined() -> None:
    ours = stages(measure="Calls made")
    assert [gap.what for gap in check(ours, PREDICATE_COLUMNS)] == [
        "the measure “Calls made” is not known"
    ]
    words = (*WHOLE.glossary, Term("calls made", "Calls that reached somebody"))
    assert is_complete(replace(ours, glossary=words), PREDICATE_COLUMNS)


def test_teams_that_nobody_works_in_are_named() -> None:
    for name in names():
        assert check(load(name), PREDICATE_COLUMNS, teams=TEAMS) == ()
    typo = stages(leads=("Sles",), supports=())
    (gap,) = check(typo, PREDICATE_COLUMNS, teams=TEAMS)
    assert (gap.where, gap.what, gap.fix) == (
        "stage MQL", "nobody here works in “Sles”", "did you mean sales?"
    )  # fmt: skip
    assert (gap.spot.part, gap.spot.name, gap.spot.field) == ("stages", "MQL", "leads")
    # a team of one's own, named at several places, may lead; but nobody could sign for it
    first, second, *rest = WHOLE.stages
    partners = [replace(stage, leads=("Partners",), supports=()) for stage in (first, second)]
    own = replace(WHOLE, stages=(*partners, *rest))
    assert check(own, PREDICATE_COLUMNS, teams=TEAMS) == ()
    signed = replace(own.charter, signatories=(Signatory("sales"), Signatory("Partners")))
    found = check(replace(own, charter=signed), PREDICATE_COLUMNS, teams=TEAMS)
    assert [gap.where for gap in found] == ["charter"]


def test_every_measure_that_is_offered_is_known() -> None:
    empty = Agreement("Empty")
    assert [name for name in MEASURES if not is_known(name, empty)] == []
