"""R3: whatever people and sequences do in whatever order, no mail goes out blind to sales.

Random walks of four leads through sequences, calls, offers, answers and merges; what really went
out is judged afterwards by the library's own measure, which knows nothing of the check that held
it back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.facts.utc import in_utc
from onefunnel.measures.catalogue import compute_measure
from onefunnel.server.notify.tasks import send_out
from onefunnel.server.run.handovers import commands as handovers
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.run.handovers.telling import fact_of
from onefunnel.server.run.nurture import commands
from onefunnel.server.run.nurture.human import NURTURED
from onefunnel.server.run.nurture.models import Todo
from onefunnel.server.run.nurture.one_person import merged_with
from onefunnel.server.run.nurture.tasks import tick
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.warehouse.duplicates.commands import AlreadyMerged, merge_leads
from onefunnel.server.warehouse.duplicates.queries import standing_lead
from onefunnel.server.warehouse.queries import touches_of_leads
from tests.server.run.handovers.conftest import CARD
from tests.server.run.nurture.conftest import AT, bring, call, consent, letter, switched_on

pytestmark = pytest.mark.django_db
LEADS = ("a", "b", "c", "d")
DEEDS = ("run", "enter", "call", "tick", "send", "run", "enter", "call", "run", "offer", "accept",
         "send_back", "do", "let_go", "run", "enter", "merge")  # fmt: skip
STEPS, WALKS = 50, 6
steps = st.tuples(st.sampled_from(DEEDS), st.sampled_from(LEADS), st.integers(0, 9))
REFUSED = (
    commands.NurtureRefused, commands.NoSuch, handovers.HandoverRefused, tracker.MoveRefused,
)  # fmt: skip


def test_no_walk_ends_with_a_collision(agreed: None, marketer: Any, head: Any, seller: Any) -> None:
    sent: list[int] = []

    @settings(
        max_examples=WALKS,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(steps, min_size=STEPS, max_size=STEPS))
    def walk(deeds: list[tuple[str, str, int]]) -> None:
        with transaction.atomic():
            walked = Walk(marketer, head, seller)
            walked.go(deeds)
            sent.append(walked.sent + judged(agreement, since=walked.merged_at))
            transaction.set_rollback(True)

    agreement = current_book(at=AT).agreement
    walk()
    assert sum(sent) >= 20, "hardly a mail went out, so nothing was tried"


class Walk:
    """Four leads, two sequences, and the deeds that may happen to them."""

    def __init__(self, marketer: Any, head: Any, seller: Any) -> None:
        self.marketer, self.seller, self.at = marketer, seller, AT
        self.sent, self.merged_at = 0, AT - timedelta(days=1)
        bring(*LEADS)
        consent(*LEADS)
        mails = (letter("a"), call("c", wait=4, unit="hours"), letter("b"), letter("d"))
        self.sequences = [
            switched_on(marketer, head, *mails),
            switched_on(marketer, head, letter("a"), letter("b"), letter("d"), name="Other"),
        ]

    def go(self, deeds: list[tuple[str, str, int]]) -> None:
        for deed, lead, hours in deeds:
            self.at += timedelta(hours=hours, minutes=7)
            with suppress(*REFUSED), transaction.atomic():
                getattr(self, deed)(standing_lead(lead), hours)

    def enter(self, lead: str, hours: int) -> None:
        one = self.sequences[hours % 2]
        commands.enter_leads(
            sequence_id=one.public_id, lead_ids=[lead], by=self.marketer, at=self.at
        )

    def run(self, lead: str, hours: int) -> None:
        self.tick(lead, hours)
        self.send(lead, hours)
        self.tick(lead, hours)

    def tick(self, lead: str, hours: int) -> None:
        tick(at=self.at)

    def send(self, lead: str, hours: int) -> None:
        send_out(at=self.at)
        self.at += timedelta(seconds=1)  # sending takes a moment of its own

    def call(self, lead: str, hours: int) -> None:
        tracker.note_contact(lead_id=lead, kind="called", by=self.seller, at=self.at)

    def offer(self, lead: str, hours: int) -> None:
        handovers.offer_lead(lead_id=lead, card=CARD, by=self.marketer, at=self.at)

    def accept(self, lead: str, hours: int) -> None:
        for one in Handover.objects.filter(lead_id__in=merged_with(lead), status=Status.OFFERED):
            handovers.accept_handover(handover_id=one.public_id, by=self.seller, at=self.at)

    def send_back(self, lead: str, hours: int) -> None:
        for one in Handover.objects.filter(lead_id__in=merged_with(lead), status=Status.OFFERED):
            handovers.return_handover(
                handover_id=one.public_id, reason="data-missing", better="More.", by=self.seller,
                at=self.at,
            )  # fmt: skip

    def let_go(self, lead: str, hours: int) -> None:
        """Sales puts the lead back: nobody holds it any more."""
        tracker.change_lead(lead_id=lead, fields={"owner": ""}, by=self.seller, at=self.at)

    def merge(self, lead: str, hours: int) -> None:
        """Two of them are found to be one. What went before is judged before: nobody could
        know then that the other was meant."""
        kept = LEADS[(LEADS.index(lead) + 1) % len(LEADS)]
        if hours:
            return
        with suppress(AlreadyMerged):
            sent = judged(current_book(at=self.at).agreement, since=self.merged_at)
            merge_leads(kept_lead_id=kept, merged_lead_id=lead, by=None, at=self.at)
            self.sent, self.merged_at = self.sent + sent, self.at

    def do(self, lead: str, hours: int) -> None:
        for one in Todo.objects.filter(lead_id__in=merged_with(lead), ended_at=None):
            commands.do_todo(todo_id=one.public_id, by=self.seller, at=self.at)


def judged(agreement: Agreement, *, since: datetime) -> int:
    """How many mails went out after that moment, having made sure that none collided."""
    touches = [
        dict(one)
        for rows in touches_of_leads(LEADS).values()
        for one in rows
        if one["kind"] != NURTURED or str(one["at"]) > str(in_utc(since))
    ]
    if not touches:
        return 0
    offers = [
        {**fact_of(one), "lead_id": standing_lead(one.lead_id)}
        for one in Handover.objects.exclude(status=Status.WAITING)
    ]
    text = ("touch_id", "lead_id", "channel", "kind", "team", "campaign")
    tables: dict[str, Any] = {
        "touches": pa.table(
            {name: pa.array([one[name] for one in touches], pa.string()) for name in text}
            | {"at": pa.array([one["at"] for one in touches], pa.timestamp("us"))}
        ),
        "moves": pa.table({"lead_id": ["a"], "at": [touches[0]["at"]], "stage": ["MQL"]}),
    }
    if offers:
        schema = pa.schema(
            [(name, pa.timestamp("us") if name.endswith("_at") else pa.string())
             for name in offers[0]]
        )  # fmt: skip
        tables["handovers"] = pa.Table.from_pylist(offers, schema=schema)
    connection = ibis.duckdb.connect()
    made = {name: connection.create_table(name, table) for name, table in tables.items()}
    facts = Facts(made, data_at=max(one["at"] for one in touches))
    result = compute_measure("collisions", facts, agreement)
    assert result.totals["collisions"] == 0, result.rows
    return int(str(result.totals["n"]))
