"""The deeds on results of experiments: enter one, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from onefunnel.server.measure.lift import events
from onefunnel.server.measure.lift.models import LiftTest
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append

ENTER = "enter tests"


class TestRefused(ValueError):
    """A result cannot be kept like that; the words say why and what to do."""


class NoSuchTest(LookupError):
    """There is no such result, or it was taken back already."""


def enter_test(*, typed: Mapping[str, str], by: Person, at: datetime) -> LiftTest:
    """Keep what an experiment showed. `typed` holds kind, split, name, since, until (days) and
    lift, low, high in per cent, as people type them. Raises TestRefused."""
    require(by, ENTER)
    made = LiftTest(
        kind=_one_of(typed, "kind", LiftTest.Kind.values, "how it was tested"),
        split=_one_of(typed, "split", LiftTest.Split.values, "what was tested"),
        name=_name(typed.get("name", "")),
        since=_day(typed, "since", "first day"),
        until=_day(typed, "until", "last day"),
        lift=_share(typed, "lift", "lift"),
        low=_share(typed, "low", "low end"),
        high=_share(typed, "high", "high end"),
        entered_by=by,
        entered_at=at,
    )
    if made.since > made.until:
        raise TestRefused("The first day comes after the last one. Swap the two days.")
    if not made.low <= made.lift <= made.high:
        raise TestRefused("The lift lies outside its own interval. Check its low and high end.")
    with transaction.atomic():
        made.save()
        _tell(events.TEST_ENTERED, made, by, at)
    return made


def take_back(*, test_id: object, by: Person, at: datetime) -> None:
    """Take a result back; it stays in the record. Raises NoSuchTest."""
    require(by, ENTER)
    with transaction.atomic():
        standing = LiftTest.objects.filter(public_id=test_id, taken_back_at=None)
        if not standing.update(taken_back_by=by, taken_back_at=at):
            raise NoSuchTest(f"There is no test {test_id}.")
        _tell(events.TEST_TAKEN_BACK, LiftTest.objects.get(public_id=test_id), by, at)


def _one_of(typed: Mapping[str, str], field: str, known: list[str], what: str) -> str:
    if typed.get(field) not in known:
        raise TestRefused(f"Say {what}: {' or '.join(known)}.")
    return typed[field]


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 200 or "\x00" in name:
        raise TestRefused("Say which channel, campaign or tactic was tested, as the data name it.")
    return name


def _day(typed: Mapping[str, str], field: str, what: str) -> date:
    try:
        return date.fromisoformat(typed.get(field, ""))
    except ValueError:
        raise TestRefused(f"The {what} is no day. Write it as 2026-03-31.") from None


def _share(typed: Mapping[str, str], field: str, what: str) -> Decimal:
    text = typed.get(field, "").strip().removesuffix("%").replace(",", ".").strip()
    try:
        share = (Decimal(text) / 100).quantize(Decimal("0.0001"))
    except InvalidOperation:
        share = Decimal("NaN")
    if not share.is_finite():
        raise TestRefused(f"The {what} is no number. Write per cent, as 12.5.")
    if not -1 < share < 1000:
        raise TestRefused(f"The {what} has to lie above -100 per cent and below 100,000.")
    return share


def _tell(kind: str, test: LiftTest, by: Person, at: datetime) -> None:
    append(kind=kind, at=at, by=by, subject=f"test:{test.public_id}",
           payload={"kind": test.kind, "split": test.split})  # fmt: skip
