"""What was reached since an objective was written is no longer lacking."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.planner.goal import goal_of
from onefunnel.planner.history import NoHistory, history
from onefunnel.planner.objective import FURTHEST, NoObjective, Objective
from onefunnel.planner.what_it_takes import what_it_takes
from onefunnel.planner.worth import Worth
from onefunnel.simulate.ground_truth import ground_truth, won_deals

TRUTH = ground_truth(seed=3, leads=6_000)
FACTS = won_deals(TRUTH, seed=3)
AS_OF, WRITTEN = TRUTH.as_of, TRUTH.as_of - timedelta(days=90)
UNTIL = AS_OF + timedelta(days=180)
CON = FACTS["moves"].get_backend().con
#: Leads won since, told by another way than the planner's: their first move into the win.
(WON,) = CON.execute(
    """
    SELECT count(*) FROM (
        SELECT lead_id, min(m."at") AS first FROM moves m WHERE stage = 'Won' GROUP BY lead_id
    ) WHERE first >= ?
    """,
    [WRITTEN],
).fetchone()


def test_wins_since_it_was_written_are_taken_off() -> None:
    assert WON > 20
    found = goal_of(FACTS, TRUTH.agreement, Objective(UNTIL, won=WON + 50), as_of=AS_OF,
                    counts_from=WRITTEN)  # fmt: skip
    assert (found.wins, found.done) == (50.0, WON)
    from_now = goal_of(FACTS, TRUTH.agreement, Objective(UNTIL, won=WON + 50), as_of=AS_OF)
    assert (from_now.wins, from_now.done) == (float(WON + 50), 0)


def test_what_is_reached_takes_no_more_leads() -> None:
    found = goal_of(FACTS, TRUTH.agreement, Objective(UNTIL, won=5), as_of=AS_OF,
                    counts_from=WRITTEN)  # fmt: skip
    assert found.wins == 0.0
    past = history(FACTS, TRUTH.agreement, by="source", as_of=AS_OF)
    takes = what_it_takes(past, found.wins, UNTIL)
    assert takes.leads == 0
    assert takes.needed.reached_chance == 1.0


def test_money_since_it_was_written_is_taken_off_to_the_penny() -> None:
    ((currency, earned),) = CON.execute(
        f"SELECT currency, sum(margin) FROM ({FACTS['deals'].compile()}) "
        "WHERE outcome = 'won' AND closed_at >= ? GROUP BY currency",
        [WRITTEN],
    ).fetchall()
    asked = Objective(UNTIL, margin=Decimal(earned) + 1_000, currency=currency)
    found = goal_of(FACTS, TRUTH.agreement, asked, as_of=AS_OF, counts_from=WRITTEN)
    assert isinstance(found.wins, Worth)
    assert (found.wins.target, found.done) == (Decimal(1_000), Decimal(earned))
    less = Objective(UNTIL, margin=Decimal(1), currency=currency)
    assert goal_of(FACTS, TRUTH.agreement, less, as_of=AS_OF, counts_from=WRITTEN).wins == 0.0


def test_a_day_too_far_away_is_refused() -> None:
    with pytest.raises(NoObjective, match="too far away"):
        Objective(AS_OF + FURTHEST + timedelta(days=1), won=5).check(AS_OF)


def test_a_funnel_that_begins_with_the_win_has_no_leads_to_plan() -> None:
    won = next(stage for stage in TRUTH.agreement.stages if stage.kind == "won")
    with pytest.raises(NoHistory, match="first stage is the win"):
        history(FACTS, Agreement("Won", stages=(won,)), as_of=AS_OF)
