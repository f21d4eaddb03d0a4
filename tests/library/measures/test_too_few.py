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
        (1, 2, 656, 1.0, "too few went on or left yet to tell (n=659)"),
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


def test_where_times_are_lacking_the_note_says_so() -> None:
    """80 won, 138 lost of which 70 without a date, 358 open: the share may be 14 % or 76 %."""
    times = np.array([24.0, 30.0, np.nan, 900.0])
    leads = np.array([80, 68, 70, 358])
    found = estimate(Durations(times, np.array([ADVANCED, LEFT, LEFT, OPEN]), leads))
    assert found.share is None
    assert found.note == (
        "too few with times to tell (n=576); times are missing for 70 of 218 decided leads, "
        "and 358 leads are open still"
    )
    few_open = Durations(times, np.array([ADVANCED, LEFT, LEFT, OPEN]), np.array([80, 68, 70, 9]))
    assert estimate(few_open).note.endswith(
        "the share is that of decided leads, open ones left out"
    )
