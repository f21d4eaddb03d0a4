"""The buttons without a password: only in a demo, on this machine, seen from this machine."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.people.demo import add_demo_people, is_loopback, remove_demo_people
from onefunnel.server.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> list[Person]:
    add_demo_people(at=timezone.now())
    return list(Person.objects.filter(is_simulated=True))


def press(client: Any, person: Person, **extra: str) -> Any:
    return client.post("/look-around/", {"person": str(person.public_id)}, **extra)


def test_the_buttons_are_there_in_a_demo_and_bring_one_in(client: Any, cast: list[Person]) -> None:
    page = client.get("/sign-in/login/").content.decode()
    assert all(f"As {p.short_name} ({p.team_name})".replace("&", "&amp;") in page for p in cast)
    assert press(client, cast[0]).status_code == 302
    page = client.get("/").content.decode()
    assert cast[0].name in page
    assert "Simulated company" in page


def test_outside_a_demo_there_are_none_and_a_made_up_post_is_refused(
    client: Any, cast: list[Person], settings: Any
) -> None:
    remove_demo_people(at=timezone.now())
    assert "Look around" not in client.get("/sign-in/login/").content.decode()
    assert press(client, cast[0]).status_code == 403
    assert client.get("/").status_code == 302


def test_from_another_machine_there_are_none(client: Any, cast: list[Person]) -> None:
    page = client.get("/sign-in/login/", REMOTE_ADDR="192.0.2.7").content.decode()
    assert "Look around" not in page
    assert press(client, cast[0], REMOTE_ADDR="192.0.2.7").status_code == 403
    assert press(client, cast[0], HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 403


@pytest.mark.parametrize(
    ("name", "value"), [("BIND_HOST", "0.0.0.0"), ("PUBLIC_URL", "https://funnel.example.com")]
)
def test_a_demo_that_others_could_reach_offers_none(
    client: Any, cast: list[Person], settings: Any, name: str, value: str
) -> None:
    setattr(settings, name, value)
    assert "Look around" not in client.get("/sign-in/login/").content.decode()
    assert press(client, cast[0]).status_code == 403


def test_a_real_person_is_never_behind_a_button(
    client: Any, cast: list[Person], owner: Person
) -> None:
    press(client, owner)
    assert client.get("/").status_code == 302


def test_get_does_nothing(client: Any, cast: list[Person]) -> None:
    assert client.get("/look-around/").status_code == 405


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.2", False),
        ("", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
