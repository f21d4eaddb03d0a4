"""A newcomer types one command and looks at one funnel, as marketing and as sales.

The real command in a process of its own, with its own workspace, worker and web server; a real
browser in front of it. Nothing here reaches into the program.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
#: What look.md promises on two idle cores; a loaded machine of a test run gets more.
SECONDS = 60
PATIENCE = 240


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo started by its command line."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ONEFUNNEL", "DJANGO"))}
    environment.pop("DATABASE_URL", None)
    command = [str(Path(sys.executable).parent / "onefunnel"), "demo", "--port", str(port)]
    log = (folder / "log").open("w")
    running = subprocess.Popen(
        [*command, "--workspace", str(folder / "workspace")],
        stdout=log, stderr=log, env=environment, start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    try:
        while not _answers(url):
            assert running.poll() is None, (folder / "log").read_text()
            assert time.monotonic() - began < PATIENCE, "the demo never answered"
            time.sleep(0.5)
        yield url
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(timeout=30)
        log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def visitor(demo: str, page: Any) -> Any:
    """A browser page that fails the test when anything goes wrong or leaves the machine."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((demo, "data:", "blob:"))
            else troubles.append(f"left the machine: {asked.url}")
        ),
    )
    yield page
    assert not troubles


def look_around(page: Any, demo: str, who: str) -> None:
    page.goto(demo)
    page.click(f"text=As {who}")
    page.wait_for_selector("h1:has-text('One funnel')")


def test_one_funnel_with_every_number_open_to_its_records(demo: str, visitor: Any) -> None:
    page = visitor
    look_around(page, demo, "Mia")
    assert "Simulated company" in page.inner_text("body")
    page.click("text=See where we win and lose")
    page.wait_for_selector("[data-chart][data-drawn]")
    number = page.locator("tbody tr:nth-child(2) a.figure").first
    shown = number.inner_text()
    number.click()
    page.wait_for_url("**/measure/list/**")
    assert page.inner_text("[data-of-list]") == shown
    page.locator("main td a").first.click()
    page.wait_for_url("**/run/leads/**")
    assert "What happened" in page.inner_text("main")
    page.click("text=before and after the sale")
    page.wait_for_url("**/run/accounts/**")
    assert "The whole relationship" in page.inner_text("main")


def test_both_teams_see_the_same_number(demo: str, browser: Any) -> None:
    seen = {}
    for who in ("Mia", "Sam"):
        page = browser.new_context().new_page()
        look_around(page, demo, who)
        page.goto(f"{demo}/measure/funnel/")
        seen[who] = page.inner_text("main table")
        page.context.close()
    assert seen["Mia"] == seen["Sam"]
    assert "Won" in seen["Mia"]


def test_what_is_chosen_stands_in_the_address(demo: str, visitor: Any) -> None:
    page = visitor
    look_around(page, demo, "Sam")
    page.goto(f"{demo}/measure/funnel/")
    page.select_option("select[name=by]", "segment")
    page.wait_for_url("**by=segment**")
    page.wait_for_selector("[data-chart][data-drawn]")
    page.select_option("select[name=period]", "last-12-months")
    page.wait_for_url("**period=last-12-months**")
    address, table = page.url, page.inner_text("main table")
    page.goto(demo)
    page.goto(address)
    assert page.inner_text("main table") == table
    page.click("text=Speed")
    page.wait_for_url("**/measure/speed/**period=last-12-months**")


def test_a_record_is_found_in_three_keys_and_enter(demo: str, visitor: Any) -> None:
    page = visitor
    look_around(page, demo, "Ana")
    page.goto(f"{demo}/run/accounts/")
    name = page.locator("tbody th a").first.inner_text()
    page.keyboard.press("Control+k")
    page.keyboard.type(name[:3])
    page.wait_for_selector("dialog#palette li:has-text('account')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/run/**")
