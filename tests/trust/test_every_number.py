"""T1: every number on every page opens its list, and the list comes to that number.

All pages are walked by their links. Each figure names its list and what the list has to come to;
the list page counts (or sums) its own records, independently. Digits that stand on a page without
the tag fail too, unless they are a time, code or a name out of the data.
"""

from __future__ import annotations

import csv
import io
import os
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.measure.company import put_in_place
from tests.trust.page_walk import Page, Shown, read, walk

#: Rooms whose pages show numbers of the funnel; every digit there is held to its list.
ROOMS = ("/measure/", "/run/")
#: Questions that no link of a page asks, but people do.
ASKED = [
    "/measure/funnel/?by=segment&period=last-12-months",
    "/measure/funnel/?where=country+%3D+%27Germany%27&within=90",
    "/measure/speed/?since=2026-01-01&until=2026-06-30&as_of=2026-09-30",
    "/measure/value/?by=segment",
]

#: How many simulated leads the pages show.
LEADS = int(os.environ.get("ONEFUNNEL_LEADS", "400"))
FIRST_PAGES = {"/", "/run/leads/", "/run/accounts/"} | {
    f"/measure/{key}/" for key in ("funnel", "speed", "channels", "value")
}


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch, db: None) -> Any:
    return put_in_place(monkeypatch, leads=LEADS)


def lists_of(client: Any) -> Any:
    @cache
    def total(href: str) -> Decimal:
        page = read(client, href)
        assert len(page.of_list) == 1, f"{href} says {page.of_list}"
        return Decimal(page.of_list[0])

    return total


def wrong(page: Page, total: Any) -> list[str]:
    found = []
    for one in page.figures:
        if not one.href or not one.list_total:
            found.append(f"{page.path}: {one.text} opens nothing")
        elif not urlsplit(one.href).path.startswith("/measure/list/"):
            continue
        elif total(one.href) != Decimal(one.list_total):
            found.append(f"{page.path}: {one.text} ({one.list_total}) but {total(one.href)}")
        elif not _says(one):
            found.append(f"{page.path}: {one.text} is not {one.value}")
    return found


def loose(page: Page) -> list[str]:
    """Digits of a page of the funnel that no figure holds."""
    if page.path != "/" and not page.path.startswith(ROOMS):
        return []
    return [f"{page.path}: {text!r} has a number without a list" for text in page.loose]


def _says(one: Shown) -> bool:
    """Whether a count's text is its exact value; rounded kinds are held to it in test_figures."""
    if one.kind != "count" or not one.text[:1].isdigit():
        return True
    return one.text.replace(",", "") == one.value


@pytest.mark.slow
@pytest.mark.long
def test_every_number_of_every_page_equals_its_list(
    company: Any, signed_in: Any, marketer: Any
) -> None:
    client = signed_in(marketer)
    total = lists_of(client)
    pages = [*walk(client), *(read(client, path) for path in ASKED)]
    assert {page.path for page in pages} >= FIRST_PAGES
    figures = sum(len(page.figures) for page in pages)
    assert figures > 700, f"only {figures} figures on {len(pages)} pages"
    found = [line for page in pages for line in (*wrong(page, total), *loose(page))]
    assert not found, "\n".join(found[:60])


@pytest.mark.slow
def test_a_viewer_sees_no_number_without_its_list_either(
    company: Any, signed_in: Any, outsider: Any
) -> None:
    client = signed_in(outsider)
    total = lists_of(client)
    pages = list(walk(client))
    assert {page.path for page in pages} >= FIRST_PAGES
    found = [line for page in pages for line in loose(page)]
    found += [line for page in pages if page.path == "/" for line in wrong(page, total)]
    assert not found, "\n".join(found[:60])


def test_the_export_of_a_list_has_as_many_rows_as_the_number(
    company: Any, signed_in: Any, marketer: Any
) -> None:
    client = signed_in(marketer)
    page = read(client, "/measure/funnel/")
    for one in [f for f in page.figures if f.kind == "count"][:12]:
        answer = client.get(one.href.replace("/measure/list/", "/measure/list.csv"))
        text = b"".join(answer.streaming_content).decode()
        assert len(list(csv.DictReader(io.StringIO(text)))) == int(one.list_total), one.href


def test_the_api_and_the_page_say_the_same(company: Any, signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    rows = client.get("/api/measure/stages").json()["rows"]
    shown = {(f.value, f.kind) for f in read(client, "/measure/funnel/").figures}
    for row in rows:
        assert (str(row["reached"]), "count") in shown
        if row["step_share"] is not None:
            assert any(
                kind == "share" and abs(float(value) - row["step_share"]) < 1e-6
                for value, kind in shown
            )
