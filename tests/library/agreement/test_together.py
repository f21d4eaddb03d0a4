"""Differences of one thing stand together, and so do those that contradict when settled apart."""

from __future__ import annotations

from dataclasses import replace

from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.together import groups, links
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover, Promise
from onefunnel.agreement.stage import Stage

CARD = Handover("To sales", "Marketing", "Sales", "MQL", ("email",), 8.0, "email IS NOT NULL", "")
ANSWER = Promise("Answered", "sales", "marketing", within_hours=8.0, kind="answer")
OURS = Agreement(
    "Ours",
    stages=(
        Stage("Lead", when="stage = 'Lead'", measure="step conversion", target=0.5, meaning="In"),
        Stage("MQL", when="stage = 'MQL'", target=0.5),
    ),
    handovers=(CARD,),
    promises=(ANSWER,),
)


def differing(other: Agreement) -> tuple[list[list[str]], list[tuple[str, str]]]:
    found = compare(OURS, other)
    hanging = links(found, OURS, other)
    field = {each.key: each.field for each in found}
    return (
        [[each.field for each in group] for group in groups(found, hanging)],
        [(field[one.one], field[one.other]) for one in hanging],
    )


def test_a_target_goes_with_its_measure() -> None:
    lead, mql = OURS.stages
    changed = replace(lead, measure="median days", target=14.0, meaning="Came in")
    together, hanging = differing(replace(OURS, stages=(changed, replace(mql, target=0.6))))
    assert together == [["measure", "target", "meaning"], ["target"]]
    assert hanging == [("measure", "target")]


def test_hours_of_a_handover_go_with_those_of_its_promised_answer() -> None:
    later = replace(
        OURS,
        handovers=(replace(CARD, answer_within_hours=16.0, required=("email", "phone")),),
        promises=(replace(ANSWER, within_hours=16.0, kept_share=0.8),),
    )
    together, hanging = differing(later)
    assert hanging == [("answer_within_hours", "within_hours")]
    (group,) = together
    assert sorted(group) == ["answer_within_hours", "kept_share", "required", "within_hours"]


def test_a_promise_of_others_or_of_another_kind_does_not_hang_on_a_handover() -> None:
    for other in (replace(ANSWER, by_team="marketing", to_team="sales"),
                  replace(ANSWER, kind="reply")):  # fmt: skip
        ours = replace(OURS, promises=(other,))
        theirs = replace(ours, handovers=(replace(CARD, answer_within_hours=16.0),),
                         promises=(replace(other, within_hours=16.0),))  # fmt: skip
        found = compare(ours, theirs)
        assert links(found, ours, theirs) == ()
        assert len(groups(found, ())) == 2
