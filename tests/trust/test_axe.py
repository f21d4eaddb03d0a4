"""T49: axe finds nothing serious on any page, light and dark; empty, demo and huge.

The pages are found by their links, one of each kind; a page is loaded once and looked at in both
themes. Beside axe, which misses things: nothing scrolls sideways at 320 pixels, and the main ways
through the pages work with the keyboard alone.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.server.measure.company import put_in_place
from tests.trust.page_walk import walk

THEMES = ("light", "dark")
#: What axe calls at least serious fails; the rest is named in the message of a failure.
FAILS = {"serious", "critical"}
#: How many leads the huge company has, and how many pages of each kind are looked at.
HUGE = int(os.environ.get("ONEFUNNEL_HUGE", "100000"))
OF_EACH = int(os.environ.get("ONEFUNNEL_PAGES", "1"))
#: Pages that grow with the data: many groups, many records.
LARGE = [
    "/",
    "/measure/funnel/?by=owner",
    "/measure/funnel/?by=month",
    "/measure/speed/?by=owner",
    "/measure/channels/",
    "/measure/value/?by=owner",
    "/measure/list/?measure=stages&figure=reached",
    "/run/leads/",
    "/run/board/",
    "/run/accounts/",
]
_DRAWN = """(theme) => [...document.querySelectorAll("[data-chart]")].every(
  (chart) => chart.dataset.drawn === theme)"""


def pages_of(client: Any) -> list[str]:
    return list(dict.fromkeys(page.path for page in walk(client, most=60, of_each=OF_EACH)))


def check(page: Any, url: str, paths: list[str]) -> list[str]:
    """What axe finds on these pages in both themes, and what scrolls sideways."""
    found = []
    for path in paths:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{url}{path}")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.wait_for_function(_DRAWN, arg=theme)
            for one in Axe().run(page).response["violations"]:
                if one["impact"] in FAILS:
                    where = one["nodes"][0]["html"][:160]
                    found.append(f"{path} ({theme}): {one['id']}: {one['help']}: {where}")
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 320:
            found.append(f"{path}: {wide} pixels wide at 320")
    return found


@pytest.mark.slow
@pytest.mark.browser
def test_every_page_of_the_demo(
    monkeypatch: pytest.MonkeyPatch, chart_script: None, page: Any, signed_in_page: Any,
    live_server: Any, client: Any, owner: Any,
) -> None:  # fmt: skip
    put_in_place(monkeypatch, leads=600)
    signed_in_page(owner, "/")
    paths = pages_of(client)
    assert len(paths) > 15
    found = check(page, live_server.url, paths)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.browser
def test_every_page_of_an_empty_workspace(
    chart_script: None, page: Any, signed_in_page: Any, live_server: Any, client: Any, owner: Any
) -> None:
    signed_in_page(owner, "/")
    paths = pages_of(client)
    assert "/measure/funnel/" in paths
    found = check(page, live_server.url, paths)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.browser
def test_pages_that_grow_with_the_data(
    monkeypatch: pytest.MonkeyPatch, chart_script: None, page: Any, signed_in_page: Any,
    live_server: Any, owner: Any,
) -> None:  # fmt: skip
    put_in_place(monkeypatch, leads=HUGE)
    signed_in_page(owner, "/")
    found = check(page, live_server.url, LARGE)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.browser
def test_with_the_keyboard_alone(
    monkeypatch: pytest.MonkeyPatch, chart_script: None, page: Any, signed_in_page: Any,
    live_server: Any, marketer: Any,
) -> None:  # fmt: skip
    """From Today to the records behind a number, and to a lead by Ctrl K; focus is never lost."""
    made = put_in_place(monkeypatch, leads=600)
    signed_in_page(marketer, "/measure/funnel/")
    tab_to(page, "main a.figure")
    page.keyboard.press("Enter")
    page.wait_for_url("**/measure/list/**")
    tab_to(page, "main td a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/run/leads/**")
    lead = made.facts()["leads"].limit(1).to_pyarrow().to_pylist()[0]
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog#palette[open]")
    page.keyboard.type(lead["lead_id"])
    page.wait_for_selector("dialog#palette li >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/run/leads/{lead['lead_id']}/")


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the focus is on such an element; it must get there and never be lost."""
    for _ in range(80):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(s) => document.activeElement === document.body ? 'lost'"
            " : document.activeElement.matches(s) ? 'there' : 'on the way'",
            selector,
        )
        assert where != "lost"
        if where == "there":
            return
    raise AssertionError(f"Tab never reaches {selector}")
