"""T39: text in any field of any record is shown as text, in a real browser, under the CSP.

Sixty texts that try to run a script stand in every text column of every table, in keys, in stage
names and in a column name. The pages are walked in Chromium: nothing runs, nothing is blocked by
the CSP (a block would mean that something tried), and no page holds an element made by a text.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.server.measure.company import put_in_place_of
from tests.trust.evil import HEADER, PAYLOADS, EvilCompany

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
    *(f"/run/leads/{quote(f'{text} {n}', safe='')}/" for n, text in enumerate(PAYLOADS[:12])),
    *(f"/run/accounts/{quote(f'{text} {n}', safe='')}/" for n, text in enumerate(PAYLOADS[:6])),
]
_WATCH = """
window.__blocked = [];
document.addEventListener('securitypolicyviolation',
  (event) => window.__blocked.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@pytest.fixture
def evil(monkeypatch: pytest.MonkeyPatch) -> EvilCompany:
    return put_in_place_of(monkeypatch, EvilCompany())


@pytest.mark.slow
@pytest.mark.browser
def test_nothing_in_any_text_runs(
    evil: EvilCompany, chart_script: None, page: Any, signed_in_page: Any, live_server: Any,
    operations: Any,
) -> None:  # fmt: skip
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.add_init_script(_WATCH)
    signed_in_page(operations, "/")
    for path in PAGES:
        answer = page.goto(f"{live_server.url}{path}")
        assert answer.status in (200, 404, 422), f"{path}: {answer.status}"
        page.wait_for_load_state("networkidle")
        page.wait_for_selector("[data-chart]:not([data-drawn])", state="detached")
        assert page.evaluate("window.__ran") is None, path
        assert page.evaluate("window.__blocked") == [], path
        assert page.locator("main iframe, main object, main embed, main base").count() == 0, path
        assert page.locator("main [onerror], main [onload], main [onfocus]").count() == 0, path
        scripts = page.locator("main a[href^='javascript' i]")
        assert scripts.count() == 0, path
    assert dialogs == []


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
    answer = signed_in(operations).get("/search/", {"q": "<script"})
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
