"""The Data pages in a real browser: clicks counted, axe, both themes, narrow and wide."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from onefunnel.server.warehouse.models import Import
from tests.server.warehouse.test_wizard import LEADS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("ONEFUNNEL_SHOTS", "")


def look(page: Any, name: str) -> None:
    """No serious finding, no sideways scroll, in both themes, narrow and wide."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/data-{name}-{theme}-{width}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide in a window of {width}"
        found = [
            violation
            for violation in Axe().run(page).response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert not found, f"{name}, {theme}: {[(v['id'], v['nodes'][0]['html']) for v in found]}"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_from_nothing_to_the_funnel_in_twelve_clicks(
    signed_in_page: Any, operations: Any, tmp_path: Path
) -> None:
    problems: list[str] = []
    page = signed_in_page(operations, reverse("data:home"))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    look(page, "home-empty")
    exports = tmp_path / "leads.csv"
    exports.write_bytes(LEADS + b'61;"<img src=x onerror=alert(1)>";no day at all;New;1\n')

    page.click("text=Import data")  # 1
    page.set_input_files("input[type=file]", str(exports))  # 2: the file chooser
    page.fill("[name=source]", "<b>CRM</b>")
    look(page, "new")
    page.click("text=Read the files")  # 3
    page.wait_for_selector("text=Import these rows")
    look(page, "review")
    page.click("summary >> text=leads.csv")
    change = page.locator("button", has_text="Change Score")
    change.click()
    page.wait_for_selector("text=What is in it?")
    page.wait_for_selector("select:focus")
    look(page, "review-choice")
    page.select_option("select[name=target]", "leads.segment")
    page.click("text=Use this")
    page.wait_for_selector("text=leads: segment")
    page.wait_for_selector(":focus", state="attached")
    page.click(".bar-actions >> text=Read again")
    page.wait_for_selector("text=Import these rows")
    page.click("text=Import these rows")  # 4
    page.wait_for_selector("text=What became of every row")
    look(page, "report")
    address = page.url
    page.goto(address + "mapping/")
    look(page, "mapping")
    page.goto(address.split("/data/")[0] + reverse("data:jobs"))
    look(page, "jobs")
    page.goto(address.split("/data/")[0] + reverse("data:home"))
    look(page, "home")
    page.goto(address)
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=Undo this import")
    page.wait_for_selector("text=Taken back")
    look(page, "undone")
    assert not problems


def test_the_page_of_a_running_import(signed_in_page: Any, operations: Any, now: Any) -> None:
    imported = Import.objects.create(
        created_at=now, status=Import.Status.RUNNING, rows_done=300, rows_total=1000,
        phase="writing", phase_at=now, beat_at=now,
    )  # fmt: skip
    page = signed_in_page(operations, reverse("data:import", args=[imported.public_id]))
    look(page, "under-way")
    page.locator("main button", has_text="Stop").focus()
    page.evaluate("document.getElementById('progress').dataset.before = 'polling'")
    page.wait_for_selector("#progress:not([data-before])")
    page.wait_for_selector("button:focus >> text=Stop")
    Import.objects.filter(pk=imported.pk).update(status=Import.Status.STOPPED, counts={})
    page.wait_for_selector("text=stopped before its end")
