"""What happens in this room, in the past tense."""

from __future__ import annotations

ENDPOINT_MADE = "notify.endpoint-made"
ENDPOINT_CHANGED = "notify.endpoint-changed"
ENDPOINT_REMOVED = "notify.endpoint-removed"
ENDPOINT_TESTED = "notify.endpoint-tested"
ENDPOINT_SWITCHED_OFF = "notify.endpoint-switched-off"
ENDPOINT_RENEWED = "notify.secret-renewed"
SENT_AGAIN = "notify.message-sent-again"
UNSUBSCRIBED = "notify.lead-unsubscribed"
SUPPRESSED = "notify.address-suppressed"
SUPPRESSIONS_IMPORTED = "notify.suppressions-imported"
BASIS_RECORDED = "notify.basis-recorded"
MAIL_CHOSEN = "notify.mail-chosen"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    ENDPOINT_MADE: "A webhook's endpoint was added",
    ENDPOINT_CHANGED: "A webhook's endpoint was changed",
    ENDPOINT_REMOVED: "A webhook's endpoint was removed",
    ENDPOINT_TESTED: "Somebody pressed the test button; only that endpoint hears of it",
    ENDPOINT_SWITCHED_OFF: "An endpoint that failed for long was switched off",
    ENDPOINT_RENEWED: "An endpoint got a new secret",
    SENT_AGAIN: "A message was sent again by hand",
    UNSUBSCRIBED: "A lead unsubscribed by the link of a mail",
    SUPPRESSED: "An address was put on the list of those nobody may write to",
    SUPPRESSIONS_IMPORTED: "A list of addresses that nobody may write to was brought in",
    MAIL_CHOSEN: "Somebody chose which notices are mailed to them, and when",
    BASIS_RECORDED: "It was recorded on what basis somebody may be written to, or that none is",
}
