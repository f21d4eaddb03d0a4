"""Both teams sign one text; with the last signature it is agreed, and nothing can change it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree import commands, queries
from onefunnel.server.agree.commands import CannotSign, NotComplete, NotSigned
from onefunnel.server.agree.models import AgreementVersion, Signature, VersionsAreKept
from onefunnel.server.record.models import Event

WHOLE = write_yaml(load("demand_waterfall"))


@pytest.fixture
def seller_head(make_person: Any) -> Any:
    """Hedda, head of sales."""
    return make_person("Hedda Holm", team="sales", role="lead")


def version_in_use(by: Any, at: datetime, text: str = WHOLE) -> AgreementVersion:
    version = commands.import_agreement(text=text, by=by, at=at)
    commands.adopt_agreement(version_id=version.public_id, by=by, at=at, refresh=False)
    return version


def sign(version: AgreementVersion, by: Any, at: datetime) -> Signature:
    return commands.sign_version(version_id=version.public_id, by=by, at=at)


def test_with_the_last_signature_it_is_agreed(head: Any, seller_head: Any, now: datetime) -> None:
    version = version_in_use(head, now)
    sign(version, head, now)
    found = queries.in_use(at=now)
    assert found is not None
    assert found.agreement.status == "in use"
    sign(version, seller_head, now)
    found = queries.in_use(at=now)
    assert found is not None
    assert found.agreement.is_agreed
    assert found.agreement.digest == version.digest
    kinds = Event.objects.filter(kind="agree.version-signed").values_list("payload", flat=True)
    assert sorted(payload["team"] for payload in kinds) == ["marketing", "sales"]


def test_a_changed_text_needs_new_signatures_before_it_follows_a_signed_one(
    head: Any, seller_head: Any, signed_in: Any, now: datetime
) -> None:
    """What both teams signed binds both: no one of them puts an unsigned text in its place."""
    version = version_in_use(head, now)
    sign(version, head, now)
    sign(version, seller_head, now)
    later, text = now + timedelta(hours=1), WHOLE.replace("title: ", "title: New ")
    changed = commands.import_agreement(text=text, by=head, at=later)
    assert changed.digest != version.digest
    sign(changed, head, later)
    with pytest.raises(NotSigned, match="binds both"):
        commands.adopt_agreement(version_id=changed.public_id, by=head, at=later, refresh=False)
    answer = signed_in(head).post(reverse("agree:adopt", args=[changed.public_id]), {})
    assert answer.status_code == 422
    assert "comes into force once both teams have signed it too" in answer.content.decode()
    sign(changed, seller_head, later)
    commands.adopt_agreement(version_id=changed.public_id, by=head, at=later, refresh=False)
    found = queries.in_use(at=now + timedelta(hours=2))
    assert found is not None
    assert found.version == changed
    assert found.agreement.is_agreed


def test_who_may_sign(
    head: Any, seller: Any, owner: Any, service: Any, make_person: Any, now: datetime
) -> None:
    version = version_in_use(head, now)
    for member in (seller, service):
        with pytest.raises(PermissionDenied):
            sign(version, member, now)
    with pytest.raises(CannotSign, match="Leadership is not among those who sign"):
        sign(version, owner, now)
    sign(version, head, now)
    other = make_person("Max Moor", team="marketing", role="lead")
    with pytest.raises(CannotSign, match="Marketing has signed this version already"):
        sign(version, other, now)
    assert Signature.objects.count() == 1


def test_a_version_with_gaps_is_not_signed(head: Any, now: datetime) -> None:
    text = WHOLE.replace("why:", "# why:", 1)
    version = commands.import_agreement(text=text, by=head, at=now)
    with pytest.raises(NotComplete, match="gap"):
        sign(version, head, now)


def test_a_signature_is_kept_and_tampering_is_seen(
    head: Any, seller_head: Any, now: datetime
) -> None:
    version = version_in_use(head, now)
    first = sign(version, head, now)
    sign(version, seller_head, now)
    assert queries.broken_seals() == []
    with pytest.raises(VersionsAreKept):
        first.delete()
    for change in (
        "UPDATE agree_signature SET team = 'leadership' WHERE team = 'sales'",
        "UPDATE agree_signature SET digest = 'x' WHERE team = 'marketing'",
        "DELETE FROM agree_signature WHERE team = 'marketing'",
    ):
        with connection.cursor() as cursor:
            cursor.execute(change)
        assert any("signature" in one.what.lower() for one in queries.broken_seals()), change


def test_a_text_changed_behind_the_program_is_not_signed(head: Any, now: datetime) -> None:
    version = version_in_use(head, now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE agree_agreementversion SET text = replace(text, 'title: ', 'title: X')"
        )
    with pytest.raises(CannotSign, match="changed in the database"):
        sign(version, head, now)


def test_the_page_shows_who_signed_and_offers_the_button_to_whom_it_belongs(
    signed_in: Any, head: Any, seller_head: Any, seller: Any, now: datetime
) -> None:
    version = version_in_use(head, now)
    page = reverse("agree:version", args=[version.public_id])
    deed = reverse("agree:sign", args=[version.public_id])
    assert "Sign for" not in signed_in(seller).get(page).content.decode()
    assert signed_in(seller).post(deed).status_code == 403
    client = signed_in(seller_head)
    assert "Sign for Sales" in client.get(page).content.decode()
    after = client.post(deed, follow=True).content.decode()
    assert "✓ signed" in after
    assert "Hedda Holm" in after
    assert "Sign for Sales" not in after
    again = client.post(deed, follow=True).content.decode()
    assert "Sales has signed this version already" in again
    assert "not signed yet" in client.get(reverse("agree:home")).content.decode()
    signed_in(head).post(deed)
    assert "✓ agreed" in client.get(reverse("agree:home")).content.decode()


def test_one_team_written_twice_is_one_team(head: Any, now: datetime) -> None:
    """`marketing` and `Marketing` are no two sides: one signature would be an agreement."""
    text = WHOLE.replace("- team: sales", "- team: Marketing")
    assert text != WHOLE
    version = commands.import_agreement(text=text, by=head, at=now)
    with pytest.raises(CannotSign, match="two teams have to sign"):
        sign(version, head, now)


def test_a_team_that_nobody_works_in_cannot_be_named(head: Any, now: datetime) -> None:
    text = WHOLE.replace("- team: sales", "- team: the moon")
    version = commands.import_agreement(text=text, by=head, at=now)
    with pytest.raises(CannotSign, match="nobody here works in the moon"):
        sign(version, head, now)


def test_nobody_signs_for_both_sides(head: Any, now: datetime) -> None:
    version = version_in_use(head, now)
    sign(version, head, now)
    head.team = "sales"
    head.save()
    with pytest.raises(CannotSign, match="each team has its own signatory"):
        sign(version, head, now)
