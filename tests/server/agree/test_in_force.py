"""What both teams signed stays in force until something comes that both signed too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from onefunnel.facts.store import Facts
from onefunnel.server.agree import commands, queries
from onefunnel.server.agree.in_force import Course, Decided, course_of
from onefunnel.server.agree.models import Adoption, AgreementVersion
from tests.server.agree.test_signing import WHOLE, seller_head, sign, version_in_use

__all__ = ["seller_head"]
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def number_in_use(at: datetime) -> int | None:
    """By `in_use`, which `version_in_use` has to agree with."""
    found = queries.in_use(at=at)
    fast = queries.version_in_use(at=at)
    assert fast == (None if found is None else (found.version.pk, found.version.digest))
    return None if found is None else found.version.number


def decided_on(text: str, by: Any, at: datetime, start: datetime) -> AgreementVersion:
    version = commands.import_agreement(text=text, by=by, at=at)
    commands.adopt_agreement(
        version_id=version.public_id, by=by, at=at, effective_from=start, refresh=False
    )
    return version


@pytest.fixture
def two(
    data: Facts, head: Any, seller_head: Any, now: datetime
) -> tuple[AgreementVersion, AgreementVersion]:
    """The second is decided on for thirty days later; only then do both teams sign the first."""
    first = version_in_use(head, now)
    second = decided_on(WHOLE.replace("title: ", "title: Mine "), head, now, now + 30 * DAY)
    sign(first, head, now)
    sign(first, seller_head, now)
    return first, second


def test_an_unsigned_version_decided_on_before_does_not_replace_a_signed_one(
    two: Any, now: datetime
) -> None:
    for days in (0, 29, 30, 31, 400):
        assert number_in_use(now + days * DAY) == 1
        found = queries.in_use(at=now + days * DAY)
        assert found is not None
        assert found.agreement.is_agreed
    assert queries.coming(at=now) is None
    assert [one.version.number for one in queries.uses(at=now + 31 * DAY)] == [1]
    (waits,) = queries.waiting(at=now)
    assert (waits.version, waits.effective_from, waits.is_coming) == (two[1], now + 30 * DAY, True)
    (waits,) = queries.waiting(at=now + 31 * DAY)
    assert not waits.is_coming


@pytest.mark.parametrize(("signed", "starts"), [(10, 30), (30, 30), (45, 45)])
def test_it_comes_into_force_once_both_signed_it_and_not_before_its_day(
    two: Any, head: Any, seller_head: Any, now: datetime, signed: int, starts: int
) -> None:
    sign(two[1], head, now + DAY)
    sign(two[1], seller_head, now + signed * DAY)
    assert number_in_use(now + starts * DAY - timedelta(seconds=1)) == 1
    assert number_in_use(now + starts * DAY) == 2
    found = queries.in_use(at=now + 50 * DAY)
    assert found is not None
    assert found.effective_from == now + starts * DAY
    told = queries.uses(at=now + 50 * DAY)
    assert [(one.version.number, one.effective_from) for one in told] == [
        (1, now), (2, now + starts * DAY),
    ]  # fmt: skip
    assert queries.waiting(at=now + 50 * DAY) == ()


def test_the_copy_follows_with_the_last_signature(
    two: Any, head: Any, seller_head: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "onefunnel.server.agree.commands._follow", lambda *_: asked.append("follow")
    )
    sign(two[1], head, now + 40 * DAY)
    assert asked == []
    sign(two[1], seller_head, now + 45 * DAY)
    assert asked == ["follow"]


def test_it_is_worked_out_once_until_somebody_signs(
    two: Any, head: Any, seller_head: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every lead that comes in asks."""
    course, asked = queries._course, []

    def counting(at: datetime) -> Course:
        asked.append(at)
        return course(at)

    monkeypatch.setattr(queries, "_course", counting)
    later = now + 31 * DAY
    for minute in range(5):
        found = queries.version_in_use(at=later + timedelta(minutes=minute))
        assert found == (two[0].pk, two[0].digest)
    assert asked == [later]
    for by in (head, seller_head):
        sign(two[1], by, later)
    assert queries.version_in_use(at=later) == (two[1].pk, two[1].digest)


def test_the_pages_say_that_it_waits(two: Any, signed_in: Any, head: Any) -> None:
    client = signed_in(head)
    for path in ("/agree/", "/agree/versions/", "/agree/changes/",
                 reverse("agree:version", args=[two[1].public_id])):  # fmt: skip
        page = client.get(path).content.decode()
        assert "waits for signatures: it comes into force once both teams have signed it" in page
        assert ">comes into force on" not in page, path
    told = client.get("/api/agree/current").json()
    assert (told["version"], told["status"], told["next_version"]) == ("1", "agreed", None)


def test_nothing_signed_nothing_waits(data: Facts, head: Any, seller_head: Any) -> None:
    """What only one team signed binds nobody; and signing what is no longer in force does not
    bring it back."""
    now = timezone.now() - 60 * DAY
    first = version_in_use(head, now)
    sign(first, head, now)
    decided_on(WHOLE.replace("title: ", "title: Mine "), head, now, now + 30 * DAY)
    coming = queries.coming(at=now)
    assert coming is not None
    assert coming.version.number == 2
    assert number_in_use(now + 31 * DAY) == 2
    sign(first, seller_head, now + 40 * DAY)
    assert number_in_use(now + 41 * DAY) == 2


def decision(number: int, day: int, signed: int | None) -> Decided:
    adoption = Adoption(pk=number, version_id=number, effective_from=START + day * DAY,
                        adopted_at=START, adopted_by_id=1)  # fmt: skip
    return Decided(adoption, None if signed is None else START + signed * DAY)


@pytest.mark.parametrize(
    ("decided", "came", "waiting"),
    [
        # each: the version's day, and the day of its last signature
        ([(0, None), (5, None)], [(1, 0), (2, 5)], []),
        ([(0, 0), (5, None), (9, 9)], [(1, 0), (3, 9)], []),
        ([(0, 0), (5, 20), (9, 9)], [(1, 0), (3, 9)], []),
        ([(0, 0), (5, 7), (9, None)], [(1, 0), (2, 7)], [3]),
        ([(0, 0), (5, None), (9, None)], [(1, 0)], [2, 3]),
        ([(0, 0), (5, 30), (9, 20)], [(1, 0), (3, 20)], []),
        ([(0, 0), (5, 20), (9, 30)], [(1, 0), (2, 20), (3, 30)], []),
    ],
)
def test_what_comes_of_decisions(
    decided: list[tuple[int, int | None]], came: list[tuple[int, int]], waiting: list[int]
) -> None:
    rows = [decision(number, *each) for number, each in enumerate(decided, 1)]
    found = course_of(rows)
    assert [(one.adoption.pk, (at - START).days) for at, one in found.came] == came
    assert [one.adoption.pk for one in found.waiting] == waiting
