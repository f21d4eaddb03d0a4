"""Second factor and passkeys in a real browser, under the strict policy of the pages."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings

from onefunnel.server.people.models import Person
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/sign-in/login/")
    page.get_by_label("Email").fill("mia@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Any) -> None:
    """The library asks for the password again before anything of this kind is changed."""
    assert "/reauthenticate/" in page.url
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state()


def code_of(secret: str, ahead: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


def sign_out(page: Any) -> None:
    page.locator(".avatar summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/login/")


def test_an_authenticator_app_is_asked_for_at_the_next_sign_in(
    page: Any, live_server: Any, marketer: Person
) -> None:
    sign_in(page, live_server)
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/sign-in/2fa/totp/activate/")
    confirm(page)
    assert page.locator("img").first.evaluate("img => img.naturalWidth") > 0  # the QR code
    secret = page.locator("#authenticator_secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_load_state()
    sign_out(page)
    sign_in(page, live_server)
    page.wait_for_url("**/sign-in/2fa/authenticate/**")
    page.goto(f"{live_server.url}/")
    assert "/2fa/authenticate/" in page.url  # half signed in is not signed in
    # the code used to activate counts as used: take the next one, which is accepted early
    page.locator("input[name=code]").fill(code_of(secret, ahead=1))
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url(f"{live_server.url}/")
    assert "Mia Marsh" in page.content()


def test_a_passkey_is_added_and_signs_in(page: Any, live_server: Any, marketer: Person) -> None:
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, live_server)
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/sign-in/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Name").fill("my laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    # The address of the form matches a loose pattern too: leave only once it has been answered.
    page.wait_for_url(lambda address: not address.endswith("/webauthn/add/"))
    page.goto(f"{live_server.url}/sign-in/2fa/webauthn/")
    assert "my laptop" in page.content()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{live_server.url}/")
    assert "Mia Marsh" in page.content()
    assert said == []
    assert settings.MFA_PASSKEY_LOGIN_ENABLED
