"""Two drafts and the decisions between them make one text that says what was decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from onefunnel.agreement.charter import CreditPolicy, Outcome, Signatory
from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.matching import Match, match_stages
from onefunnel.agreement.compare.settle import Choice, Decision, NotSettled, settle
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import CustomerPromise, Stage
from onefunnel.agreement.templates.templates import load, names
from onefunnel.agreement.words import Term
from onefunnel.agreement.yaml_text import read_yaml, write_yaml

PAIRS = list(permutations(names(), 2))
WHOLE = load("demand_waterfall")


def decided(ours: Agreement, theirs: Agreement, choices: dict[str, Decision] | Choice) -> Agreement:
    matches = match_stages(ours, theirs)
    found = compare(ours, theirs, matches=matches)
    if not isinstance(choices, dict):
        choices = {each.key: Decision(choices) for each in found}
    return settle(ours, theirs, found, choices, matches)


def only(ours: Agreement, theirs: Agreement) -> Discrepancy:
    (found,) = compare(ours, theirs)
    return found


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_all_for_one_draft_says_what_that_draft_says(one: str, other: str) -> None:
    ours, theirs = load(one), load(other)
    assert decided(ours, theirs, "ours").digest == ours.digest
    taken = decided(ours, theirs, "theirs")
    assert [each.key for each in compare(taken, theirs)] == []
    assert read_yaml(write_yaml(taken)).digest == taken.digest


@given(some.sampled_from(PAIRS), some.integers(0, 2**60))
def test_each_decision_decides_its_own_place_and_no_other(pair: tuple[str, str], bits: int) -> None:
    """Of fields of one thing, taken here and there: what was decided for ours differs from theirs
    still, and what was decided for theirs differs from ours."""
    ours, theirs = load(pair[0]), load(pair[1])
    matches = match_stages(ours, theirs)
    found = compare(ours, theirs, matches=matches)
    chosen: dict[str, Decision] = {}
    for place, each in enumerate(found):
        is_field = each.field and each.field not in ("name", "order")
        is_theirs = bool(bits >> (place % 60) & 1) and is_field
        chosen[each.key] = Decision("theirs" if is_theirs else "ours")
    made = settle(ours, theirs, found, chosen, matches)
    same = [Match(stage.name, stage.name, "name", "", 1.0) for stage in ours.stages]
    wanted = {each.key for each in found if chosen[each.key].choice == "theirs"}
    places = {(e.thing, e.our_name, e.field) for e in found if e.key in wanted}
    changed = {(e.thing, e.our_name, e.field) for e in compare(ours, made, matches=same)}
    assert changed <= places
    left = {each.key for each in compare(made, theirs, matches=matches)}
    assert not left & wanted


def test_a_renamed_stage_is_renamed_wherever_it_is_named() -> None:
    first, second, *rest = WHOLE.stages
    theirs = replace(
        WHOLE,
        stages=(first, replace(second, name="Ripe lead"), *rest),
        handovers=tuple(
            replace(h, at_stage="Ripe lead" if h.at_stage == second.name else h.at_stage)
            for h in WHOLE.handovers
        ),
        promises=tuple(
            replace(
                p,
                from_stage="Ripe lead" if p.from_stage == second.name else p.from_stage,
                to_stage="Ripe lead" if p.to_stage == second.name else p.to_stage,
            )
            for p in WHOLE.promises
        ),
        glossary=tuple(
            replace(t, name="Ripe lead" if t.name == second.name else t.name)
            for t in WHOLE.glossary
        ),
    )
    assert decided(WHOLE, theirs, "theirs").digest == theirs.digest
    found = only(WHOLE, theirs)
    new = decided(WHOLE, theirs, {found.key: Decision("new", "Warm lead")})
    assert new.stage("Warm lead").when == second.when
    named = {card.at_stage for card in new.handovers} | {
        name for promise in new.promises for name in (promise.from_stage, promise.to_stage) if name
    }
    assert named <= {stage.name for stage in new.stages}
    assert "Warm lead" in named


def test_a_stage_of_theirs_comes_where_they_have_it() -> None:
    first, *rest = WHOLE.stages
    theirs = replace(WHOLE, stages=(first, Stage("Hello", when="stage = 'Hello'"), *rest))
    taken = decided(WHOLE, theirs, "theirs")
    assert [stage.name for stage in taken.stages] == [stage.name for stage in theirs.stages]
    back = decided(theirs, WHOLE, "theirs")
    assert back.digest == WHOLE.digest


@pytest.mark.parametrize(
    ("change", "text", "value"),
    [
        ({"target": 0.5}, "40 %", 0.4),
        ({"target": 0.5}, "", None),
        ({"supports": ("service",)}, "sales; service", ("sales", "service")),
        ({"meaning": "Else"}, "Ready  to\nbuy", "Ready to\nbuy"),
        ({"customer_promise": CustomerPromise("Soon", 4.0)}, "Today", CustomerPromise("Today")),
    ],
)
def test_new_words_are_read_as_what_stands_there(
    change: dict[str, object], text: str, value: object
) -> None:
    first, *rest = WHOLE.stages
    plain = replace(first, customer_promise=None)
    ours = replace(WHOLE, stages=(plain, *rest))
    theirs = replace(WHOLE, stages=(replace(plain, **change), *rest))  # type: ignore[arg-type]
    made = decided(ours, theirs, {only(ours, theirs).key: Decision("new", text)})
    assert getattr(made.stages[0], next(iter(change))) == value


@pytest.mark.parametrize(
    ("part", "change", "text", "value"),
    [
        ("outcome", {"by": date(2031, 1, 1)}, "2030-06-30", date(2030, 6, 30)),
        ("outcome", {"volume": 9}, "12", 12),
        ("outcome", {"margin": Decimal(3)}, "1500,5", Decimal("1500.5")),
        ("charter", {"signatories": (Signatory("sales", "Ann"),)}, "sales (Bo), marketing",
         (Signatory("sales", "Bo"), Signatory("marketing"))),
    ],
)  # fmt: skip
def test_new_words_for_the_frame(
    part: str, change: dict[str, object], text: str, value: object
) -> None:
    ours = replace(WHOLE, outcome=Outcome("Grow"))
    theirs = replace(ours, **{part: replace(getattr(ours, part), **change)})  # type: ignore[arg-type]
    made = decided(ours, theirs, {only(ours, theirs).key: Decision("new", text)})
    assert getattr(getattr(made, part), next(iter(change))) == value


def test_a_credit_policy_comes_and_goes() -> None:
    without = replace(WHOLE, credit=None)
    with_one = replace(WHOLE, credit=CreditPolicy("linear", 90, "to see"))
    assert decided(without, with_one, "theirs").credit == with_one.credit
    assert decided(with_one, without, "theirs").credit is None


@pytest.mark.parametrize("text", ["many", "NaN", "1e999999", "4,5,6"])
def test_what_cannot_be_read_is_refused_with_its_number(text: str) -> None:
    first, *rest = WHOLE.stages
    theirs = replace(WHOLE, stages=(replace(first, target=0.9), *rest))
    found = only(WHOLE, theirs)
    with pytest.raises(NotSettled) as refused:
        decided(WHOLE, theirs, {found.key: Decision("new", text)})
    assert text in refused.value.reasons[1]


def test_nothing_is_settled_while_one_is_open() -> None:
    theirs = replace(WHOLE, title="Other", glossary=(*WHOLE.glossary, Term("Zebra", "An animal")))
    found = compare(WHOLE, theirs)
    with pytest.raises(NotSettled) as refused:
        decided(WHOLE, theirs, {found[0].key: Decision("ours")})
    assert refused.value.reasons == {found[1].number: "nobody has decided it yet"}
    new = {each.key: Decision("new", "x") for each in found}
    with pytest.raises(NotSettled, match="choose one of the two drafts"):
        decided(WHOLE, theirs, new)


def two_renamed(one: str, other: str) -> tuple[Agreement, Agreement]:
    first, second, *rest = WHOLE.stages
    ours = replace(WHOLE, glossary=())
    named = (replace(first, name=one), replace(second, name=other), *rest)
    return ours, replace(ours, stages=named)


def test_names_are_changed_all_at_once() -> None:
    """A stage may take the name that another one gives up."""
    first, second = (stage.name for stage in WHOLE.stages[:2])
    ours, theirs = two_renamed("Engaged", "Active")
    matches = match_stages(ours, theirs)
    by_ours = {e.our_name: e for e in compare(ours, theirs, matches=matches) if e.field == "name"}
    words = {first: second, second: "Active"}
    said = {e.key: Decision("new", words[str(name)]) for name, e in by_ours.items()}
    said |= {e.key: Decision("ours") for e in compare(ours, theirs) if e.field != "name"}
    made = settle(ours, theirs, compare(ours, theirs, matches=matches), said, matches)
    assert [stage.name for stage in made.stages[:2]] == [second, "Active"]


def test_two_things_of_one_name_are_refused_with_their_cards() -> None:
    ours, theirs = two_renamed("Engaged", "Active")
    matches = match_stages(ours, theirs)
    found = compare(ours, theirs, matches=matches)
    said = {each.key: Decision("new" if each.field == "name" else "ours", "Same") for each in found}
    with pytest.raises(NotSettled, match="would be called “same”") as refused:
        settle(ours, theirs, found, said, matches)
    assert set(refused.value.reasons) == {e.number for e in found if e.field == "name"}
