"""Promises of every kind and business hours, as text, as words, in comparisons and when checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.matching import match_stages
from onefunnel.agreement.compare.settle import Decision, settle
from onefunnel.agreement.completeness import check
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise, WorkingTime
from onefunnel.agreement.promised import promised
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_nodes import AgreementTextError
from onefunnel.agreement.yaml_text import read_yaml, write_yaml

WHOLE = load("demand_waterfall")
SIDES = {"by_team": "sales", "to_team": "marketing"}


def with_promise(**said: Any) -> Agreement:
    return replace(WHOLE, promises=(Promise("P", **{**SIDES, **said}),))


def test_an_agreement_without_the_new_parts_keeps_its_digest() -> None:
    """What people signed before promises had kinds is what they signed."""
    old = Agreement("Ours", promises=(Promise("Call", "sales", "marketing", "A", "B", 8.0, 0.9),))
    assert old.digest == "cfff853f688affda7d2eff41016607637509ad25eaed8f8bdc4b15c59eea692a"
    assert '"kind"' not in write_yaml(old)
    assert read_yaml(write_yaml(old)) == old


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("promises: [{name: P, kind: speed}]", "line 2, column 28: kind cannot be 'speed'; write "
         "one of volume, quality, answer, attempts, reply"),
        ("promises: [{name: P, kind: volume, leads: many}]", "line 2, column 43: leads is 'many', "
         "not a whole number"),
        ("promises:\n  - name: P\n    per: year", "line 4, column 10: per cannot be 'year'"),
        ("working_time: {holidays: [Christmas]}", "line 2, column 27: holiday is 'Christmas', not "
         "a day"),
        ("working_time: {from: 9}", "line 2, column 16: working_time has no key 'from'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(AgreementTextError) as refused:
        read_yaml(f"title: a\n{text}\n", "f.yaml")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({}, "no stage at which the clock starts"),
        ({"kind": "volume", "per": "week"}, "no number of leads"),
        ({"kind": "volume", "leads": 9}, "no period"),
        ({"kind": "quality"}, "no share"),
        ({"kind": "answer", "within_hours": -1.0}, "no time"),
        ({"kind": "answer", "within_hours": 4.0}, "gives another time for the answer"),
        ({"kind": "attempts", "within_days": 9, "counts": ("met",)}, "no number of attempts"),
        ({"kind": "attempts", "attempts": 2, "counts": ("met",)}, "no days"),
        ({"kind": "attempts", "attempts": 2, "within_days": 9}, "no contacts that count"),
        ({"kind": "reply", "to_stage": "Nope"}, "there is no stage Nope"),
    ],
)
def test_each_kind_asks_for_its_own(said: dict[str, object], what: str) -> None:
    assert any(what in gap.what for gap in check(with_promise(**said), PREDICATE_COLUMNS))


def test_a_whole_promise_of_each_kind_lacks_nothing() -> None:
    kinds = {one.kind for one in WHOLE.promises}
    assert kinds == {"", "volume", "quality", "answer", "attempts", "reply"}
    assert check(WHOLE, PREDICATE_COLUMNS) == ()
    said = [promised(one) for one in WHOLE.promises]
    assert "40 leads a month" in said
    assert "5 attempts within 14 days, or SQL before that" in said


@pytest.mark.parametrize(
    ("hours", "what"),
    [
        (WorkingTime(zone="Mars/Base"), "there is no time zone Mars/Base"),
        (WorkingTime(days=("someday",)), "there is no day someday"),
        (WorkingTime(opens="9 o'clock"), "9 o'clock is no time of the clock"),
    ],
)
def test_business_hours_that_no_clock_shows(hours: WorkingTime, what: str) -> None:
    gaps = check(replace(WHOLE, working_time=hours), PREDICATE_COLUMNS)
    assert [gap.what for gap in gaps] == [what]


def test_other_numbers_and_hours_are_discrepancies_and_settled() -> None:
    ours = with_promise(kind="volume", leads=40, per="month", kept_share=0.8)
    theirs = with_promise(kind="volume", leads=60, per="month", kept_share=0.8)
    theirs = replace(
        theirs, working_time=WorkingTime("Europe/Berlin", holidays=(date(2026, 5, 1),))
    )
    found = compare(ours, theirs)
    assert [(one.thing, one.field, one.ours, one.theirs) for one in found] == [
        ("promise", "leads", 40, 60),
        ("working time", "zone", None, "Europe/Berlin"),
        ("working time", "holidays", None, ("2026-05-01",)),
    ]
    chosen = {one.key: Decision("theirs") for one in found}
    made = settle(ours, theirs, found, chosen, match_stages(ours, theirs))
    assert (made.promises, made.working_time) == (theirs.promises, theirs.working_time)
    typed = {one.key: Decision("new", {"leads": "50", "zone": "UTC"}.get(one.field, "2026-12-25"))
             for one in found}  # fmt: skip
    made = settle(ours, theirs, found, typed, match_stages(ours, theirs))
    assert made.promises[0].leads == 50
    assert made.working_time == WorkingTime("UTC", holidays=(date(2026, 12, 25),))
