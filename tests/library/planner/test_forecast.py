"""Forecasts against companies whose future is known, and scores by hand."""

import os
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from onefunnel.planner.forecast import SHARES, Forecast, Past, backtest, forecast, widening
from onefunnel.planner.history import history
from onefunnel.simulate.ground_truth import GroundTruth, ground_truth
from onefunnel.statistics.forecast_scores import is_coverage_off

COMPANIES = int(os.environ.get("ONEFUNNEL_COMPANIES", "12"))
AS_OF = datetime(2026, 1, 1)


def _won(truth: GroundTruth, since: datetime, until: datetime) -> int:
    moves = truth.facts.tables["moves"]
    won = moves.filter((moves["stage"] == "Won") & (moves["at"] >= since) & (moves["at"] < until))
    return int(won.count().to_pyarrow().as_py())


@pytest.mark.slow
def test_eight_of_ten_ranges_hold_what_came() -> None:
    """On 200 companies (`make nightly`), on twelve otherwise: open and new leads together."""
    inside, bias = 0, []
    for seed in range(COMPANIES):
        truth = ground_truth(seed=300 + seed, leads=6_000)
        then = truth.as_of - timedelta(weeks=14)
        past = history(truth.facts, truth.agreement, by="source", as_of=then)
        said = forecast(past, draws=1_000)
        came = _won(truth, then, said.until)
        inside += Past(said, came).is_inside
        bias.append(said.at(0.5) / came - 1)
    assert is_coverage_off(inside, COMPANIES) > 0.02
    assert abs(np.mean(bias)) < 0.05
    assert COMPANIES < 200 or 0.75 <= inside / COMPANIES <= 0.85


def test_parts_add_up_and_the_range_is_ordered() -> None:
    truth = ground_truth(seed=3, leads=6_000)
    said = forecast(history(truth.facts, truth.agreement, by="source", as_of=truth.as_of))
    assert list(said.quantiles) == sorted(said.quantiles)
    assert said.at(0.5) == pytest.approx(said.in_flight + said.new, rel=0.03)
    assert said.at(0.1) < said.at(0.5) < said.at(0.9)
    assert said.in_flight > 0 < said.new
    assert said.until - said.as_of == timedelta(weeks=13)


def test_what_grows_goes_on_growing_and_what_varies_by_chance_does_not() -> None:
    truth = ground_truth(seed=3, leads=6_000)
    past = history(truth.facts, truth.agreement, as_of=truth.as_of)
    flat = replace(past, entries_a_month=(100, 104, 96, 99, 101, 103, 97, 100, 98, 102, 100, 100))
    grown = replace(past, entries_a_month=tuple(range(45, 165, 10)))
    same_mean = replace(past, entries_a_month=(100,) * 12)
    assert forecast(flat).new == pytest.approx(forecast(same_mean).new, rel=0.02)
    assert forecast(grown).new == pytest.approx(forecast(same_mean).new * 1.75, rel=0.03)
    wide, narrow = forecast(grown), forecast(same_mean)
    jumping = forecast(replace(past, entries_a_month=(50, 150) * 6))
    assert jumping.at(0.9) - jumping.at(0.1) > narrow.at(0.9) - narrow.at(0.1)
    assert wide.at(0.5) > narrow.at(0.5)


def even(low: float, high: float, simple: float = 0.0) -> Forecast:
    """A forecast that holds every number between the two as likely."""
    held = tuple(low + (high - low) * share for share in SHARES)
    return Forecast(AS_OF, AS_OF + timedelta(weeks=13), held, 0.0, 0.0, simple)


def test_scores_by_hand() -> None:
    sure = Past(even(50, 50), 47)
    assert sure.loss == pytest.approx(3)  # of a forecast without spread: the absolute error
    assert not sure.is_inside
    wide = Past(even(0, 100), 50)
    assert wide.is_inside
    # Uniform on 0..100, 50 came: 100 / 12 in closed form; nineteen quantiles come close
    assert wide.loss == pytest.approx(100 / 12, rel=0.06)


def test_ranges_that_held_too_seldom_are_widened() -> None:
    """Ten came 50 too high of ranges 10 to 90: eight of ten (the ninth of ten, with the one to
    come) need 50 more; ranges that hold are left as they are, and few say nothing."""
    off = [Past(even(0, 100), 140)] * 10
    assert widening(off) == pytest.approx(50)
    assert widening(off[:7]) == 0
    assert widening([Past(even(0, 100), 50)] * 8 + off[:2]) == 0
    wider = replace(even(0, 100), widened=50.0)
    assert wider.range == pytest.approx((0, 140))
    assert Past(wider, 140).is_inside


def test_few_past_forecasts_say_nothing_of_themselves() -> None:
    assert backtest([Past(even(0, 100), 50)] * 7) is None
    held = [Past(even(0, 100, simple=80.0), 50)] * 6 + [Past(even(0, 100, simple=80.0), 99)] * 4
    found = backtest(held)
    assert found is not None
    assert (found.count, found.inside) == (10, 6)
    assert found.p == pytest.approx(is_coverage_off(6, 10))
    assert found.bias == pytest.approx(50 - (6 * 50 + 4 * 99) / 10)
    assert found.simple_loss == pytest.approx((6 * 30 + 4 * 19) / 10)
