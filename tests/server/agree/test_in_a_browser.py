"""The pages of Agree in a real browser: axe in both themes, no page wider than its window."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Set to a folder to look at the pages oneself.
SHOTS = os.environ.get("ONEFUNNEL_SHOTS", "")
PAGES = (
    "/agree/",
    "/agree/versions/",
    "/agree/templates/",
    "/agree/templates/b2b_installed_base/",
    "/agree/glossary/",
    "/agree/bring-in/",
)


def look_at(page: Any, where: str) -> None:
    found = [
        f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in Axe().run(page).response["violations"]
        if v["impact"] in {"serious", "critical", "moderate"}
    ]
    assert found == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"too wide: {where}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_can_be_read(
    theme: str, width: int, data: Facts, head: Any, signed_in_page: Any, page: Any,
    live_server: Any,
) -> None:  # fmt: skip
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    signed_in_page(head, "/agree/")
    for path in PAGES:
        page.goto(f"{live_server.url}{path}")
        look_at(page, f"{path} {theme} {width}")
        if SHOTS:
            name = path.strip("/").replace("/", "-")
            page.screenshot(path=f"{SHOTS}/{name}-{theme}-{width}.png", full_page=True)


def test_an_agreement_is_brought_in_and_used_with_the_keyboard(
    data: Facts, head: Any, signed_in_page: Any, page: Any
) -> None:
    signed_in_page(head, "/agree/bring-in/")
    page.get_by_label("Or the text itself").focus()
    page.evaluate("text => { document.activeElement.value = text }", write_yaml(load("aida")))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agree/versions/**")
    look_at(page, "a version")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Use this version").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/agree/")
    assert page.get_by_text("in use, not signed").is_visible()
