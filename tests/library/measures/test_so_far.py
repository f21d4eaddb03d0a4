"""Where only those who went on have a time, the share is the one so far."""

from __future__ import annotations

import numpy as np
import pytest

from onefunnel.measures.steps.durations import ADVANCED, LEFT, OPEN
from onefunnel.measures.steps.shares import Durations, estimate

UNKNOWN = float("nan")


def durations(*rows: tuple[float, int, int]) -> Durations:
    hours, cause, leads = zip(*rows, strict=True)
    return Durations(np.array(hours), np.array(cause), np.array(leads))


def test_open_leads_without_a_time_are_not_forgotten() -> None:
    found = estimate(durations((24, ADVANCED, 60), (48, LEFT, 10), (UNKNOWN, OPEN, 30)))
    assert found.share == pytest.approx(0.60)
    assert found.note == "so far: 30 open leads without a time may still go on"


def test_open_leads_with_a_time_are_censored_as_before() -> None:
    found = estimate(durations((24, ADVANCED, 60), (24, LEFT, 20), (200, OPEN, 20)))
    assert found.share == pytest.approx(0.60)
    assert found.note == ""
