"""What is lacking where a share cannot be told: leads, or decisions."""

from __future__ import annotations

import numpy as np
import pytest

from onefunnel.measures.steps.durations import ADVANCED, LEFT, OPEN
from onefunnel.measures.steps.shares import Durations, estimate


@pytest.mark.parametrize(
    ("went", "left", "still_open", "seen", "note"),
    [
        (2, 1, 4, 1.0, "too few to tell (n=7)"),
        (1, 2, 656, 1.0, "too few decided to tell (n=659)"),
        (300, 350, 9, 900.0, ""),
    ],
)
def test_the_note_says_whether_leads_or_decisions_are_lacking(
    went: int, left: int, still_open: int, seen: float, note: str
) -> None:
    times = np.array([24.0, 30.0, seen])
    leads = np.array([went, left, still_open])
    found = estimate(Durations(times, np.array([ADVANCED, LEFT, OPEN]), leads))
    assert found.note.partition(";")[0] == note
    assert (found.share is None) == bool(note)
