"""Periods in which no moment can lie are refused, not answered with nothing."""

from __future__ import annotations

from datetime import datetime

import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import ImpossiblePeriod, Scope
from tests.library.measures.random_facts import AGREEMENT, random_facts


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        (Scope(since=datetime(2025, 3, 2), until=datetime(2025, 3, 1)), "swap since and until"),
        (Scope(since=datetime(2025, 3, 2), as_of=datetime(2025, 3, 1)), "choose a later as_of"),
    ],
)
def test_a_period_without_a_moment_is_refused(scope: Scope, says: str) -> None:
    with pytest.raises(ImpossiblePeriod, match=says):
        compute_measure("stages", random_facts(1), AGREEMENT, scope)


def test_a_day_of_looking_within_the_period_is_fine() -> None:
    scope = Scope(
        since=datetime(2025, 2, 1), until=datetime(2025, 4, 1), as_of=datetime(2025, 3, 1)
    )
    assert compute_measure("stages", random_facts(1), AGREEMENT, scope).rows
