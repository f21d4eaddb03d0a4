"""Search: one answer for Ctrl K and for the page that needs no script, masked by role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.people.models import Person
from onefunnel.server.run.saved.commands import save_view
from tests.server.measure.company import put_in_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch, marketer: Person) -> dict[str, Any]:
    """A lead of the simulated company, and a view that all share."""
    made = put_in_place(monkeypatch)
    save_view(name="Dairy fairs", page="board", words={"segment": "Dairy"}, is_shared=True,
              by=marketer, at=timezone.now())  # fmt: skip
    leads = made.facts()["leads"]
    return dict(leads.filter(leads["name"].notnull()).limit(1).to_pyarrow().to_pylist()[0])


def hits(client: Any, words: str) -> list[tuple[str, str]]:
    found = client.get("/search/hits/", {"q": words}).json()["hits"]
    return [(hit["kind"], hit["url"]) for hit in found]


def test_the_page_and_the_palette_find_the_same(
    lead: dict[str, Any], signed_in: Any, marketer: Person
) -> None:
    client = signed_in(marketer)
    for words, kind in (
        (lead["name"], "lead"), (lead["company"], "account"), ("fairs", "view"), ("board", "page"),
    ):  # fmt: skip
        found = hits(client, words)
        assert kind in {one for one, _ in found}, words
        text = client.get("/search/", {"q": words}).content.decode()
        shown = re.findall(r'<li><a href="([^"]+)">', text.split("<main")[1].split("</main")[0])
        assert shown == [url for _, url in found]
    assert ("page", "/agree/versions/") in hits(client, "sign")
    assert ("view", "/run/board/?segment=Dairy") in hits(client, "dairy f")
    assert "Nothing found" in client.get("/search/?q=zzzzzz").content.decode()
    assert 'href="/search/" data-open-palette' in client.get("/").content.decode()


def test_names_are_neither_found_nor_shown_to_who_may_not_see_them(
    lead: dict[str, Any], signed_in: Any, outsider: Person
) -> None:
    client = signed_in(outsider)
    assert "lead" not in {kind for kind, _ in hits(client, lead["name"])}
    text = client.get("/search/", {"q": lead["lead_id"]}).content.decode()
    assert f"/run/leads/{lead['lead_id']}/" in text
    assert lead["name"] not in text
