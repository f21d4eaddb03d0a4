"""The pages of Agree in a real browser: axe in both themes, no page wider than its window."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree.drafts import commands, queries

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


def test_two_drafts_become_one_text_with_the_keyboard(
    data: Facts, head: Any, make_person: Any, signed_in_page: Any, page: Any, now: Any
) -> None:
    """Marketing and sales write, hand in, settle one card and get a version to sign."""
    sales = make_person("Hedda Holm", team="sales", role="lead")
    going_on = commands.open_round(start="demand_waterfall", by=head, at=now)
    for draft in queries.sides(going_on):
        by = head if draft.team == "marketing" else sales
        if by is sales:
            start = queries.read(draft)
            first, *rest = start.stages
            changed = replace(start, stages=(replace(first, target=0.9), *rest))
            commands.save_draft(draft_id=draft.pk, agreement=changed, revision=0, by=by, at=now)
        commands.hand_in(draft_id=draft.pk, by=by, at=now)
    page.on("dialog", lambda dialog: dialog.accept())
    signed_in_page(head, "/agree/drafts/")
    for path in ("", "marketing/", "marketing/stages/0/", "sales/charter/0/", "compare/"):
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{page.url.split('/agree/')[0]}/agree/drafts/{path}")
            look_at(page, f"drafts/{path} {width}")
    page.get_by_label("As Sales says").focus()
    page.keyboard.press("Space")
    page.get_by_label("Why?").focus()
    page.keyboard.type("we counted")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=all are settled")
    page.get_by_role("button", name="Make the one text").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/agree/versions/**")
    look_at(page, "the one text")
    assert page.get_by_text("Sign for Marketing").is_visible()


def test_a_promise_is_asked_for_what_its_kind_needs_and_keeps_what_was_typed(
    data: Facts, head: Any, signed_in_page: Any, page: Any, now: Any
) -> None:
    going_on = commands.open_round(start="demand_waterfall", by=head, at=now)
    signed_in_page(head, "/agree/drafts/marketing/promises/new/")
    page.fill("#f-name", "Forty leads")
    page.fill("#f-kept_share", "85 %")
    page.select_option("#f-kind", "answer")
    page.fill("#f-within_hours", "8")
    page.select_option("#f-kind", "volume")
    page.wait_for_selector("#f-within_hours", state="hidden")
    page.fill("#f-leads", "40")
    page.select_option("#f-kind", "reply")
    page.wait_for_selector("#f-leads", state="hidden")
    assert page.input_value("#f-within_hours") == "8"
    page.select_option("#f-kind", "volume")
    page.wait_for_selector("#f-leads")
    for field, typed in (("name", "Forty leads"), ("kept_share", "85 %"), ("leads", "40")):
        assert page.input_value(f"#f-{field}") == typed
    page.get_by_role("button", name="Keep it", exact=True).click()
    page.wait_for_selector("text=Kept: promise Forty leads")
    draft = next(one for one in queries.sides(going_on) if one.team == "marketing")
    promise = next(one for one in queries.read(draft).promises if one.name == "Forty leads")
    assert (promise.kind, promise.leads, promise.kept_share) == ("volume", 40, 0.85)
    assert promise.within_hours is None  # it was typed for another kind, and is not asked for now
