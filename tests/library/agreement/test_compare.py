"""Two drafts side by side: every difference by name, nothing where they say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from onefunnel.agreement.charter import Outcome, Signatory
from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.definitions import Definition, kind_of_difference, unread
from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.matching import Match, UnknownStage, match_stages
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover, Promise
from onefunnel.agreement.stage import CustomerPromise, Stage
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import load, names
from onefunnel.agreement.words import Persona, Segment, Term
from onefunnel.agreement.yaml_text import read_yaml, write_yaml
from onefunnel.facts.declaration import Type

WHOLE = load("demand_waterfall")
COLUMNS: dict[str, Type] = {"stage": "text", "country": "text", "employees": "int"}


def stage(name: str, when: str | None = None, **more: object) -> Stage:
    return Stage(name, when=f"stage = '{name}'" if when is None else when, **more)  # type: ignore[arg-type]


def draft(*stages: Stage, **more: object) -> Agreement:
    return Agreement("Draft", stages=stages, **more)  # type: ignore[arg-type]


def with_stage(change: dict[str, object]) -> Agreement:
    """The whole agreement with its second stage (MQL) changed."""
    first, second, *rest = WHOLE.stages
    return replace(WHOLE, stages=(first, replace(second, **change), *rest))  # type: ignore[arg-type]


def with_first(part: str, change: dict[str, object]) -> Agreement:
    first, *rest = getattr(WHOLE, part)
    return replace(WHOLE, **{part: (replace(first, **change), *rest)})


def seen(found: tuple[Discrepancy, ...]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.where, each.field) for each in found]


@pytest.mark.parametrize("name", names())
def test_a_draft_does_not_differ_from_itself_however_it_is_written(name: str) -> None:
    whole = load(name)
    assert compare(whole, whole) == ()
    assert compare(whole, read_yaml(write_yaml(whole))) == ()
    assert compare(whole, replace(whole, version="other", status="agreed")) == ()


@pytest.mark.parametrize(
    ("change", "kind", "field"),
    [
        ({"when": "stage = 'MQL' AND score IS NULL"}, "other criterion", "when"),
        ({"when": "stage IN ('MQL', 'MEL')"}, "moved boundary", "when"),
        ({"when": "stage = 'MEL'"}, "other criterion", "when"),
        ({"when": ""}, "other criterion", "when"),
        ({"kind": "recycled"}, "other kind", "kind"),
        ({"leads": ("sales",)}, "other owner", "leads"),
        ({"supports": ()}, "other remit", "supports"),
        ({"lane": "the sale"}, "other place", "lane"),
        ({"measure": "win rate"}, "other measure", "measure"),
        ({"target": 0.61}, "other target", "target"),
        ({"target": None}, "other target", "target"),
        ({"customer_promise": CustomerPromise("At once.")}, "other promise", "customer_promise"),
        ({"meaning": "Whoever asks."}, "other term", "meaning"),
        ({"initiatives": ("Fairs",)}, "other initiatives", "initiatives"),
        ({"touchpoints": ()}, "other touchpoints", "touchpoints"),
    ],
)
def test_each_part_of_a_stage(change: dict[str, object], kind: str, field: str) -> None:
    columns: dict[str, Type] = {**PREDICATE_COLUMNS, "score": "int"}
    (found,) = compare(WHOLE, with_stage(change), columns=columns)
    assert (found.kind, found.where, found.field) == (kind, "stage MQL", field)
    assert (found.our_stage, found.their_stage, found.number) == ("MQL", "MQL", 1)
    assert found.ours_says != found.theirs_says


def test_joint_or_each_alone_is_another_owner() -> None:
    both = {"leads": ("marketing", "sales")}
    together = with_stage({**both, "is_joint": True})
    (found,) = compare(with_stage(both), together)
    assert found.kind == "other owner"
    assert found.theirs_says == "marketing and sales lead it together"
    assert compare(together, with_stage({"leads": ("Sales", "Marketing"), "is_joint": True})) == ()


@pytest.mark.parametrize(
    ("part", "change", "field"),
    [
        ("handovers", {"required": ("company",)}, "required"),
        ("handovers", {"answer_within_hours": 4.0}, "answer_within_hours"),
        ("handovers", {"accepted_when": "email IS NOT NULL"}, "accepted_when"),
        ("handovers", {"at_stage": "SAL"}, "at_stage"),
        ("handovers", {"to_team": "partners"}, "to_team"),
        ("handovers", {"name": "Offer"}, "name"),
        ("handovers", {"fallback": "The boss takes it."}, "fallback"),
        ("promises", {"within_hours": 4.0}, "within_hours"),
        ("promises", {"kept_share": 0.8}, "kept_share"),
        ("promises", {"by_team": "partners"}, "by_team"),
        ("promises", {"to_stage": "SQL"}, "to_stage"),
        ("personas", {"when": "email IS NOT NULL"}, "when"),
        ("personas", {"behaviours": ()}, "behaviours"),
        ("glossary", {"meaning": "Anyone."}, "meaning"),
        ("glossary", {"owner": "sales"}, "owner"),
    ],
)  # fmt: skip
def test_each_part_of_duties_and_words(part: str, change: dict[str, object], field: str) -> None:
    kind, where = {
        "handovers": ("other hand-over", "hand-over MQL to sales"),
        "promises": ("other promise", "promise First call"),
        "personas": ("other persona", "persona Technical buyer"),
        "glossary": ("other term", "term Inquiry"),
    }[part]
    where += f" / {change['name']}" if "name" in change else ""
    assert seen(compare(WHOLE, with_first(part, change))) == [(kind, where, field)]


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("handovers", "other hand-over"), ("promises", "other promise"),
        ("personas", "other persona"), ("stages", "missing stage"),
    ],
)  # fmt: skip
def test_what_only_one_draft_has(part: str, kind: str) -> None:
    first, *rest = getattr(WHOLE, part)
    (found, *_) = compare(WHOLE, replace(WHOLE, **{part: tuple(rest)}))
    assert (found.kind, found.our_name, found.their_name) == (kind, first.name, None)
    assert found.theirs_says.startswith("no such")


@pytest.mark.parametrize(
    ("change", "kind", "field"),
    [
        ({"currency": "GBP"}, "other currency", "currency"),
        ({"title": "Another"}, "other charter", "title"),
        ({"charter": replace(WHOLE.charter, why="Because.")}, "other charter", "why"),
        (
            {"charter": replace(WHOLE.charter, signatories=(Signatory("sales"),))},
            "other charter", "signatories",
        ),
        ({"outcome": replace(WHOLE.outcome, volume=121)}, "other outcome", "volume"),
        ({"outcome": replace(WHOLE.outcome, margin=Decimal("1.5"))}, "other outcome", "margin"),
        ({"outcome": replace(WHOLE.outcome, by=date(2028, 1, 1))}, "other outcome", "by"),
        ({"credit": replace(WHOLE.credit, window_days=90)}, "other credit policy", "window_days"),  # type: ignore[type-var]
    ],
)  # fmt: skip
def test_each_part_of_the_frame(change: dict[str, object], kind: str, field: str) -> None:
    (found,) = compare(WHOLE, replace(WHOLE, **change))  # type: ignore[arg-type]
    assert (found.kind, found.field, found.our_stage) == (kind, field, None)


def test_notes_and_line_breaks_make_no_difference() -> None:
    meaning = WHOLE.stages[1].meaning.replace(" ", "\n ")
    other = with_stage({"meaning": meaning})
    assert compare(WHOLE, replace(other, charter=replace(WHOLE.charter, notes=("Mine.",)))) == ()


def test_the_other_side_sees_the_same_with_sides_swapped() -> None:
    for one in names():
        for other in names():
            ours, theirs = load(one), load(other)
            found = compare(ours, theirs)
            assert tuple(each.swapped() for each in compare(theirs, ours)) == found
            assert [each.number for each in found] == list(range(1, len(found) + 1))
            assert len({each.key for each in found}) == len(found)
            back = match_stages(theirs, ours)
            assert {each.swapped() for each in back} == set(match_stages(ours, theirs))


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ("employees >= 50 AND country = 'UK'", "country = 'UK' AND (employees >= 50)", None),
        ("employees >= 50", "50 <= employees", None),
        ("country IN ('UK', 'IE')", "country IN ('IE', 'UK', 'UK')", None),
        ("country IN ('UK')", "country = 'UK'", None),
        ("employees > 1 OR (country = 'UK' OR stage = 'A')",
         "stage = 'A' OR country = 'UK' OR employees > 1", None),
        ("employees >= 50", "employees >= 100", "moved boundary"),
        ("employees >= 50", "employees > 50", "moved boundary"),
        ("employees BETWEEN 1 AND 5", "employees BETWEEN 1 AND 6", "moved boundary"),
        ("country IN ('UK', 'IE')", "country = 'UK'", "moved boundary"),
        ("country = 'UK'", "country = 'IE'", "other criterion"),
        ("employees >= 50", "employees <= 50", "other criterion"),
        ("employees >= 50", "country = 'UK'", "other criterion"),
        ("employees > 5 AND country = 'UK'", "employees > 5 OR country = 'UK'", "other criterion"),
        ("NOT employees >= 50", "employees >= 50", "other criterion"),
        ("employees - 1 > 2", "1 - employees > 2", "other criterion"),
        ("lower(country) = 'uk'", "country = 'uk'", "other criterion"),
        ("country LIKE 'U%'", "country ILIKE 'U%'", "moved boundary"),
        ("", "employees > 1", "other criterion"),
        ("nobody knows = 3", "nobody  knows = 3", None),
        ("nobody knows = 3", "nobody knows = 4", "other criterion"),
    ],
)  # fmt: skip
def test_definitions_are_compared_by_what_they_say(
    ours: str, theirs: str, kind: str | None
) -> None:
    one, other = Definition(ours, COLUMNS), Definition(theirs, COLUMNS)
    assert kind_of_difference(one, other) == kind
    assert kind_of_difference(other, one) == kind


def test_what_cannot_be_read_is_named() -> None:
    texts = {"stage A": "stage = 'A'", "stage B": "fit > 3", "stage C": ""}
    assert list(unread(texts, COLUMNS)) == ["stage B"]
    assert "fit" in unread(texts, COLUMNS)["stage B"]


def by(matches: tuple[Match, ...]) -> list[tuple[str, str, str]]:
    return [(each.ours, each.theirs, each.by) for each in matches]


def test_stages_are_matched_by_name_definition_and_kind_with_the_reason() -> None:
    ours = draft(stage("New"), stage("Sales-Accepted"), stage("Ripe", "stage = 'MQL'"),
                 stage("Won", kind="won"), stage("Gone", kind="lost"))  # fmt: skip
    theirs = draft(stage("MQL"), stage("sales accepted", "stage = 'SAL'"), stage("Fresh"),
                   stage("Order", kind="won"), stage("gone.", kind="lost"))  # fmt: skip
    found = match_stages(ours, theirs)
    assert by(found) == [
        ("Sales-Accepted", "sales accepted", "name"), ("Ripe", "MQL", "definition"),
        ("Won", "Order", "kind"), ("Gone", "gone.", "name"),
    ]  # fmt: skip
    assert [each.confidence for each in found] == [1.0, 0.9, 0.6, 1.0]
    assert all(each.reason for each in found)
    missing = [each.where for each in compare(ours, theirs) if each.kind == "missing stage"]
    assert sorted(missing) == ["stage Fresh", "stage New"]


def test_stages_are_matched_by_their_leads_only_where_that_tells() -> None:
    ours = draft(stage("A"), stage("B"), stage("C"))
    theirs = draft(stage("X"), stage("Y"), stage("Z"))
    shared = {("A", "X"): 0.9, ("A", "Y"): 0.6, ("B", "Y"): 0.7, ("B", "X"): 0.8, ("C", "Z"): 0.4}
    found = match_stages(ours, theirs, shared=shared)
    assert by(found) == [("A", "X", "records"), ("B", "Y", "records")]
    assert found[0].reason == "90 % of the leads that enter either enter both"
    assert (found[0].confidence, found[0].shared) == (0.9, 0.9)
    tied = {("A", "X"): 0.9, ("A", "Y"): 0.9}
    assert match_stages(ours, theirs, shared=tied) == ()


def test_a_name_that_the_records_contradict_is_said_to_be_doubtful() -> None:
    ours, theirs = draft(stage("Won", kind="won"), stage("A")), draft(stage("A"))
    (found,) = match_stages(ours, theirs, shared={("A", "A"): 0.03})
    assert "3 %" in found.reason
    assert found.confidence == 0.5
    sold = draft(stage("Sold", kind="won"), stage("A"))
    assert by(match_stages(ours, sold, shared={("Won", "Sold"): 0.01})) == [("A", "A", "name")]


def test_people_have_the_last_word_on_matches() -> None:
    ours, theirs = draft(stage("A"), stage("B")), draft(stage("A"), stage("C"))
    found = match_stages(ours, theirs, chosen=[("A", "C")])
    assert by(found) == [("A", "C", "people")]
    kinds = [(each.kind, each.where) for each in compare(ours, theirs, matches=found)]
    assert ("renamed stage", "stage A / C") in kinds
    assert ("missing stage", "stage A") in kinds
    with pytest.raises(UnknownStage, match="their draft has no stage 'D'"):
        match_stages(ours, theirs, chosen=[("A", "D")])
    with pytest.raises(UnknownStage, match="our draft has no stage 'A'"):
        match_stages(ours, theirs, chosen=[("A", "A"), ("A", "C")])


def test_a_renamed_stage_does_not_make_other_promises_handovers_and_words() -> None:
    def of(name: str) -> Agreement:
        return draft(
            stage(name, "stage = 'MQL'"), stage("SQL"),
            promises=(Promise("Call", "sales", "marketing", name, "SQL", 8, 0.9),),
            handovers=(Handover("Offer", "marketing", "sales", name),),
            glossary=(Term(name, "Fits and asks.", "marketing"),),
        )  # fmt: skip

    assert seen(compare(of("MQL"), of("Ripe"))) == [
        ("renamed stage", "stage MQL / Ripe", "name"),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "runs"),
    [
        ("ABCD", "ABCD", []),
        ("ABCD", "ACBD", [("B, C", "C, B")]),
        ("ABCD", "BADC", [("A, B", "B, A"), ("C, D", "D, C")]),
        ("ABC", "CAB", [("A, B, C", "C, A, B")]),
        ("AXB", "BYA", [("A, B", "B, A")]),
    ],
)
def test_another_order_is_one_discrepancy_for_each_run(
    ours: str, theirs: str, runs: list[tuple[str, str]]
) -> None:
    found = compare(draft(*map(stage, ours)), draft(*map(stage, theirs)))
    orders = [(each.our_name, each.their_name) for each in found if each.kind == "other order"]
    assert orders == runs


def test_a_word_that_only_repeats_its_stage_is_one_difference() -> None:
    def of(meaning: str, word: str) -> Agreement:
        return draft(stage("MQL", meaning=meaning), glossary=(Term("MQL", word),))

    assert len(compare(of("a", "a"), of("b", "b"))) == 1
    assert len(compare(of("a", "a"), of("b", "c"))) == 2


def test_segments_are_over_leads_and_matched_by_definition_too() -> None:
    ours = draft(segments=(Segment("Big", "country = 'UK'"), Segment("Odd", "country = 'IE'")))
    theirs = draft(segments=(Segment("Large", "country = 'UK'"), Segment("odd", "country = 'FR'")))
    assert seen(compare(ours, theirs)) == [
        ("other segment", "segment Big / Large", "name"),
        ("other segment", "segment Odd / odd", "when"),
    ]
    persona = replace(ours, segments=(), personas=(Persona("Buyer", "country = 'UK'"),))
    assert seen(compare(persona, draft())) == [("other persona", "persona Buyer", "")]


def test_an_empty_draft_differs_in_all_there_is() -> None:
    found = compare(WHOLE, Agreement(""))
    assert sum(each.kind == "missing stage" for each in found) == len(WHOLE.stages)
    assert all(each.ours_says and each.theirs_says and each.what for each in found)
    assert compare(Agreement("", outcome=Outcome()), Agreement("")) == ()
