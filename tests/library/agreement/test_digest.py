"""What people sign: the digest keeps with spelling and changes with meaning."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from onefunnel.agreement.charter import Charter, CreditPolicy, Outcome
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.words import Term
from onefunnel.agreement.yaml_text import read_yaml

BASE = Agreement(
    "Funnel",
    currency="EUR",
    outcome=Outcome("grow", volume=0, margin=Decimal("10.50")),
    stages=(Stage("MQL", when="stage = 'MQL'", target=0.25), Stage("Won", kind="won")),
)


def test_formatting_comments_and_key_order_do_not_change_it() -> None:
    one = read_yaml("title: F\ncurrency: EUR\nstages:\n  - name: A\n    when: stage = 'x'\n")
    two = read_yaml(
        '# a remark\nstages: [{when: "stage = \'x\'", "name": A}]\n\ncurrency:   "EUR"\ntitle: F'
    )
    assert one.digest == two.digest


def test_equal_numbers_have_one_digest_however_they_are_written() -> None:
    texts = [f"title: F\noutcome: {{margin: {m}}}" for m in ("10.5", "10.50", "+10.500")]
    assert len({read_yaml(text).digest for text in texts}) == 1


def test_version_and_status_are_not_part_of_what_is_signed() -> None:
    assert replace(BASE, version="7", status="agreed").digest == BASE.digest


@pytest.mark.parametrize(
    "changed",
    [
        replace(BASE, title="Funnels"),
        replace(BASE, currency="GBP"),
        replace(BASE, outcome=replace(BASE.outcome, volume=None)),
        replace(BASE, outcome=replace(BASE.outcome, margin=Decimal("10.51"))),
        replace(BASE, stages=BASE.stages[::-1]),
        replace(BASE, stages=BASE.stages[:1]),
        replace(BASE, stages=(replace(BASE.stages[0], when="stage = 'mql'"), BASE.stages[1])),
        replace(BASE, stages=(replace(BASE.stages[0], target=0.0), BASE.stages[1])),
        replace(BASE, stages=(replace(BASE.stages[0], is_joint=True), BASE.stages[1])),
        replace(BASE, charter=Charter(why="because")),
        replace(BASE, glossary=(Term("lead", "a person"),)),
        replace(BASE, credit=CreditPolicy("first touch")),
    ],
)
def test_every_change_of_meaning_changes_it(changed: Agreement) -> None:
    assert changed.digest != BASE.digest
