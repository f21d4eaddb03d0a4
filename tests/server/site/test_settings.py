"""The settings load, every room has its migrations, and pages answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_every_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_today_answers_a_member_who_is_signed_in(signed_in: Any, marketer: Any) -> None:
    assert signed_in(marketer).get("/").status_code == 200


@pytest.mark.django_db
def test_today_sends_a_stranger_to_sign_in(client: Any) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/login/")
