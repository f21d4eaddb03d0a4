"""The page of promises: both sides beside each other, each number with its list."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from onefunnel.simulate.company.agreement import proposed_agreement
from tests.server.measure.company import Company, put_in_place
from tests.trust.page_walk import read
from tests.trust.test_every_number import lists_of, loose, wrong

PAGE = "/measure/promises/"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, db: None) -> Company:
    """The small simulated company under its agreement with promises."""
    return put_in_place(monkeypatch, leads=400, agreement=proposed_agreement())


def test_both_sides_stand_beside_each_other(see: Any, demo: Company) -> None:
    card = see(PAGE).split('class="scorecard"')[1].split("Show as table")[0]
    sides = re.findall(r'aria-label="Promises of ([^"]+)"', card)
    assert sides == ["marketing", "sales", "accounts &amp; service"]
    for promise in proposed_agreement().promises:
        assert promise.name in card


def test_every_number_of_the_scorecard_opens_its_list(
    signed_in: Any, marketer: Any, demo: Company
) -> None:
    client = signed_in(marketer)
    page = read(client, PAGE)
    assert loose(page) == []
    of_promises = [one for one in page.figures if one.href and "measure=promises" in one.href]
    assert len(of_promises) > 40
    assert wrong(replace(page, figures=of_promises), lists_of(client)) == []


def test_split_by_a_column_there_is_a_table(see: Any, demo: Company) -> None:
    text = see(f"{PAGE}?by=source")
    assert 'class="scorecard"' not in text
    assert "<table>" in text


def test_a_side_without_a_promise_is_told_so(
    monkeypatch: pytest.MonkeyPatch, demo: Company, see: Any
) -> None:
    agreed = proposed_agreement()
    own = tuple(one for one in agreed.promises if one.by_team != "marketing")
    put_in_place(monkeypatch, leads=400, agreement=replace(agreed, promises=own))
    text = see(PAGE)
    assert "Marketing has promised nothing" in text
    assert "A scorecard of one side is none" in text


def test_hand_overs_and_today_lead_to_it(see: Any, demo: Company) -> None:
    assert f'href="{PAGE}"' in see("/run/handovers/")
    assert f'href="{PAGE}"' in see("/")
