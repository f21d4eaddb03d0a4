"""The list behind a number of drafting shows each key as its reader may see it."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.result import Records
from onefunnel.server.agree.drafts.lists import list_page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "is_shown"), [("viewer", False), ("member", True)])
def test_keys_that_are_addresses(
    data: Facts, signed_in: Any, make_person: Any, role: str, is_shown: bool
) -> None:
    rows = {
        "lead_id": ["ann@firm.example"],
        "deal_id": ["ben@firm.example"],
        "amount": [7],
    }
    table = ibis.duckdb.connect().create_table("deals", pa.table(rows))
    request = (
        signed_in(make_person("Vic View", team="sales", role=role)).get("/agree/").wsgi_request
    )
    page = list_page(request, Records(table, "amount"), "Deals", "/agree/").content.decode()
    for key in ("ann@firm.example", "ben@firm.example"):
        assert (key in page) is is_shown
    assert ">7<" in page
