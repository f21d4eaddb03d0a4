"""Where only those who went on have a time, the share is the one so far."""

from __future__ import annotations

import numpy as np
import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.steps.durations import ADVANCED, LEFT, OPEN
from onefunnel.measures.steps.shares import Durations, estimate
from tests.library.measures.log_t import agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, random_facts

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


def test_open_leads_without_a_time_beside_others_with_one_widen_the_interval() -> None:
    dated = ((24, ADVANCED, 500), (24, LEFT, 400), (200, OPEN, 50))
    plain, found = estimate(durations(*dated)), estimate(durations(*dated, (UNKNOWN, OPEN, 50)))
    assert found.share == plain.share
    assert found.interval.high == plain.interval.high
    assert found.interval.low == pytest.approx(plain.interval.low * 950 / 1000)
    assert found.interval.low < 500 / 1000
    assert found.note == "50 open leads without a time are not in the share"


def test_a_few_open_leads_without_a_time_are_only_named() -> None:
    dated = ((24, ADVANCED, 500), (24, LEFT, 400), (200, OPEN, 92))
    found = estimate(durations(*dated, (UNKNOWN, OPEN, 8)))
    assert found.interval == estimate(durations(*dated)).interval
    assert found.note == "8 without a time are not in the share"


def test_the_overall_share_says_what_it_leaves_out() -> None:
    """Leads that nobody has opened have no time: the later stage's own step does not know them."""
    log = [f"W{i} 0:Lead 1:MQL 9:Won" for i in range(40)]
    log += [f"X{i} 0:Lead 1:MQL 9:Lost" for i in range(40)]
    log += [f"O{i} 50:Lead 51:MQL" for i in range(10)] + [f"U{i} ?:Lead" for i in range(10)]
    stages = (("Lead", "open"), ("MQL", "open"), ("Won", "won"), ("Lost", "lost"))
    rows = compute_measure("stages", facts_of("\n".join(log)), agreement_of(stages)).rows
    won = rows[2]
    early, _, overall = str(won["note"]).partition("; ")
    assert early.startswith("too early for a final share")
    assert overall == "overall share: 10 open leads without a time are not in the share"
    assert won["overall_low"] < 0.40 < won["overall_share"] == pytest.approx(won["step_share"])
    assert won["low"] > won["overall_low"]


@pytest.mark.parametrize("seed", range(4))
def test_an_overall_share_lies_in_its_interval_and_never_rises(seed: int) -> None:
    rows = compute_measure("stages", random_facts(seed, leads=200), AGREEMENT).rows
    for name in ("overall_low", "overall_share", "overall_high"):
        found = [row[name] for row in rows if row[name] is not None]
        assert found == sorted(found, reverse=True)
    for row in rows:
        if row["overall_share"] is not None:
            assert row["overall_low"] <= row["overall_share"] <= row["overall_high"]
