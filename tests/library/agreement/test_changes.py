"""Two versions as before and after: clause by clause, word by word, and where the line moved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefunnel.agreement.compare.changes import changes, lines_of
from onefunnel.agreement.compare.words import Piece, word_diff
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.stage import Stage

OLD = Agreement(
    "Ours",
    stages=(
        Stage("New", when="stage = 'New'", leads=("marketing",)),
        Stage("MQL", when="score >= 40", leads=("marketing",), target=0.4, measure="win rate"),
        Stage("SAL", when="stage = 'SAL'", leads=("sales",)),
        Stage("Won", "won", when="stage = 'Won'", leads=("sales",)),
    ),
    handovers=(Handover("To sales", "marketing", "sales", "MQL", answer_within_hours=8),),
)
COLUMNS = {"stage": "text", "score": "int"}


def stages(**changed: dict[str, object]) -> Agreement:
    return replace(
        OLD, stages=tuple(replace(one, **changed.get(one.name, {})) for one in OLD.stages)
    )


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("", "", []),
        ("score is at least 40", "score is at least 55",
         [("score is at least", "same"), (" 40", "removed"), (" 55", "added")]),
        ("a reply", "a quick reply",
         [("a", "same"), (" quick", "added"), (" reply", "same")]),
        ("one\n two", "one two", [("one two", "same")]),
        ("", "all new", [("all new", "added")]),
        ("1,000.50 EUR", "1,000.60 EUR",
         [("1,000.50", "removed"), ("1,000.60", "added"), (" EUR", "same")]),
    ],
)  # fmt: skip
def test_words(old: str, new: str, pieces: list[tuple[str, str]]) -> None:
    assert [(one.text, one.kind) for one in word_diff(old, new)] == pieces


@given(st.text(alphabet="ab. -\n", max_size=40), st.text(alphabet="ab. -\n", max_size=40))
def test_both_texts_are_in_the_pieces_and_nothing_else(old: str, new: str) -> None:
    found = word_diff(old, new)

    def without(kind: str) -> str:
        return "".join("".join(one.text for one in found if one.kind != kind).split())

    assert without("added") == "".join(old.split())
    assert without("removed") == "".join(new.split())


def test_a_long_text_is_shown_whole() -> None:
    old, new = "a " * 3000, "b " * 3000
    assert [one.kind for one in word_diff(old, new)] == ["removed", "added"]


def test_the_same_text_is_no_change() -> None:
    found = changes(OLD, replace(OLD, version="9", status="agreed"), columns=COLUMNS)
    assert (found.changes, found.lines) == ((), ())
    assert found.sentence == "Nothing changed in what it says."


def test_a_moved_boundary_word_by_word() -> None:
    found = changes(OLD, stages(MQL={"when": "score >= 55"}), columns=COLUMNS)
    (only,) = found.changes
    assert only.where == "Stage MQL"
    assert [one for one in only.pieces if one.kind != "same"] == [
        Piece(" 40", "removed"), Piece(" 55", "added"),
    ]  # fmt: skip
    assert found.lines == ()


def test_what_came_and_what_went() -> None:
    new = replace(
        OLD, stages=(*OLD.stages, Stage("Lost", "lost", when="stage = 'Lost'")), handovers=()
    )
    said = [one.sentence for one in changes(OLD, new, columns=COLUMNS).changes]
    assert said == ["The stage Lost is new.", "The hand-over To sales is gone."]


def test_the_line_between_the_teams_moved() -> None:
    """A12: sales leads from MQL on; before, from SAL on."""
    found = changes(OLD, stages(MQL={"leads": ("Sales",)}), columns=COLUMNS)
    assert found.lines == (
        "The line between marketing and sales moved: it was MQL to SAL, it is New to MQL.",
    )
    assert found.sentence.startswith(found.lines[0])


def test_a_stage_put_in_before_the_line_moves_no_line() -> None:
    warm = Stage("Warm", when="stage = 'Warm'", leads=("marketing",))
    new = replace(OLD, stages=(*OLD.stages[:2], warm, *OLD.stages[2:]))
    assert changes(OLD, new, columns=COLUMNS).lines == ()


def test_a_line_that_is_new_and_one_that_is_gone() -> None:
    joint = stages(MQL={"leads": ("marketing", "sales"), "is_joint": True})
    assert [line.sentence for line in lines_of(joint)] == [
        "between New (marketing) and MQL (marketing and sales)",
        "between MQL (marketing and sales) and SAL (sales)",
    ]
    told = changes(OLD, joint, columns=COLUMNS).lines
    assert told[0] == "There is no line between marketing and sales any more."
    assert len(told) == 3
