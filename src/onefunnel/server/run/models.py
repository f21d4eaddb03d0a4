"""The rows of this room; they live beside their deeds."""

from __future__ import annotations

from onefunnel.server.run.handovers.models import (
    Absence,
    ClockPause,
    Handover,
    Receiver,
    TeamDesk,
)

#: Rows that live beside their deeds.
BESIDE_THEIR_DEEDS = (Absence, ClockPause, Handover, Receiver, TeamDesk)
