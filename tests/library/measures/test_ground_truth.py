"""The measures against a funnel whose truth is known, and the usual wrong formulas beside them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.simulate import ground_truth as truth
from onefunnel.simulate.ground_truth import GroundTruth, ground_truth
from onefunnel.statistics.competing_risks import kaplan_meier

LEADS = 150_000


def relative_error(found: object, true: float) -> float:
    assert isinstance(found, float)
    return found / true - 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_the_cohort_reading_is_within_five_per_cent(seed: int) -> None:
    made = ground_truth(seed=seed, leads=LEADS)
    result = compute_measure("stages", made.facts, made.agreement)
    for row, rate in zip(result.rows[1:], made.rates, strict=True):
        assert abs(relative_error(row["step_share"], rate)) < 0.05
    won = result.rows[-1]
    assert abs(relative_error(won["overall_share"], made.won_share)) < 0.05
    assert won["overall_low"] <= won["overall_share"] <= won["overall_high"]


@pytest.fixture(scope="module")
def made() -> GroundTruth:
    return ground_truth(seed=1, leads=40_000)


def counts(made: GroundTruth, scope: Scope) -> dict[str, dict[str, int]]:
    result = compute_measure("stages", made.facts, made.agreement, scope)
    return {row["stage"]: row for row in result.rows}


def test_the_truth_is_what_it_says(made: GroundTruth) -> None:
    assert made.won_share == pytest.approx(0.084)
    fell_back = counts(made, Scope())["Opportunity"]["went_back"]
    assert fell_back / counts(made, Scope())["Opportunity"]["reached"] == pytest.approx(
        0.2, abs=0.02
    )


def test_a_report_window_shorter_than_the_cycle_is_said_to_be(made: GroundTruth) -> None:
    since = made.as_of - timedelta(days=truth.REPORT_DAYS)
    result = compute_measure("stages", made.facts, made.agreement, Scope(since=since))
    assert any("shorter than the cycle" in note for note in result.notes)
    whole = compute_measure("stages", made.facts, made.agreement)
    assert not any("shorter than the cycle" in note for note in whole.notes)


def test_wrong_open_leads_counted_as_lost(made: GroundTruth) -> None:
    """The common "won of created" over the report window: most of its leads are still open."""
    since = made.as_of - timedelta(days=truth.REPORT_DAYS)
    rows = counts(made, Scope(since=since))
    wrong = rows["Won"]["reached"] / rows["Lead"]["reached"]
    assert relative_error(wrong, made.won_share) < -0.6


def test_wrong_open_leads_counted_as_lost_over_all_time(made: GroundTruth) -> None:
    rows = counts(made, Scope())
    wrong = rows["Won"]["reached"] / rows["Lead"]["reached"]
    assert -0.35 < relative_error(wrong, made.won_share) < -0.13


def test_wrong_lost_counted_as_censored(made: GroundTruth) -> None:
    """1 - Kaplan-Meier with the lost taken for open: nearly everybody is won in the end."""
    from onefunnel.measures.steps.cohort import cohort
    from onefunnel.measures.steps.path import Path
    from onefunnel.measures.steps.tally import Tally

    path = Path(made.agreement)
    tally = Tally(cohort(made.facts, made.agreement, Scope(as_of=made.as_of)), path, made.as_of)
    last_step = tally.step("", 3)
    wrong = 1 - kaplan_meier(last_step.hours, last_step.cause == 1, last_step.leads).share[-1]
    assert relative_error(float(wrong), truth.RATES[2]) > 0.5


def test_wrong_snapshot_ratio_while_volume_grows(made: GroundTruth) -> None:
    """Wins over leads of the same window: they are not the same leads."""
    since = made.as_of - timedelta(days=truth.REPORT_DAYS)
    scope = Scope(since=since, reading="flow")
    rows = counts(made, scope)
    wrong = rows["Won"]["reached"] / rows["Lead"]["reached"]
    assert relative_error(wrong, made.won_share) < -0.13


def test_the_same_seed_gives_the_same_rows() -> None:
    one, two = (ground_truth(seed=5, leads=500).facts["moves"].to_pandas() for _ in range(2))
    assert one.equals(two)


def test_a_mature_cohort_needs_no_open_leads(made: GroundTruth) -> None:
    """Of the first two months' leads nearly all are decided: the plain ratio agrees."""
    scope = replace(Scope(), until=truth.START + timedelta(days=61))
    row = counts(made, scope)["Won"]
    assert row["overall_share"] == pytest.approx(
        row["reached"] / counts(made, scope)["Lead"]["reached"], abs=0.003
    )
