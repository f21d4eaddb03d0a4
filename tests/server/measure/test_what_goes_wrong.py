"""Friction and misalignment where something is wrong: sentence, numbers and the one action."""

from typing import Any

import pytest

from onefunnel.simulate.ground_truth import Planted, ground_truth, won_deals
from onefunnel.simulate.misaligned import misaligned
from tests.server.measure.company import Held, put_in_place_of
from tests.trust.page_walk import read
from tests.trust.test_every_number import lists_of, loose, wrong


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any) -> Any:
    truth = ground_truth(seed=1, leads=4_000, planted=Planted(0, "Dairy", factor=0.4))
    put_in_place_of(monkeypatch, Held(won_deals(truth, seed=1), truth.agreement))
    return signed_in(marketer)


def test_every_number_of_the_page_opens_its_list(page: Any) -> None:
    shown = read(page, "/measure/friction/")
    assert not wrong(shown, lists_of(page))
    assert not loose(shown)
    assert len(shown.figures) > 20


def test_the_cost_of_misalignment(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any
) -> None:
    made = misaligned(seed=1, leads=1500)
    put_in_place_of(monkeypatch, Held(made.facts, made.agreement))
    client = signed_in(marketer)
    shown = read(client, "/measure/misalignment/")
    assert not wrong(shown, lists_of(client))
    assert not loose(shown)
    text = client.get("/measure/misalignment/").content.decode()
    assert "likely lost between the teams" in text
    assert "See the leads: late" in text
    assert client.get("/measure/misalignment.svg").status_code == 200


def test_volume_beside_quality(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any
) -> None:
    truth = ground_truth(seed=1, leads=4_000)
    put_in_place_of(monkeypatch, Held(truth.facts, truth.agreement))
    client = signed_in(marketer)
    shown = read(client, "/measure/channels/")
    assert not wrong(shown, lists_of(client))
    assert not loose(shown)
    assert "the wins to be expected of them" in client.get("/measure/channels/").content.decode()


def test_the_sentence_and_the_action(page: Any) -> None:
    text = page.get("/measure/friction/").content.decode()
    assert "Dairy leads" in text
    assert "See the leads it concerns at Lead" in text
    assert "persistent" in text
    csv = page.get("/measure/friction.csv").content.decode()
    assert csv.lstrip("\ufeff").startswith("kind,stage,segment,n,hit,own_share")
    assert page.get("/measure/friction.svg").status_code == 200
