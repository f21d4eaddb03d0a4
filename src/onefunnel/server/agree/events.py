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
