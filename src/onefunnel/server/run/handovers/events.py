"""What happens to handovers, in the past tense."""

from __future__ import annotations

LEAD_OFFERED = "run.lead-offered"
DATA_MISSING = "run.handover-lacks-data"
WITHDRAWN = "run.handover-withdrawn"
LEAD_ACCEPTED = "run.lead-accepted"
LEAD_REJECTED = "run.lead-rejected"
LEAD_RETURNED = "run.lead-returned"
LEAD_RECYCLED = "run.lead-recycled"
REJECTION_ANSWERED = "run.rejection-answered"
HANDOVER_REASSIGNED = "run.handover-reassigned"
CLOCK_PAUSED = "run.clock-paused"
CLOCK_RESUMED = "run.clock-resumed"
PROMISE_BROKEN = "run.promise-broken"
HANDOVER_EXPIRED = "run.handover-expired"
HOURS_CHANGED = "run.hours-changed"
ROUTING_CHANGED = "run.routing-changed"
ABSENCE_SAID = "run.absence-said"
ABSENCE_REMOVED = "run.absence-removed"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    LEAD_OFFERED: "A lead was offered to a team",
    DATA_MISSING: "A lead cannot be offered: data is missing, or it does not meet the test",
    WITHDRAWN: "An offer was taken back",
    LEAD_ACCEPTED: "A lead was accepted",
    LEAD_REJECTED: "A lead was rejected",
    LEAD_RETURNED: "A lead was sent back for more",
    LEAD_RECYCLED: "A lead was put aside until a day",
    REJECTION_ANSWERED: "The giving team replied to a rejection",
    HANDOVER_REASSIGNED: "A lead that is offered was given to somebody else",
    CLOCK_PAUSED: "The clock of a handover was stopped",
    CLOCK_RESUMED: "The clock of a handover goes on",
    PROMISE_BROKEN: "A promise was broken: no answer, or no reply, in time",
    HANDOVER_EXPIRED: "An offer expired",
    HOURS_CHANGED: "A team changed its opening hours",
    ROUTING_CHANGED: "Who gets leads in turn was changed",
    ABSENCE_SAID: "Somebody will be away",
    ABSENCE_REMOVED: "An absence was taken back",
}
