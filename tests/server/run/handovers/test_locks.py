"""Everybody locks in one order: the door first, so that no two deeds wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Handover
from tests.server.run.handovers.conftest import AT, CARD, bring

pytestmark = pytest.mark.django_db
_WRITES = ("INSERT", "UPDATE", "DELETE")


def _first_write(deed: Callable[[], object]) -> str:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        deed()
    return next(sql for one in asked if (sql := one["sql"]).startswith(_WRITES))


def test_each_deed_holds_the_door_before_it_writes(
    offered: Handover, marketer: Any, seller: Any, owner: Any, second_seller: Any
) -> None:
    name = offered.public_id
    bring("w", company=None)
    (waits,) = commands.offer_on_entry(lead_id="w", stage="MQL", at=AT)
    bring("late")
    late = commands.offer_lead(lead_id="late", card=CARD, by=marketer, at=AT)

    def reject(one: Handover) -> None:
        commands.reject_handover(
            handover_id=one.public_id, reason="no-need", is_gap=True, by=seller, at=AT
        )

    deeds: dict[str, Callable[[], object]] = {
        "reassign": lambda: commands.reassign_handover(
            handover_id=name, to=second_seller.public_id, by=second_seller, at=AT
        ),
        "pause": lambda: commands.pause_clock(handover_id=name, why="x", by=seller, at=AT),
        "resume": lambda: commands.resume_clock(handover_id=name, by=seller, at=AT),
        "withdraw": lambda: commands.withdraw(handover_id=waits.public_id, by=marketer, at=AT),
        "reject": lambda: reject(offered),
        "reply": lambda: commands.reply_to_rejection(
            handover_id=name, text="Why?", by=marketer, at=AT
        ),
        "reject another": lambda: reject(late),
        "a reply is late": lambda: commands.keep_promises(at=AT + timedelta(days=9)),
        "hours": lambda: commands.save_hours(
            team="sales", zone="", week=[[]] * 7, holidays=[], revision=0, by=owner, at=AT
        ),
        "turn": lambda: commands.save_turn(
            person_id=seller.public_id, is_in_turn=True, capacity=None, territory="", revision=0,
            by=owner, at=AT,
        ),
    }  # fmt: skip
    for deed, do in deeds.items():
        assert "warehouse_counter" in _first_write(do), deed
