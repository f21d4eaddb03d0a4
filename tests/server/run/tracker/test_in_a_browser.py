"""By keyboard alone: a lead is added and moved, many are moved and moved back; axe is clean."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from onefunnel.server.run.tracker import commands
from onefunnel.server.warehouse.commands import refresh_copy
from tests.server.run.handovers.conftest import put_in_force
from tests.trust.test_axe import FAILS, tab_to

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def serious(page: Any) -> list[str]:
    """What axe finds on the page as it is, and whether it scrolls sideways at 320."""
    violations = Axe().run(page).response["violations"]
    found = [
        f"{page.url}: {one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in violations
        if one["impact"] in FAILS
    ]
    page.set_viewport_size({"width": 320, "height": 640})
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        found.append(f"{page.url}: wider than 320")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


def test_added_and_moved_by_keyboard(page: Any, signed_in_page: Any, marketer: Any) -> None:
    put_in_force()
    for name in ("Bo", "Cy"):
        commands.enter_lead(fields={"name": name}, by=marketer, at=timezone.now())
    refresh_copy(at=timezone.now())
    signed_in_page(marketer, "/run/leads/")
    found = serious(page)
    tab_to(page, "main a[href='/run/leads/new/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/run/leads/new/")
    found += serious(page)
    tab_to(page, "#f-name")
    page.keyboard.type("Ada Lark")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Ada Lark')")
    found += serious(page)
    tab_to(page, "main select[name=stage]")
    assert not page.is_visible("input[name=reason]")
    page.keyboard.type("Lost")
    assert page.is_visible("input[name=reason]")
    page.keyboard.press("Tab")
    page.keyboard.type("No budget")
    page.keyboard.press("Enter")
    page.wait_for_selector("#stands:has-text('Lost')")
    assert page.is_visible("main >> text=No budget")
    tab_to(page, "main a[href^='/run/change-lead/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Change the details')")
    found += serious(page)

    page.goto(page.url.partition("/run/")[0] + "/run/leads/")
    tab_to(page, "input[data-ticks]")
    page.keyboard.press("Space")
    assert page.locator("input[name=lead]:checked").count() == page.locator("tbody tr").count() >= 2
    tab_to(page, "main form[method=post] select[name=stage]")
    page.keyboard.type("MQL")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('moved to MQL')")
    found += serious(page)
    tab_to(page, "main form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Taken back')")
    assert not found, "\n".join(found)
