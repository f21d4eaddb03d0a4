"""What happens in this room, in the past tense."""

from __future__ import annotations

VERSION_PROPOSED = "agree.version-proposed"
VERSION_ADOPTED = "agree.version-adopted"
VERSION_SIGNED = "agree.version-signed"
ROUND_OPENED = "agree.round-opened"
DRAFT_CHANGED = "agree.draft-changed"
DRAFT_HANDED_IN = "agree.draft-handed-in"
DRAFT_TAKEN_BACK = "agree.draft-taken-back"
DISCREPANCY_DECIDED = "agree.discrepancy-decided"
ROUND_CONCLUDED = "agree.round-concluded"
ROUND_GIVEN_UP = "agree.round-given-up"
DISPUTE_OPENED = "agree.dispute-opened"
DISPUTE_COMMENTED = "agree.dispute-commented"
DISPUTE_VOTED = "agree.dispute-voted"
DISPUTE_DECIDED = "agree.dispute-decided"
DISPUTE_WITHDRAWN = "agree.dispute-withdrawn"
DISPUTE_GONE = "agree.dispute-gone"

#: What each means, for who chooses what a webhook tells.
MEANINGS = {
    VERSION_PROPOSED: "A version of the agreement is ready to be signed",
    VERSION_ADOPTED: "A version of the agreement was put into use",
    VERSION_SIGNED: "Somebody signed a version of the agreement",
    ROUND_OPENED: "The teams began to write drafts",
    DRAFT_CHANGED: "A team changed its draft",
    DRAFT_HANDED_IN: "A team handed in its draft",
    DRAFT_TAKEN_BACK: "A team took its draft back",
    DISCREPANCY_DECIDED: "A difference between the drafts was settled",
    ROUND_CONCLUDED: "All differences are settled: one version came out",
    ROUND_GIVEN_UP: "The teams gave up a round of drafts",
    DISPUTE_OPENED: "Somebody, or the data, disagrees with the agreement",
    DISPUTE_COMMENTED: "Somebody said something in a dispute",
    DISPUTE_VOTED: "A head of a team said how a dispute is to be decided",
    DISPUTE_DECIDED: "A dispute was decided",
    DISPUTE_WITHDRAWN: "A claim was taken back",
    DISPUTE_GONE: "A difference that the data had shown is gone",
}
