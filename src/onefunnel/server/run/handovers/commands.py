"""The deeds on handovers, in one place for those who look for them; each stands beside its like."""

from __future__ import annotations

from onefunnel.server.run.handovers.answers import (
    accept_handover,
    clauses_of,
    recycle_handover,
    reject_handover,
    reply_to_rejection,
    return_handover,
)
from onefunnel.server.run.handovers.assigning import (
    ChangedMeanwhile,
    reassign_handover,
    remove_absence,
    save_hours,
    save_turn,
    say_absence,
)
from onefunnel.server.run.handovers.cards import (
    CardUnreadable,
    NoAgreementInForce,
    NoSuchCard,
)
from onefunnel.server.run.handovers.clocks import (
    keep_promises,
    pause_clock,
    resume_clock,
    withdraw,
)
from onefunnel.server.run.handovers.finding import (
    AlreadyAnswered,
    BadAnswer,
    HandoverRefused,
    NoSuchHandover,
)
from onefunnel.server.run.handovers.forgetting import forget_simulated
from onefunnel.server.run.handovers.lead_data import NoSuchLead
from onefunnel.server.run.handovers.offering import (
    AlreadyOffered,
    DataMissing,
    NotInStage,
    TestNotPassed,
    cards_due,
    look_again,
    offer_lead,
    offer_on_entry,
)

__all__ = [
    "AlreadyAnswered", "AlreadyOffered", "BadAnswer", "CardUnreadable", "ChangedMeanwhile",
    "DataMissing", "HandoverRefused", "NoAgreementInForce", "NoSuchCard", "NoSuchHandover",
    "NoSuchLead", "NotInStage", "TestNotPassed", "accept_handover", "cards_due", "clauses_of",
    "forget_simulated", "keep_promises", "look_again", "offer_lead", "offer_on_entry",
    "pause_clock",
    "reassign_handover", "recycle_handover", "reject_handover", "remove_absence",
    "reply_to_rejection", "resume_clock", "return_handover", "save_hours", "save_turn",
    "say_absence", "withdraw",
]  # fmt: skip
