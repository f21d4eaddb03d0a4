"""An agreement as YAML: strict, friendly, and nothing lost on the way there and back."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefunnel.agreement.charter import Outcome
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import CustomerPromise, Stage
from onefunnel.agreement.yaml_text import AgreementTextError, read_yaml, write_yaml

TEXT = st.text(max_size=40) | st.sampled_from(
    ["", " ", "yes", "null", "~", "1", "- a", "a: b", "# c", "é\n\nb", "\ttab", "'", '"', "|",
     ">", "a\n", "\na", " lead", "stage = 'Gagné'\nAND x", "\x85", "\u2028", "{}", "[]", "&a",
     "*a", "!t"]
)  # fmt: skip


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a declared type."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = next(each for each in get_args(kind) if each is not type(None))
        return st.none() | values(inner)
    if origin is tuple:
        item = get_args(kind)[0]
        unique = (lambda each: each.name) if hasattr(item, "name") or _has_name(item) else None
        return st.lists(values(item), max_size=3, unique_by=unique).map(tuple)
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if is_dataclass(kind):
        return records(kind)
    return {
        str: TEXT,
        bool: st.booleans(),
        int: st.integers(-(2**63), 2**63),
        float: st.floats(allow_nan=False, allow_infinity=False),
        Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=4),
        date: st.dates(),
    }[kind]


def _has_name(kind: Any) -> bool:
    return is_dataclass(kind) and any(field.name == "name" for field in fields(kind))


def records(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    made = {}
    for field in fields(kind):
        is_needed = field.default is MISSING and field.default_factory is MISSING
        made[field.name] = TEXT.filter(bool) if is_needed else values(hints[field.name])
    return st.builds(kind, **made)


@settings(max_examples=100, deadline=None)
@given(records(Agreement))
def test_nothing_is_lost_on_the_way_there_and_back(agreement: Agreement) -> None:
    text = write_yaml(agreement)
    again = read_yaml(text)
    assert again == agreement
    assert again.digest == agreement.digest
    assert write_yaml(again) == text


def test_a_short_agreement_reads_as_people_write_it() -> None:
    agreement = read_yaml(
        """
        title: One funnel     # a remark
        currency: EUR
        outcome: {statement: 120 machines, volume: 120, margin: 250000.50, by: 2026-12-31}
        stages:
          - name: MQL
            when: >
              stage = 'MQL'
              AND country = 'UK'
            leads: marketing
            target: 0.25
            customer_promise: {reply_within_hours: 8, one_contact: yes}
          - {name: Won, kind: won, when: "stage = 'Won'"}
        """
    )
    assert agreement.outcome == Outcome(
        "120 machines", 120, Decimal("250000.50"), by=date(2026, 12, 31)
    )
    assert agreement.stages == (
        Stage(
            "MQL",
            when="stage = 'MQL' AND country = 'UK'",
            leads=("marketing",),
            target=0.25,
            customer_promise=CustomerPromise(reply_within_hours=8.0, one_contact=True),
        ),
        Stage("Won", kind="won", when="stage = 'Won'"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: a\nstagse: []\n", "f.yaml, line 2, column 1: the agreement has no key 'stagse'; "
         "did you mean stages?"),
        ("title: a\ntitle: b\n", "f.yaml, line 2, column 1: 'title' stands twice (first in "
         "line 1); keep one"),
        ("title: a\nstages:\n  - name: é\n    kidn: won\n", "f.yaml, line 4, column 5: stage has "
         "no key 'kidn'; did you mean kind?"),
        ("title: a\nstages:\n  - name: b\n    kind: winn\n", "line 4, column 11: kind cannot be "
         "'winn'; write one of open, won, lost, disqualified, recycled"),
        ("title: a\nstages:\n  - kind: won\n", "line 3, column 5: stage has no name; add name:"),
        ("title: a\nstages:\n  - name: b\n    target: high\n", "line 4, column 13: target is 'high'"
         ", not a number"),
        ("title: a\nstages: [{name: b}, {name: b}]\n", "line 2, column 21: stage 'b' stands twice"),
        ("title: a\noutcome: {by: soon}\n", "line 2, column 15: by is 'soon', not a day"),
        ("title: a\noutcome: {margin: NaN}\n", "line 2, column 19: margin is 'NaN', not an amount"),
        ("title: [a]\n", "line 1, column 8: title is one value, not a list"),
        ("- a\n", "line 1, column 1: this is not an agreement"),
        ("", "line 1, column 1: the text is empty"),
        ("title: a\n\tb: c\n", "line 2, column 1: this is not YAML"),
        ("title: 'a\n", "this is not YAML"),
        ("title: &x a\ncurrency: *x\n", "line 1, column 8: an anchor or alias"),
        ("title: !!python/object/apply:os.system ['id']\n", "line 1, column 8: a YAML tag"),
        ("title: a\n---\ntitle: b\n", "line 2, column 1: a second document"),
        ("title: a\x00b\n", "an invisible character (U+0000)"),
        ("title: a\nstages: " + "[" * 5000, "more than 12 levels of nesting"),
        ("title: " + "a" * 600_000, "longer than 500,000 characters"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(AgreementTextError) as error:
        read_yaml(text, "f.yaml")
    assert expected in str(error.value)


def test_several_mistakes_are_told_at_once_in_order() -> None:
    with pytest.raises(AgreementTextError) as error:
        read_yaml("title: a\nfoo: 1\ncurency: EUR\nstages:\n  - name: b\n    target: x\n")
    assert [(p.line, p.what.split()[0]) for p in error.value.problems] == [
        (2, "the"), (3, "the"), (6, "target"),
    ]  # fmt: skip


def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x]\n" + "\n".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(9)
    )
    with pytest.raises(AgreementTextError, match="anchor or alias"):
        read_yaml(bomb)
