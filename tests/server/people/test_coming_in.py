"""Coming in: sign-in, the welcome link, invitations; and who does not come in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.people import commands
from onefunnel.server.people.models import Invitation, Person
from onefunnel.server.people.queries import workspace
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def form(**changes: str) -> dict[str, str]:
    return {
        "name": "Uma Unger",
        "email": "Uma@Example.com",
        "team": "leadership",
        "password": "seven machines in a row",
        "time_zone": "Europe/Berlin",
    } | changes


def test_a_marketer_signs_in_by_password_and_out_again(client: Any, marketer: Person) -> None:
    answer = client.post(
        "/sign-in/login/", {"login": "MIA@example.com", "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/"
    assert "Mia Marsh" in answer.content.decode()
    client.post("/sign-in/logout/")
    assert client.get("/").status_code == 302


def test_a_wrong_password_does_not_say_whether_the_person_exists(
    client: Any, marketer: Person
) -> None:
    pages = [
        client.post("/sign-in/login/", {"login": who, "password": "wrong"}).content.decode()
        for who in ("mia@example.com", "nobody@example.com")
    ]
    said = [re.findall(r"errorlist[^>]*>(.*?)</ul>", page, re.S) for page in pages]
    assert said[0] == said[1] != []


def test_the_session_changes_at_sign_in(client: Any, marketer: Person) -> None:
    client.get("/sign-in/login/")
    client.session["before"] = 1
    client.session.save()
    before = client.session.session_key
    client.post("/sign-in/login/", {"login": "mia@example.com", "password": PASSWORD})
    assert client.session.session_key != before


def test_nobody_signs_up_by_themselves(client: Any) -> None:
    answer = client.post(
        "/sign-in/signup/",
        {"email": "x@example.com", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not Person.objects.exists()
    assert answer.status_code in {200, 403, 404}


def test_somebody_switched_off_is_out_at_once(client: Any, seller: Person) -> None:
    client.force_login(seller)
    assert client.get("/").status_code == 200
    Person.objects.filter(pk=seller.pk).update(is_active=False)
    assert client.get("/").status_code == 302


class TestWelcomeLink:
    """`onefunnel serve` prints it while nobody is here."""

    def test_it_makes_the_owner_once(self, client: Any) -> None:
        token = commands.make_welcome_link(at=timezone.now())
        answer = client.post(f"/welcome/{token}/", form())
        assert answer.status_code == 302
        owner = Person.objects.get()
        assert (owner.email, owner.role, owner.team) == ("uma@example.com", "owner", "leadership")
        assert client.get("/").status_code == 200
        assert workspace().time_zone == "Europe/Berlin"
        again = client.post(f"/welcome/{token}/", form(email="eve@example.com"))
        assert again.status_code == 410
        assert Person.objects.count() == 1

    def test_only_the_newest_link_works(self, client: Any) -> None:
        old = commands.make_welcome_link(at=timezone.now())
        new = commands.make_welcome_link(at=timezone.now())
        assert client.get(f"/welcome/{old}/").status_code == 410
        assert client.get(f"/welcome/{new}/").status_code == 200

    def test_it_runs_out(self, now: datetime) -> None:
        token = commands.make_welcome_link(at=now)
        with pytest.raises(commands.LinkNotUsable):
            commands.usable_invitation(token=str(token), at=now + timedelta(hours=25))

    def test_none_is_made_when_somebody_is_here(self, marketer: Person) -> None:
        assert commands.make_welcome_link(at=timezone.now()) is None

    def test_an_unused_one_dies_when_the_first_owner_is_in(self, client: Any) -> None:
        token = commands.make_welcome_link(at=timezone.now())
        Person.objects.create_user("a@example.com", PASSWORD, name="A", role="owner")
        assert client.get(f"/welcome/{token}/").status_code == 410

    def test_the_secret_itself_is_not_stored(self) -> None:
        token = commands.make_welcome_link(at=timezone.now())
        assert token not in str(Invitation.objects.values().get())

    @pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "Uma Unger"])
    def test_weak_passwords_are_refused_in_words(self, client: Any, password: str) -> None:
        token = commands.make_welcome_link(at=timezone.now())
        answer = client.post(f"/welcome/{token}/", form(password=password))
        assert "errorlist" in answer.content.decode()
        assert not Person.objects.exists()


class TestInvitation:
    def test_a_colleague_comes_in_as_invited_whatever_they_type(
        self, client: Any, owner: Person
    ) -> None:
        token = commands.invite(
            email="Sam@Example.com", team="sales", role="member", by=owner, at=timezone.now()
        )
        client.post(
            f"/invitation/{token}/",
            form(name="Sam", email="other@example.com", team="leadership", role="owner"),
        )
        sam = Person.objects.get(name="Sam")
        assert (sam.email, sam.team, sam.role) == ("sam@example.com", "sales", "member")

    def test_a_withdrawn_link_does_not_work(self, client: Any, owner: Person) -> None:
        token = commands.invite(
            email="sam@example.com", team="sales", role="member", by=owner, at=timezone.now()
        )
        client.force_login(owner)
        invitation = Invitation.objects.get()
        client.post(f"/settings/invitations/{invitation.public_id}/withdraw/")
        assert client.get(f"/invitation/{token}/").status_code == 410

    def test_a_person_who_is_here_is_not_invited(self, owner: Person, seller: Person) -> None:
        with pytest.raises(commands.AlreadyHere):
            commands.invite(
                email="SAM@example.com", team="sales", role="member", by=owner, at=timezone.now()
            )


def test_guessing_passwords_is_slowed_down(
    client: Any, marketer: Person, seller: Person, settings: Any
) -> None:
    """T41: after five wrong tries for one person, even the right password waits."""
    settings.ACCOUNT_RATE_LIMITS = {}  # the library's own limits, which the tests switch off
    for _ in range(5):
        client.post("/sign-in/login/", {"login": "mia@example.com", "password": "wrong"})
    client.post("/sign-in/login/", {"login": "mia@example.com", "password": PASSWORD})
    assert client.get("/").status_code == 302
    client.post("/sign-in/login/", {"login": "sam@example.com", "password": PASSWORD})
    assert client.get("/").status_code == 200
