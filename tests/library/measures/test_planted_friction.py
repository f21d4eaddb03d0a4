"""Friction against companies whose truth is known: what was planted comes first, and nothing else.

How often is asked over ONEFUNNEL_COMPANIES companies; a few in the usual run.
"""

import os
from collections.abc import Sequence

import ibis
import numpy as np
import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.friction_words import FLAGGED
from onefunnel.measures.result import Result
from onefunnel.simulate.ground_truth import (
    OWNERS,
    RATES,
    SEGMENTS,
    STAGES,
    Planted,
    ground_truth,
    won_deals,
)

COMPANIES = int(os.environ.get("ONEFUNNEL_COMPANIES", "3"))
LEADS = 40_000


def scan(measure: str, seed: int, planted: Planted | None) -> Result:
    engine = ibis.duckdb.connect()
    truth = ground_truth(seed=seed, leads=LEADS, planted=planted, connection=engine)
    return compute_measure(measure, won_deals(truth, seed=seed), truth.agreement)


def flags(result: Result) -> Sequence[dict[str, object]]:
    return [dict(row) for row in result.rows if row["verdict"] in FLAGGED]


def bad_cell(seed: int, *, has_owner: bool) -> Planted:
    rng = np.random.default_rng((seed, 7))
    segment, owner = SEGMENTS[rng.integers(len(SEGMENTS))], OWNERS[rng.integers(len(OWNERS))]
    stage = int(rng.integers(len(RATES)))
    return Planted(stage, segment, owner if has_owner else None, 0.7 if not has_owner else 0.55)


@pytest.mark.slow
@pytest.mark.parametrize("has_owner", [False, True])
def test_what_was_planted_is_ranked_first(has_owner: bool) -> None:
    measure = "friction_by_owner" if has_owner else "friction"
    first = 0
    for seed in range(COMPANIES):
        planted = bad_cell(seed, has_owner=has_owner)
        found = flags(scan(measure, seed, planted))
        wanted = ("going on", STAGES[planted.stage], planted.segment, planted.owner)
        keys = ("kind", "stage", "segment", "owner")
        first += bool(found) and tuple(found[0].get(key) for key in keys) == wanted
    assert first >= 0.95 * COMPANIES, f"{first} of {COMPANIES}"


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["friction", "friction_by_owner"])
def test_where_nothing_is_planted_hardly_anything_is_flagged(measure: str) -> None:
    false = sum(len(flags(scan(measure, seed, None))) for seed in range(COMPANIES))
    assert false <= max(0.1 * COMPANIES, 1), f"{false} in {COMPANIES} scans"
