"""Turns: fair, never to who is away, full or takes other leads; nobody free is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.server.notify.models import Notice
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Absence, Handover, Receiver
from onefunnel.server.run.handovers.routing import Candidate, next_in_turn
from tests.server.run.handovers.conftest import AT, CARD, bring


def test_ten_thousand_leads_go_round_fairly() -> None:
    """T25: whoever is free gets as many as the others, give or take one; nobody else gets any."""
    chance = Random(25)
    people = [Candidate(n, 0, 0, 40, False, True, True) for n in range(6)]
    given = Counter[int]()
    block = Counter[int]()
    for number in range(1, 10_001):
        if number % 500 == 1:  # somebody else is away, somebody is full
            block.clear()
            away, full = chance.sample(range(6), 2)
            people = [
                replace(one, is_away=one.person == away, open=40 if one.person == full else 0)
                for one in people
            ]
        chosen = next_in_turn(people)
        assert chosen is not None
        assert chosen.is_free
        given[chosen.person] += 1
        block[chosen.person] += 1
        people[chosen.person] = replace(chosen, last_given=number)
        free = [block[one.person] for one in people if one.is_free]
        assert max(free) - min(free) <= 1
    assert sum(given.values()) == 10_000


def test_nobody_is_chosen_where_nobody_is_free() -> None:
    assert next_in_turn([]) is None
    one = Candidate(1, 0, 0, None, False, True, True)
    assert next_in_turn([one]) == one
    for busy in ({"is_away": True}, {"is_in_turn": False}, {"fits": False}, {"capacity": 0}):
        assert next_in_turn([replace(one, **busy)]) is None


@pytest.mark.django_db
def test_leads_go_round_the_team(
    agreed: None, marketer: Any, seller: Any, second_seller: Any, make_person: Any
) -> None:
    make_person("Vera View", team="sales", role="viewer")
    bring(*"abcd")
    got = [_offer(key, marketer).assigned_to for key in "abcd"]
    assert got == [seller, second_seller, seller, second_seller]


@pytest.mark.django_db
def test_capacity_absence_and_territory(
    agreed: None, marketer: Any, seller: Any, second_seller: Any, owner: Any, make_person: Any
) -> None:
    head = make_person("Hans Hill", team="sales", role="lead")
    _turn(head, owner, is_in_turn=False)
    _turn(seller, owner, capacity=1)
    _turn(second_seller, owner, territory="country = 'UK'")
    bring(*"abc")
    bring("d", country="France")
    commands.say_absence(
        person_id=second_seller.public_id, from_on=AT.date(), until_on=AT.date(),
        by=second_seller, at=AT,
    )  # fmt: skip
    assert _offer("a", marketer).assigned_to == seller
    assert _offer("b", marketer).assigned_to is None  # he is full, she is away
    assert "Nobody in Sales is free" in Notice.objects.get(person=head).title
    tomorrow = AT + timedelta(days=1)
    assert _offer("c", marketer, at=tomorrow).assigned_to == second_seller
    assert _offer("d", marketer, at=tomorrow).assigned_to is None  # not her country
    waiting = Handover.objects.get(lead_id="d")
    with pytest.raises(commands.HandoverRefused, match="Only a head"):
        commands.reassign_handover(
            handover_id=waiting.public_id, to=second_seller.public_id, by=seller, at=AT
        )
    to = {"handover_id": waiting.public_id, "to": second_seller.public_id}
    assert commands.reassign_handover(**to, by=head, at=AT).assigned_to == second_seller
    with pytest.raises(commands.BadAnswer):
        commands.reassign_handover(
            handover_id=waiting.public_id, to=marketer.public_id, by=head, at=AT
        )


@pytest.mark.django_db
def test_who_may_arrange_what(seller: Any, second_seller: Any, operations: Any) -> None:
    _turn(seller, operations, capacity=3)
    assert Receiver.objects.get(person=seller).capacity == 3
    with pytest.raises(commands.ChangedMeanwhile):
        _turn(seller, operations, capacity=4)
    with pytest.raises(commands.BadAnswer, match="cannot be read"):
        _turn(seller, operations, territory="country =", revision=1)
    with pytest.raises(PermissionDenied):
        _turn(seller, second_seller, revision=1)
    away = {"from_on": date(2026, 12, 1), "until_on": date(2026, 12, 2), "at": AT}
    with pytest.raises(PermissionDenied):
        commands.say_absence(person_id=seller.public_id, by=second_seller, **away)
    mine = commands.say_absence(person_id=seller.public_id, by=seller, **away)
    with pytest.raises(commands.BadAnswer):
        commands.say_absence(
            person_id=seller.public_id, by=seller, **{**away, "until_on": date(2026, 11, 1)}
        )
    with pytest.raises(PermissionDenied):
        commands.remove_absence(absence_id=mine.public_id, by=second_seller, at=AT)
    commands.remove_absence(absence_id=mine.public_id, by=seller, at=AT)
    assert not Absence.objects.exists()


def _offer(lead: str, by: Any, at: Any = AT) -> Handover:
    return commands.offer_lead(lead_id=lead, card=CARD, by=by, at=at)


def _turn(person: Any, by: Any, **said: Any) -> None:
    given = {"is_in_turn": True, "capacity": None, "territory": "", "revision": 0} | said
    commands.save_turn(person_id=person.public_id, by=by, at=AT, **given)
