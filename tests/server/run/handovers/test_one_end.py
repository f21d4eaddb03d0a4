"""Every offered lead ends in exactly one of accepted, rejected, recycled, expired, whatever is
tried in whatever order; what was sent back waits for the giver (mission R2)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefunnel.server.record.models import Event
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import OPEN, Handover, Status
from onefunnel.server.run.handovers.tasks import tick
from onefunnel.server.warehouse.models import FactHandovers
from tests.server.run.handovers.conftest import AT, CARD, bring

REFUSALS = (commands.HandoverRefused, PermissionDenied)
ENDS = {"accepted", "rejected", "recycled", "expired", "returned"}
DEEDS = ("offer", "accept", "reject", "return", "recycle", "reply", "pause", "resume", "enter")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(DEEDS), st.sampled_from(["marketer", "seller"]), st.integers(0, 3),
        st.integers(0, 30),
    ),
    min_size=5, max_size=25,
)  # fmt: skip


def do(deed: str, by: Any, at: Any, last: Handover | None) -> None:
    """One deed on the last handover there is; what is refused is refused."""
    on = {"handover_id": last.public_id if last else "none", "by": by, "at": at}
    try:
        match deed:
            case "offer":
                commands.offer_lead(lead_id="a", card=CARD, by=by, at=at)
            case "enter":
                commands.offer_on_entry(lead_id="a", stage="MQL", at=at)
            case "accept":
                commands.accept_handover(**on)
            case "reject":
                commands.reject_handover(**on, reason="no-need", is_gap=True)
            case "return":
                commands.return_handover(**on, reason="data-missing", better="More")
            case "recycle":
                commands.recycle_handover(**on, wake_on=date(2030, 1, 1))
            case "reply":
                commands.reply_to_rejection(**on, text="Well")
            case "pause":
                commands.pause_clock(**on, why="So")
            case "resume":
                commands.resume_clock(**on)
    except (*REFUSALS, commands.NoSuchHandover):
        pass


@pytest.mark.django_db
@given(steps=STEPS)
@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_each_offer_has_one_end(steps: Any, agreed: None, marketer: Any, seller: Any) -> None:
    from django.db import transaction

    with transaction.atomic():
        bring("a")
        at = AT
        for deed, who, hours, ticks in steps:
            at += timedelta(hours=hours)
            last = Handover.objects.order_by("-pk").first()
            do(deed, marketer if who == "marketer" else seller, at, last)
            if ticks > 25:
                at += timedelta(days=3)
                tick(at=at)
        check()
        at += timedelta(days=30)
        for one in Handover.objects.filter(paused_at__isnull=False):
            commands.resume_clock(handover_id=one.public_id, by=seller, at=at)
        tick(at=at + timedelta(days=30))
        assert not Handover.objects.filter(status__in=OPEN).exists()
        check()
        transaction.set_rollback(True)


def check() -> None:
    """Rows, events and facts tell the same story: so many ends, one for each offer."""
    rows = list(Handover.objects.order_by("pk"))
    ends = Counter(row.status for row in rows if row.status not in OPEN)
    assert set(ends) <= ENDS
    assert sum(row.status in OPEN for row in rows) <= 1
    said = {
        "run.lead-accepted": Status.ACCEPTED, "run.lead-rejected": Status.REJECTED,
        "run.lead-returned": Status.RETURNED, "run.lead-recycled": Status.RECYCLED,
        "run.handover-expired": Status.EXPIRED,
    }  # fmt: skip
    told = Counter(
        (event.subject, str(said[event.kind])) for event in Event.objects.filter(kind__in=said)
    )
    assert told == Counter(
        (f"handover:{row.public_id}", row.status) for row in rows if row.status not in OPEN
    )
    facts = FactHandovers.objects.filter(replaced_by=None)
    kept = {fact.handover_id: fact.outcome for fact in facts}
    assert kept == {str(row.public_id): None if row.status in OPEN else row.status for row in rows}
    for before, after in pairwise(rows):
        assert after.previous_id == before.pk
