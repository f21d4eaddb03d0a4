"""The pages of this room in a real browser: axe, both themes, narrow and wide, keyboard only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from onefunnel.server.notify.commands import send
from onefunnel.server.people import keys
from onefunnel.server.people.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/",
    "/inbox/",
    "/settings/workspace/",
    "/settings/people/",
    "/settings/keys/",
    "/settings/changes/",
    "/settings/health/",
    "/settings/profile/",
    "/sign-in/2fa/",
    "/sign-in/sessions/",
    "/sign-in/password/change/",
    "/nothing-here/",
)


@pytest.fixture
def watched(page: Any, live_server: Any) -> Iterator[Any]:
    """A page whose console must stay silent and whose requests must stay at home."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda r: (
            said.append(f"left home: {r.url}")
            if not r.url.startswith((live_server.url, "data:", "blob:"))
            else None
        ),
    )
    yield page
    expected = "the server responded with a status of 404"  # the page that is not there
    assert [text for text in said if expected not in text] == []


def look_at(page: Any, where: str) -> None:
    found = [
        f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in Axe().run(page).response["violations"]
        if v["impact"] in {"serious", "critical", "moderate"}
    ]
    assert found == [], where
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), f"{where} scrolls sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    watched: Any, signed_in_page: Any, owner: Person, seller: Person, scheme: str, width: int
) -> None:
    now = timezone.now()
    send(to=[owner], title="An import has finished", at=now, key="1", text="8,800 rows", url="/")
    keys.make_key(label="nightly sheet", scope="read", days=90, by=owner, at=now)
    watched.emulate_media(color_scheme=scheme)
    watched.set_viewport_size({"width": width, "height": 800})
    watched.goto(watched.url)
    page = signed_in_page(owner, "/")
    for path in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
        look_at(page, f"{path} {scheme} {width}")


def test_the_sign_in_page_passes_too(watched: Any, live_server: Any) -> None:
    for scheme in ("light", "dark"):
        watched.emulate_media(color_scheme=scheme)
        watched.goto(f"{live_server.url}/sign-in/login/")
        look_at(watched, f"sign-in {scheme}")


def test_signing_in_by_keyboard_only(watched: Any, live_server: Any, marketer: Person) -> None:
    watched.goto(f"{live_server.url}/")
    watched.get_by_label("Email").focus()
    watched.keyboard.type("mia@example.com")
    watched.keyboard.press("Tab")
    watched.keyboard.type("a-long-enough-password")
    watched.keyboard.press("Enter")
    watched.wait_for_url(f"{live_server.url}/")
    assert "Mia Marsh" in watched.content()


def test_ctrl_k_finds_a_page_in_three_keys(
    watched: Any, signed_in_page: Any, owner: Person
) -> None:
    page = signed_in_page(owner, "/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-input:focus")
    page.keyboard.type("peo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/people/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-input:focus")
    page.keyboard.type("peo")
    page.keyboard.press("Escape")  # once, also with words in the box
    page.wait_for_selector("#palette", state="hidden")
    page.wait_for_selector(":focus", state="attached")


def test_the_skip_link_is_the_first_stop(watched: Any, signed_in_page: Any, owner: Person) -> None:
    page = signed_in_page(owner, "/")
    page.keyboard.press("Tab")
    page.wait_for_selector("a:focus >> text=Skip to the content")
    page.keyboard.press("Enter")
    page.wait_for_selector("#content:focus")


def test_the_avatar_menu_opens_and_closes_by_keyboard(
    watched: Any, signed_in_page: Any, owner: Person
) -> None:
    page = signed_in_page(owner, "/")
    page.locator(".avatar summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Your account").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Your account").is_visible()
    page.wait_for_selector("summary:focus")


@pytest.mark.parametrize("button", ["<button hx-get='/healthz' hx-swap='outerHTML'>Go</button>"])
def test_the_focus_never_falls_to_the_body_after_a_swap(
    watched: Any, signed_in_page: Any, owner: Person, button: str
) -> None:
    """A part that replaces itself with an element of another kind: the hardest case."""
    page = signed_in_page(owner, "/")
    page.evaluate(
        """(html) => {
            const main = document.getElementById("content");
            main.innerHTML = `<div id="part">${html}<a href="/">after</a></div>`;
            htmx.process(main);
        }""",
        button,
    )
    page.get_by_role("button", name="Go").focus()
    page.keyboard.press("Enter")
    page.locator("#part", has_text="ok").wait_for()
    page.wait_for_selector(":focus", state="attached")
