"""The rows of this room; they live beside their deeds."""

from __future__ import annotations

from onefunnel.server.run.handovers.models import (
    Absence,
    ClockPause,
    Handover,
    Receiver,
    TeamDesk,
)
from onefunnel.server.run.nurture.models import (
    Enrolment,
    NurtureRules,
    Revision,
    Sequence,
    SequenceMail,
    Todo,
    Waking,
)
from onefunnel.server.run.saved.models import FirstView, SavedView
from onefunnel.server.run.tracker.models import (
    Arrival,
    BulkMove,
    CaptureForm,
    FormAnswer,
    FormCount,
)

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (
    Absence, Arrival, BulkMove, CaptureForm, ClockPause, Enrolment, FirstView, FormAnswer,
    FormCount, Handover, NurtureRules, Receiver, Revision, SavedView, Sequence, SequenceMail,
    TeamDesk, Todo, Waking,
)  # fmt: skip
