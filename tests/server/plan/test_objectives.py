"""Objectives: drafted, changed, taken back, signed by both sides, set aside; who may."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.plan import commands, queries
from onefunnel.server.plan.models import Objective, RowsAreKept, Wording
from onefunnel.server.plan.wording import ObjectiveRefused
from onefunnel.server.record.models import Event
from tests.server.measure.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(demo: Company, hal: Any, typed: dict[str, str], now: datetime) -> Objective:
    return commands.draft_objective(typed=typed, by=hal, at=now)


def view(objective: Objective) -> queries.ObjectiveView:
    found = queries.objective_view(objective.public_id)
    assert found is not None
    return found


def test_it_is_a_draft_until_both_heads_have_signed_these_words(
    drafted: Objective, hal: Any, sue: Any, now: datetime
) -> None:
    one = view(drafted)
    assert (one.title, one.standing) == ("120 won leads by 31 May 2027", "draft")
    digest = one.wording.digest
    commands.sign_objective(objective_id=drafted.public_id, digest=digest, by=hal, at=now)
    assert view(drafted).standing == "draft, signed by Marketing"
    assert queries.objectives_to_sign(sue) == 1
    with pytest.raises(ObjectiveRefused, match="already"):
        commands.sign_objective(objective_id=drafted.public_id, digest=digest, by=hal, at=now)
    commands.sign_objective(objective_id=drafted.public_id, digest=digest, by=sue, at=now)
    assert view(drafted).is_signed
    assert queries.objectives_to_sign(sue) == 0


def test_a_change_voids_signatures_and_so_does_taking_it_back(
    drafted: Objective, hal: Any, typed: dict[str, str], now: datetime
) -> None:
    before = view(drafted).wording.digest
    commands.sign_objective(objective_id=drafted.public_id, digest=before, by=hal, at=now)
    more = typed | {"amount": "130"}
    commands.change_objective(
        objective_id=drafted.public_id, typed=more, revision=1, by=hal, at=now
    )
    changed = view(drafted)
    assert changed.standing == "draft"
    with pytest.raises(ObjectiveRefused, match="changed since"):
        commands.sign_objective(objective_id=drafted.public_id, digest=before, by=hal, at=now)
    with pytest.raises(ObjectiveRefused, match="meanwhile"):
        commands.change_objective(
            objective_id=drafted.public_id, typed=typed, revision=1, by=hal, at=now
        )
    commands.undo_change(objective_id=drafted.public_id, revision=2, by=hal, at=now)
    back = view(drafted)
    assert back.wording.amount == 120
    assert back.standing == "draft"
    with pytest.raises(ObjectiveRefused):
        commands.undo_change(objective_id=drafted.public_id, revision=2, by=hal, at=now)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "plan.objective-drafted", "plan.objective-signed", "plan.objective-changed",
        "plan.objective-changed",
    ]  # fmt: skip
    with pytest.raises(RowsAreKept):
        Wording.objects.all()[0].save()


def test_who_may(
    drafted: Objective, outsider: Any, marketer: Any, operations: Any, owner: Any,
    typed: dict[str, str], now: datetime,
) -> None:  # fmt: skip
    digest = view(drafted).wording.digest
    with pytest.raises(PermissionDenied):
        commands.draft_objective(typed=typed, by=outsider, at=now)
    for person in (marketer, operations):
        with pytest.raises(PermissionDenied):
            commands.sign_objective(
                objective_id=drafted.public_id, digest=digest, by=person, at=now
            )
    with pytest.raises(ObjectiveRefused, match="does not sign"):  # leadership
        commands.sign_objective(objective_id=drafted.public_id, digest=digest, by=owner, at=now)


def test_what_is_set_aside_changes_no_more_until_it_is_taken_up(
    drafted: Objective, hal: Any, typed: dict[str, str], now: datetime
) -> None:
    commands.set_aside(objective_id=drafted.public_id, by=hal, at=now)
    with pytest.raises(ObjectiveRefused, match="set aside"):
        commands.change_objective(
            objective_id=drafted.public_id, typed=typed, revision=1, by=hal, at=now
        )
    assert not view(drafted).may_sign(hal)
    commands.take_up(objective_id=drafted.public_id, by=hal, at=now)
    assert view(drafted).may_sign(hal)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": "many"}, "as a number"),
        ({"amount": "0"}, "above zero"),
        ({"amount": "1.5"}, "whole"),
        ({"outcome": "luck"}, "what is to come out"),
        ({"outcome": "margin", "currency": "euro"}, "three letters"),
        ({"outcome": "share", "amount": "101"}, "at most 100"),
        ({"until": "2026-01-01"}, "has to come after"),
        ({"until": "2099-01-01"}, "within ten years"),
        ({"until": "soon"}, "by which day"),
        ({"where": "no_such = 1"}, "cannot be read"),
        ({"segment": "Nobody"}, "no segment Nobody"),
    ],
)
def test_what_cannot_be_kept_says_what_to_write(
    demo: Company, hal: Any, typed: dict[str, str], now: datetime, wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(ObjectiveRefused, match=said):
        commands.draft_objective(typed=typed | wrong, by=hal, at=now)
    assert not Objective.objects.exists()
