"""What people do with handovers here is what the promises are measured by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from onefunnel.agreement.templates.templates import load
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.queries import current_facts
from tests.server.run.handovers.conftest import AT, CARD, bring


def test_the_tracker_feeds_the_scorecard(
    agreed: None, marketer: Any, seller: Any, workspace: Any
) -> None:
    """Two leads accepted in time, one called five times; one rejected and replied to."""
    leads = ("a", "b", "c")
    bring(*leads)
    for lead in leads:
        one = commands.offer_lead(lead_id=lead, card=CARD, by=marketer, at=AT)
        soon = AT + timedelta(hours=1)
        if lead == "c":
            commands.reject_handover(
                handover_id=one.public_id, reason="no-need", is_gap=True, by=seller, at=soon
            )
            commands.reply_to_rejection(
                handover_id=one.public_id, text="We see.", by=marketer, at=AT + timedelta(hours=2)
            )
        else:
            commands.accept_handover(handover_id=one.public_id, by=seller, at=soon)
    for day in range(5):
        at = AT + timedelta(days=day, hours=2)
        tracker.note_contact(lead_id="a", kind="called", by=seller, at=at)
    refresh_copy(at=AT + timedelta(days=5))
    agreement = load("demand_waterfall")
    facts = current_facts()
    rows = {row["promise"]: row for row in compute_measure("promises", facts, agreement).rows}

    def counts(name: str) -> tuple[object, ...]:
        return tuple(rows[name][state] for state in ("kept", "broken", "open", "unmeasured"))

    assert counts("Every lead is answered in time") == (3, 0, 0, 0)
    assert counts("Leads that are accepted") == (2, 1, 0, 0)
    assert counts("Rejections are answered") == (1, 0, 0, 0)
    assert counts("Accepted leads are tried again") == (1, 0, 1, 0)
    assert (rows["Enough leads"]["delivered"], rows["Enough leads"]["accepted"]) == (3, 2)
    kept = {"promise": "Accepted leads are tried again"}
    called = records_of("promises", facts, agreement, None, "kept", kept).table.to_pyarrow()
    assert called["attempts"].to_pylist() == [5]
    back = compute_measure("sent_back", facts, agreement).rows
    assert [(row["clause"], row["sent_back"]) for row in back] == [("gap in the rule", 1)]
