"""What happens to saved views, in the past tense. What a view asks for is never told: it may name
somebody."""

from __future__ import annotations

VIEW_SAVED = "run.view-saved"
VIEW_CHANGED = "run.view-changed"
VIEW_DELETED = "run.view-deleted"
FIRST_CHOSEN = "run.first-view-chosen"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    VIEW_SAVED: "Somebody kept a view of the leads",
    VIEW_CHANGED: "Somebody changed a view of the leads",
    VIEW_DELETED: "Somebody removed a view of the leads",
    FIRST_CHOSEN: "Somebody chose what Run begins with for them",
}
