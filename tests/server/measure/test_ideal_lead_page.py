"""The page on the ideal lead: its sentence, its card, its numbers and what it offers."""

from typing import Any

import pytest

from tests.library.measures.ideal_lead.planted import AGREED, planted
from tests.server.measure.company import Held, put_in_place_of
from tests.trust.page_walk import read
from tests.trust.test_every_number import lists_of, loose, wrong

ADDRESS = "/measure/ideal-lead/"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any) -> Any:
    put_in_place_of(monkeypatch, Held(planted(4).facts, AGREED))
    return signed_in(marketer)


def test_every_number_of_the_page_opens_its_list(page: Any) -> None:
    shown = read(page, ADDRESS)
    assert not wrong(shown, lists_of(page))
    assert not loose(shown)
    assert len(shown.figures) > 15


def test_the_card_is_shown_with_its_rule_and_what_was_left_out(page: Any) -> None:
    text = page.get(ADDRESS).content.decode()
    assert "points(country = &#x27;DE&#x27;" in text
    assert "call_duration was not learnt from" in text
    csv = page.get("/measure/ideal_lead.csv").content.decode()
    assert csv.lstrip("\ufeff").startswith("trait,points,n,won,won_share")
    assert page.get("/measure/ideal_lead.svg").status_code == 200
