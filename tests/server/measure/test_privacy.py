"""Numbers are no way round the mask: who may not see personal data cannot split or select by it."""

from __future__ import annotations

from typing import Any

import pytest

from onefunnel.facts.tables import TABLES

pytestmark = pytest.mark.django_db
PERSONAL = {c.name for table in TABLES.values() for c in table.columns if c.personal}


def test_what_is_personal_is_declared() -> None:
    assert {"name", "email", "phone"} <= PERSONAL


@pytest.mark.parametrize("column", sorted(PERSONAL))
@pytest.mark.parametrize(
    "address",
    [
        "/measure/funnel/?by={0}",
        "/api/measure/stages?by={0}",
        "/measure/funnel/?where={0} LIKE 'a%25'",
        "/api/measure/stages?where=upper({0}) = 'A'",
        "/measure/list/?measure=stages&figure=leads&by={0}",
    ],
)
def test_a_viewer_is_refused(
    demo: Any, signed_in: Any, make_person: Any, column: str, address: str
) -> None:
    viewer = make_person("Vera View", role="viewer", team="marketing")
    answer = signed_in(viewer).get(address.format(column))
    assert answer.status_code == 422
    assert "personal data" in answer.content.decode()


def test_a_word_in_a_text_is_no_column(demo: Any, signed_in: Any, make_person: Any) -> None:
    viewer = make_person("Vera View", role="viewer", team="marketing")
    answer = signed_in(viewer).get("/api/measure/stages?where=source = 'email'")
    assert answer.status_code == 200
