"""An objective in a real browser: written, weighed, a lever moved, saved, signed by both sides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.agree.test_in_a_browser import look_at
from tests.server.measure.company import Company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_objective_is_written_weighed_saved_and_signed_by_both(
    demo: Company, hal: Any, sue: Any, signed_in_page: Any, page: Any, live_server: Any
) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    signed_in_page(hal, "/plan/")
    page.get_by_role("link", name="Write an objective").click()
    page.get_by_label("How much?").fill("60")
    page.get_by_label("By which day?").fill("2027-05-31")
    page.get_by_role("button", name="Keep it as a draft").click()
    page.wait_for_selector("text=new leads must come in")
    look_at(page, "what it takes")
    address = page.url
    page.get_by_role("link", name="Move the levers").click()
    before = page.locator("#answer .figure-big").inner_text()
    page.get_by_label("Every step").fill("50")
    page.wait_for_selector("text=as usual")
    page.wait_for_url("**pace=50**")
    assert page.locator("#answer .figure-big").inner_text() != before
    look_at(page, "levers")
    page.get_by_role("button", name="Save as the plan").click()
    page.wait_for_selector("text=Plan 1 (counts now)")
    page.get_by_role("button", name="Sign for Marketing").click()
    page.wait_for_selector("text=Draft, signed by Marketing")
    page.get_by_role("link", name="Open the six lists").click()
    page.wait_for_selector("text=Incomplete plan")
    look_at(page, "the six lists")
    signed_in_page(sue, address.removeprefix(live_server.url))
    page.get_by_role("button", name="Sign for Sales").click()
    page.wait_for_selector("text=Signed by both sides")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark")
    look_at(page, "signed, dark")
