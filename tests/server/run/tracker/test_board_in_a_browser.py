"""A card moves by mouse, by keyboard and by the dialog; what is refused goes back, with words."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from onefunnel.facts.utc import in_utc
from onefunnel.server.run.tracker import commands
from onefunnel.server.warehouse.commands import record_rows, refresh_copy
from onefunnel.server.warehouse.models import FACT_MODELS
from tests.server.run.handovers.conftest import bring, put_in_force
from tests.server.run.tracker.test_in_a_browser import serious

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def column(stage: str) -> str:
    return f'.column[data-stage="{stage}"]'


def said(page: Any) -> str:
    return str(page.inner_text("#board-said"))


def drag(page: Any, card: str, onto: str) -> None:
    """A browser tells a drag over something only at the second movement there."""
    page.hover(card)
    page.mouse.down()
    page.hover(onto)
    page.hover(onto)
    page.mouse.up()


def astray(lead_id: str) -> None:
    """The lead's history is another one since: no move of it enters a stage of the agreement."""
    at = timezone.now()
    move = {"lead_id": lead_id, "at": in_utc(at), "stage": "Elsewhere", "seq": 0}
    FACT_MODELS["moves"].objects.filter(lead_id=lead_id).update(stage="Elsewhere")
    with transaction.atomic():
        record_rows(rows={"moves": [move]}, by=None, at=at)


def test_a_card_moves_three_ways(
    page: Any, signed_in_page: Any, marketer: Any, seller: Any
) -> None:
    put_in_force()
    made = {
        name: commands.enter_lead(fields={"name": name}, by=marketer, at=timezone.now()).lead_id
        for name in ("Ada Lark", "Bo Finch")
    }
    refresh_copy(at=timezone.now())
    signed_in_page(marketer, "/run/board/")

    # the mouse, and its undo
    drag(page, "li:has-text('Ada Lark')", f"{column('MQL')} ul")
    page.wait_for_selector(f"{column('MQL')} li:has-text('Ada Lark'):not([aria-busy])")
    page.click(".toast:has-text('Moved to MQL') button:has-text('Undo')")
    page.wait_for_selector(".toast:has-text('Moved back')")
    assert page.is_visible(f"{column('Inquiry')} li:has-text('Ada Lark')")

    # the keyboard: picked up, put back, picked up and dropped, each told
    page.wait_for_selector(".grip[aria-label='Pick up Ada Lark']:focus")
    page.keyboard.press("Enter")
    assert said(page).startswith("Picked up Ada Lark, in Inquiry.")
    page.keyboard.press("ArrowRight")
    assert said(page).startswith("MQL, 2 of ")
    page.keyboard.press("Escape")
    assert said(page) == "Put back: Ada Lark stays in Inquiry."
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    page.wait_for_selector(f"{column('MQL')} li:has-text('Ada Lark'):not([aria-busy])")
    page.wait_for_selector(".grip[aria-label='Pick up Ada Lark']:focus")

    # the dialog: a loss without its reason is refused there, and the card is back
    page.click("li:has-text('Bo Finch') .move")
    page.wait_for_selector("#board-move[open] h2:has-text('Move Bo Finch')")
    found = serious(page)
    page.select_option("#board-move select", "Lost")
    page.click("#board-move button.main")
    page.wait_for_selector("#board-move .error:has-text('needs a reason')")
    assert page.is_visible(f"{column('Inquiry')} li:has-text('Bo Finch')")
    page.fill("#board-move [name=reason]", "No budget")
    page.click("#board-move button.main")
    page.wait_for_selector(f"{column('Lost')} li:has-text('Bo Finch'):not([aria-busy])")

    # what somebody else moved meanwhile goes to where it is
    commands.move_lead(lead_id=made["Ada Lark"], stage="SAL", by=seller, at=timezone.now())
    drag(page, "li:has-text('Ada Lark')", f"{column('Inquiry')} ul")
    page.wait_for_selector(".toast:has-text('stands in “SAL” now, moved by Sam Sole')")
    assert page.is_visible(f"{column('SAL')} li:has-text('Ada Lark')")

    # nor does what is in no stage now go back to where it was: its card leaves the board that has
    # no place for it, and stands under "In no stage" where there is one
    for name in ("Ada Lark", "Bo Finch"):
        page.reload()
        astray(made[name])
        page.click(f"li:has-text('{name}') .move")
        page.select_option("#board-move select", "SQL")
        page.click("#board-move button.main")
        if name == "Ada Lark":
            page.wait_for_selector(".toast:has-text('in no stage now'):has-text('was taken away')")
            assert page.locator("li:has-text('Ada Lark')").count() == 0
            bring("c", stage="Elsewhere")
            refresh_copy(at=timezone.now())
    page.wait_for_selector("#board-move .error:has-text('in no stage now')")
    assert page.locator(f"{column('')} li").count() == 2
    assert not found, "\n".join(found)


def test_without_scripts_move_leads_to_the_form(
    new_context: Any, live_server: Any, client: Any, marketer: Any
) -> None:
    put_in_force()
    commands.enter_lead(fields={"name": "Ada Lark"}, by=marketer, at=timezone.now())
    refresh_copy(at=timezone.now())
    client.force_login(marketer)
    context = new_context(java_script_enabled=False)
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/run/board/")
    assert page.locator(".grip").count() == 0
    assert not page.is_visible("text=By keyboard")
    page.click(".column .move")
    page.select_option("#move select", "MQL")
    page.click("#move button")
    page.wait_for_selector(".toast:has-text('Moved to MQL.') button:has-text('Undo')")
