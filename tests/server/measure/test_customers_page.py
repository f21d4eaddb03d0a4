"""Customers and Win-loss under Measure: what the pages say, and lists behind their numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.server.measure.company import put_in_place
from tests.trust.page_walk import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any) -> Any:
    put_in_place(monkeypatch, leads=400)
    return signed_in(marketer)


@pytest.mark.parametrize(
    ("key", "said"),
    [("customers", "are overdue for service"), ("win-loss", "Most was lost for")],
)
def test_every_number_of_the_page_opens_its_list(client: Any, key: str, said: str) -> None:
    page = read(client, f"/measure/{key}/")
    body = client.get(f"/measure/{key}/").content.decode()
    assert said in body.replace("</a>", "")
    assert not page.loose
    assert len(page.figures) > 30
    for one in page.figures[::12]:
        assert [Decimal(n) for n in read(client, one.href).of_list] == [Decimal(one.list_total)], (
            one.text,
            one.href,
        )


def test_a_cohort_can_be_of_months(client: Any) -> None:
    body = client.get("/measure/customers/?by=month").content.decode()
    assert "in the month after their first" in body or "known for two months" in body
    assert "Not split by month" not in body.split("bought again")[0]
