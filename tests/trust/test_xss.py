"""T39: text in any field of any record is shown as text, in a real browser, under the CSP.

Sixty texts that try to run a script stand in every text column of every table, in keys, in stage
names and in a column name. The pages are walked in Chromium: nothing runs, nothing is blocked by
the CSP (a block would mean that something tried), and no page holds an element made by a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.server.measure.company import put_in_place_of
from tests.trust.evil import HEADER, PAYLOADS, EvilCompany
from tests.trust.watch import Watch

PAGES = [
    "/",
    "/measure/funnel/",
    "/measure/funnel/?by=source",
    f"/measure/funnel/?{urlencode({'by': HEADER})}",
    f"/measure/funnel/?{urlencode({'where': PAYLOADS[0]})}",
    f"/measure/funnel/?{urlencode({'segment': PAYLOADS[3], 'since': PAYLOADS[2]})}",
    "/measure/speed/",
    "/measure/channels/",
    "/measure/value/",
    "/measure/value/?by=owner",
    f"/measure/list/?{urlencode({'measure': 'stages', 'figure': 'reached'})}",
    f"/measure/list/?{urlencode({'measure': PAYLOADS[0], 'figure': PAYLOADS[2]})}",
    "/run/leads/",
    f"/run/leads/?{urlencode({'q': PAYLOADS[3], 'stage': PAYLOADS[0]})}",
    "/run/accounts/",
    f"/run/accounts/?{urlencode({'q': PAYLOADS[4]})}",
    *(f"/run/leads/{quote(f'{text} {n}', safe='')}/" for n, text in enumerate(PAYLOADS[:6])),
    *(f"/run/accounts/{quote(f'{text} {n}', safe='')}/" for n, text in enumerate(PAYLOADS[:3])),
]
LONGEST = max(range(len(PAYLOADS)), key=lambda n: len(PAYLOADS[n]))
STAGE_PAGES = [
    "/measure/funnel/",
    "/measure/speed/",
    "/run/leads/",
]


@pytest.fixture
def evil(monkeypatch: pytest.MonkeyPatch) -> EvilCompany:
    return put_in_place_of(monkeypatch, EvilCompany())


@pytest.mark.slow
@pytest.mark.browser
def test_nothing_in_any_text_runs(
    evil: EvilCompany, chart_script: None, page: Any, signed_in_page: Any, live_server: Any,
    operations: Any,
) -> None:  # fmt: skip
    signed_in_page(operations, "/")
    watch = Watch(page, live_server.url)
    for path in PAGES:
        watch.open(path)


@pytest.mark.slow
@pytest.mark.browser
def test_nothing_in_the_name_of_any_stage_runs(
    monkeypatch: pytest.MonkeyPatch, chart_script: None, page: Any, signed_in_page: Any,
    live_server: Any, operations: Any,
) -> None:  # fmt: skip
    """A funnel of sixty stages: each text is a stage, a label of every chart and a group."""
    put_in_place_of(monkeypatch, EvilCompany(stages=len(PAYLOADS)))
    signed_in_page(operations, "/")
    watch = Watch(page, live_server.url)
    for path in STAGE_PAGES:
        watch.open(path)
        text = page.inner_text("body")
        assert sum(payload in text for payload in PAYLOADS) > 40, path


def elements(client: Any, path: str) -> set[tuple[str, tuple[str, ...]]]:
    """Which elements with which attributes are on a page."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    answer = client.get(path)
    assert answer.status_code == 200, path
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.add(  # type: ignore[method-assign]
        (tag, tuple(name for name, _ in attrs))
    )
    reader.feed(answer.content.decode())
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "every"), [("leads", 2), ("accounts", 3)])
def test_no_text_adds_an_element_to_a_page(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, operations: Any, kind: str, every: int
) -> None:
    """The pages of these records hold no element that the pages of harmless ones do not hold."""
    client = signed_in(operations)

    def pages(texts: Sequence[str], numbers: Iterable[int]) -> Iterator[tuple[int, set[Any]]]:
        put_in_place_of(monkeypatch, EvilCompany(texts=texts))
        for n in numbers:
            key = quote(f"{texts[n]} {n}", safe="")
            yield n, elements(client, f"/run/{kind}/{key}/")

    harmless = [f"{n:02}{'plain' * 20}"[: len(text)] for n, text in enumerate(PAYLOADS)]
    known = set().union(*(found for _, found in pages(harmless, [*range(0, 60, 12), LONGEST])))
    for n, found in pages(PAYLOADS, range(0, len(PAYLOADS), every)):
        assert found <= known, PAYLOADS[n]


def test_the_texts_are_on_the_pages_as_text(
    evil: EvilCompany, signed_in: Any, operations: Any
) -> None:
    client = signed_in(operations)
    text = client.get("/run/leads/").content.decode()
    assert "&lt;svg onload=window.__ran=1&gt;" in text
    assert "<svg onload" not in text
    funnel = client.get("/measure/funnel/").content.decode()
    assert "</script><script>window" not in funnel


def test_the_palette_answers_in_json_and_never_in_markup(
    evil: EvilCompany, signed_in: Any, operations: Any
) -> None:
    answer = signed_in(operations).get("/search/hits/", {"q": "<script"})
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
