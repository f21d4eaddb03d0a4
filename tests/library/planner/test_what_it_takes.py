"""The whole answer: what is open, what must come, who works it, what would have to be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import pytest

from onefunnel.planner.capacity import People
from onefunnel.planner.history import History, history
from onefunnel.planner.leads_needed import leads_needed
from onefunnel.planner.levers import Levers, changed, mix_of
from onefunnel.planner.seasons import seasons
from onefunnel.planner.what_it_takes import Capacity, what_it_takes
from onefunnel.planner.would_do import would_do
from onefunnel.simulate.ground_truth import WON_SHARE, ground_truth

HALF_A_YEAR = timedelta(days=183)


@lru_cache(maxsize=1)
def past() -> History:
    truth = ground_truth(seed=5, leads=6_000)
    return history(truth.facts, truth.agreement, by="source", as_of=truth.as_of)


def until() -> datetime:
    return past().as_of + HALF_A_YEAR


def test_no_lever_moved_is_the_plan_itself() -> None:
    found = what_it_takes(past(), 400.0, until(), levers=Levers())
    assert found.needed == leads_needed(past(), 400.0, until(), coming=found.needed.usual)
    assert sum(month.leads for month in found.months) == pytest.approx(found.leads)
    assert sum(one.leads for one in found.in_flight) == sum(one.leads for one in past().waiting)
    open_wins = sum(one.wins for one in found.in_flight)
    assert open_wins == pytest.approx(found.needed.in_flight[1], rel=0.1)
    assert found.too_late == pytest.approx(
        found.leads * found.needed.rate * found.needed.too_late_share
    )
    assert not found.is_seasonal  # eighteen months are no two years


def test_wins_of_the_months_are_the_wins_by_the_day() -> None:
    found = what_it_takes(past(), 400.0, until())
    needed = found.needed
    by_the_day = needed.in_flight[1] + found.leads * needed.rate * (1 - needed.too_late_share)
    assert sum(month.wins for month in found.months) == pytest.approx(by_the_day, rel=0.05)
    assert by_the_day > 400  # a plan for eight of ten times is above the goal on average


def test_the_fewest_leads_come_early() -> None:
    found = what_it_takes(past(), 400.0, until())
    fewest = [month.fewest for month in found.months if month.fewest is not None]
    assert len(fewest) == len(found.months)
    assert fewest[0] > fewest[-1]
    assert sum(fewest) < found.leads
    assert np.abs(np.diff(fewest)).max() <= 0.25 * found.leads / 6 + 1e-6


def test_more_that_go_on_are_won_more_often_and_no_other_number_moves() -> None:
    stage = past().stages[1]
    more = changed(past(), Levers(steps={stage: 1.2}))
    assert more.reached[:2] == past().reached[:2]
    assert more.reached[2] == pytest.approx(past().reached[2] * 1.2)
    assert more.lag.won.final == pytest.approx(past().lag.won.final * 1.2)
    assert more.lag.come(40) == pytest.approx(past().lag.come(40))
    assert more.from_stage[2].won.final == past().from_stage[2].won.final
    before, after = (leads_needed(one, 400.0, until()) for one in (past(), more))
    assert after.rate == pytest.approx(before.rate * 1.2)
    assert after.reached_chance > before.reached_chance


def test_no_more_go_on_than_there_are() -> None:
    every = changed(past(), Levers(steps=dict.fromkeys(past().stages, 1_000.0)))
    assert every.lag.won.final == pytest.approx(1)
    assert leads_needed(every, 400.0, until()).rate <= 1


def test_what_goes_faster_comes_in_time() -> None:
    fast = what_it_takes(past(), 400.0, until(), levers=Levers(pace=0.5))
    slow = what_it_takes(past(), 400.0, until())
    assert fast.needed.too_late_share < slow.needed.too_late_share
    assert fast.needed.in_flight[1] > slow.needed.in_flight[1]
    assert fast.needed.rate == slow.needed.rate
    with pytest.raises(ValueError, match="pace"):
        changed(past(), Levers(pace=0))


def test_more_of_one_channel_changes_the_mix() -> None:
    first = past().cells[0]
    mix, more = mix_of(past(), Levers(inflow={first.name: 2.0}))
    assert mix[0] == 2 * first.entries
    assert more == pytest.approx(1 + first.entries / sum(cell.entries for cell in past().cells))
    none = what_it_takes(
        past(),
        400.0,
        until(),
        levers=Levers(inflow=dict.fromkeys([c.name for c in past().cells], 0.0)),
    )
    assert none.needed.coming == 0
    assert none.needed.expected[2] == pytest.approx(none.needed.in_flight[1], abs=1)


def test_people_who_cannot_work_all_leads_hold_some_back() -> None:
    stage = past().stages[0]
    few = Capacity((People(1),), hours=160, selling_share=0.5, hours_a_lead=1, stage=stage)
    found = what_it_takes(past(), 400.0, until(), capacity=few)
    assert found.needed.coming == pytest.approx(80 * 6, abs=1)
    assert found.held_back == pytest.approx(found.needed.usual - 80 * 6, abs=2)
    load = found.months[0].load
    assert load is not None
    assert load.workable == 80
    learning = replace(few, people=(People(1), People(10, from_month=2, ramp=(0.5, 1.0))))
    months = what_it_takes(past(), 400.0, until(), capacity=learning).months
    assert [month.load.workable for month in months if month.load] == [80, 80, 480, 880, 880, 880]


def test_seasons_take_two_years_and_no_growth() -> None:
    wave = [100, 200] * 6
    two = replace(past(), entries_a_month=(*wave, *(3 * one for one in wave)))
    assert seasons(two, 3) == pytest.approx((2 / 3, 4 / 3, 2 / 3))
    assert seasons(replace(past(), entries_a_month=tuple(wave)), 3) is None
    assert what_it_takes(two, 400.0, until()).is_seasonal


def test_each_lever_alone_would_do() -> None:
    goal = 500.0
    needed = leads_needed(past(), goal, until())
    assert needed.reached_chance < 0.2
    found = {one.lever: one for one in would_do(past(), goal, until(), needed)}
    inflow, steps, date = (found[name].factor for name in ("inflow", "steps", "date"))
    assert inflow is not None
    assert steps is not None
    assert date is not None
    enough = leads_needed(past(), goal, until(), coming=round(needed.usual * inflow))
    assert enough.reached_chance == pytest.approx(0.8, abs=0.02)
    better = changed(past(), Levers(steps=dict.fromkeys(past().stages, steps)))
    assert leads_needed(better, goal, until()).reached_chance == pytest.approx(0.8, abs=0.05)
    later = found["date"].until
    assert later is not None
    assert leads_needed(past(), goal, later).reached_chance == pytest.approx(0.8, abs=0.05)
    less = found["goal"].factor
    assert less is not None
    assert leads_needed(past(), goal * less, until()).reached_chance == pytest.approx(0.8, abs=0.03)
    assert "worth" not in found


def test_no_pace_brings_what_is_never_won() -> None:
    """A goal above all the leads there are: speed does not help, and no share above all does."""
    goal = 5_000.0
    needed = leads_needed(past(), goal, until())
    found = {one.lever: one.factor for one in would_do(past(), goal, until(), needed)}
    assert found["pace"] is None
    assert found["steps"] is None
    assert needed.usual * WON_SHARE < goal


def test_leads_are_looked_for_within_what_the_people_can_work() -> None:
    stage = past().stages[0]
    goal = what_it_takes(past(), 1.0, until()).needed.expected[0]  # 9 in 10 times, by anybody
    tight = Capacity((People(1),), hours=160, selling_share=0.5, hours_a_lead=1, stage=stage)
    few = what_it_takes(past(), goal, until(), capacity=tight)
    assert few.needed.at(0.8) is None  # 480 are worked, however many come
    assert few.needed.reached_chance < 0.1
    found = {one.lever: one.factor for one in
             would_do(past(), goal, until(), few.needed, capacity=tight)}  # fmt: skip
    assert found["inflow"] is None
    people = found["people"]
    assert people is not None
    more = what_it_takes(past(), goal, until(), capacity=tight.times(people))
    assert more.needed.reached_chance == pytest.approx(0.8, abs=0.03)
    assert sum(month.leads for month in few.months) == pytest.approx(few.leads, abs=1)


def test_a_peak_that_cannot_be_worked_takes_more_leads() -> None:
    wave = [100, 300] * 12
    two = replace(past(), entries_a_month=tuple(wave))
    stage = past().stages[0]
    even = what_it_takes(two, 300.0, until()).needed.at(0.8)
    assert even is not None
    limit = Capacity((People(1),), hours=even / 6 * 1.2, selling_share=1, hours_a_lead=1,
                     stage=stage)  # fmt: skip
    found = what_it_takes(two, 300.0, until(), capacity=limit).needed.at(0.8)
    assert found is not None
    assert found > even * 1.1


def test_open_leads_take_room_of_the_people_too() -> None:
    later = past().stages[2]
    room = Capacity((People(1),), hours=100, selling_share=1, hours_a_lead=1, stage=later)
    found = what_it_takes(past(), 400.0, until(), capacity=room)
    loads = [month.load for month in found.months]
    assert loads[0] is not None
    new = found.months[0].leads * past().reached[2]
    open_ones = loads[0].leads - new
    assert open_ones > 1
    none = replace(past(), waiting=())
    alone = what_it_takes(none, 400.0, until(), capacity=room)
    assert alone.held_back < found.held_back
    assert alone.months[0].load is not None
    assert alone.months[0].load.leads == pytest.approx(alone.months[0].leads * past().reached[2])
