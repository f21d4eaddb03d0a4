"""Every answer keeps the browser at home; refusals are in words; cookies are closed (T40)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

import onefunnel.server.site
from onefunnel.charts.theme import PALETTES
from onefunnel.server.people.models import Person
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/sign-in/login/",
    "/settings/people/",
    "/settings/keys/",
    "/settings/changes/",
    "/settings/health/",
    "/settings/workspace/",
    "/inbox/",
    "/sign-in/2fa/",
    "/sign-in/sessions/",
    "/sign-in/password/reset/",
    "/nothing-here/",
    "/welcome/no/",
    "/api/people/me",
    "/api/docs",
    "/search/?q=set",
    "/search/hits/?q=set",
    "/healthz",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_strict_policy(client: Any, owner: Person, path: str) -> None:
    for person in (None, owner):
        if person:
            client.force_login(person)
        answer = client.get(path)
        policy = dict(
            part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert policy["connect-src"] == policy["form-action"] == "'self'"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_inline_script_or_style_or_names_another_host(
    client: Any, owner: Person, path: str
) -> None:
    client.force_login(owner)
    page = client.get(path).content.decode()
    for script in re.findall(r"<script\b([^>]*)>", page):
        assert "src=" in script or "application/json" in script, script
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on", page)
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+"', page)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("/nothing-here/", 404, "nothing at this address"), ("/welcome/no/", 410, "does not work")],
)
def test_refusals_are_in_words(
    client: Any, owner: Person, path: str, status: int, words: str
) -> None:
    client.force_login(owner)
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.content.decode()


def test_a_post_without_token_is_refused_in_words(owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post("/settings/workspace/", {"name": "x"})
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()


def test_a_fault_shows_no_traceback(client: Any, owner: Person, monkeypatch: Any) -> None:
    from onefunnel.server.site import views

    def breaks(person: Person) -> None:
        raise RuntimeError("secret-of-the-inside")

    monkeypatch.setattr(views, "today_of", breaks)
    client.force_login(owner)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "secret-of-the-inside" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_cookies_are_closed(client: Any, owner: Person) -> None:
    client.post("/sign-in/login/", {"login": owner.email, "password": PASSWORD})
    client.get("/settings/keys/")
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_sign_in_leads_nowhere_else(client: Any, marketer: Person, next_page: str) -> None:
    answer = client.post(
        f"/sign-in/login/?next={next_page}",
        {"login": "mia@example.com", "password": "a-long-enough-password", "next": next_page},
    )
    assert answer.status_code == 302
    assert answer.url == "/"


def test_an_htmx_request_of_a_stranger_moves_the_whole_page(client: Any) -> None:
    answer = client.get("/settings/keys/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/sign-in/login/")


def test_pages_and_charts_have_the_same_colours() -> None:
    css = Path(onefunnel.server.site.__file__).parent / "static/onefunnel/css/base.css"
    found = dict(re.findall(r"--([a-z-]+): light-dark\(([^)]+)\)", css.read_text()))
    pairs = {
        "surface": "ground",
        "ink": "ink",
        "muted": "muted",
        "line": "line",
        "track": "track",
        "marketing": "marketing",
        "sales": "sales",
        "plain": "plain",
        "good": "good",
        "bad": "bad",
    }
    for ours, theirs in pairs.items():
        light, dark = (colour.strip() for colour in found[ours].split(","))
        assert light == getattr(PALETTES["light"], theirs), ours
        assert dark == getattr(PALETTES["dark"], theirs), ours
