"""Content effect: a planted effect is found, and content that does nothing does not look good.

Table 6.1 of methods.md [S]: where content has no effect at all, "used in won deals" says +9 points.
"""

from __future__ import annotations

import numpy as np
import pytest

from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.content_effect import LESS, MORE, NO_DIFFERENCE
from onefunnel.measures.scope import Scope
from onefunnel.statistics.mix import difference_in_mix
from tests.library.measures.shown_content import AGREEMENT, AS_OF, company, open_at_the_landmark


def test_content_that_does_nothing_is_not_told_apart_though_it_is_used_in_won_deals() -> None:
    facts = company(1)
    sql = """
    WITH ended AS (
        SELECT lead_id, (stage = 'Won')::INT AS won FROM moves WHERE stage IN ('Won', 'Lost'))
    SELECT avg(won) FILTER (lead_id IN (SELECT lead_id FROM uses)),
        avg(won) FILTER (lead_id NOT IN (SELECT lead_id FROM uses)) FROM ended
    """
    naive = facts["uses"].get_backend().raw_sql(sql).fetchone()
    rows = compute_measure("content_effect", facts, AGREEMENT).rows
    assert {row["content"] for row in rows} == {"Case", "Sheet"}
    assert naive is not None
    assert naive[0] - naive[1] > 0.05  # what "used in won deals" would say
    for row in rows:
        assert row["verdict"] == NO_DIFFERENCE
        assert float(str(row["gap_low"])) < 0 < float(str(row["gap_high"]))


@pytest.mark.parametrize(("effect", "verdict"), [(1.6, MORE), (0.5, LESS)])
def test_a_planted_effect_is_found(effect: float, verdict: str) -> None:
    rows = {row["content"]: row for row in compute_measure(
        "content_effect", company(2, effect), AGREEMENT).rows}  # fmt: skip
    assert rows["Case"]["verdict"] == verdict
    assert rows["Sheet"]["verdict"] == NO_DIFFERENCE
    low, high = (float(str(rows["Case"][name])) for name in ("gap_low", "gap_high"))
    # nine in ten of those who are won are so within the days followed
    planted = 0.9 * (open_at_the_landmark(0.3 * effect) - open_at_the_landmark(0.3))
    assert low < planted < high


def test_a_second_opinion() -> None:
    facts = company(3, leads=800)
    result = compute_measure("content_effect", facts, AGREEMENT)
    days = int(next(note for note in result.notes if "followed for" in note).split()[4])
    sql = f"""
    WITH born AS (SELECT lead_id, min(m."at") AS entered FROM moves m GROUP BY lead_id),
    ended AS (SELECT lead_id, m."at" AS moment, stage FROM moves m WHERE stage IN ('Won', 'Lost')),
    open AS (
        SELECT b.lead_id, entered, entered + INTERVAL 30 DAY AS mark,
            coalesce(stage = 'Won' AND moment <= entered + to_days(30 + {days}), false) AS won
        FROM born b LEFT JOIN ended USING (lead_id)
        WHERE (moment IS NULL OR moment > entered + INTERVAL 30 DAY)
        AND entered + to_days(30 + {days}) <= TIMESTAMP '{AS_OF}'),
    used AS (SELECT DISTINCT content_id, o.lead_id FROM uses u JOIN open o USING (lead_id)
        WHERE u."at" BETWEEN entered AND mark)
    SELECT c.content_id, count(*) FILTER (u.lead_id IS NOT NULL),
        count(*) FILTER (u.lead_id IS NOT NULL AND won), count(*) FILTER (u.lead_id IS NULL),
        count(*) FILTER (u.lead_id IS NULL AND won)
    FROM (SELECT DISTINCT content_id FROM used) c CROSS JOIN open o
    LEFT JOIN used u ON u.lead_id = o.lead_id AND u.content_id = c.content_id
    GROUP BY c.content_id ORDER BY 2 DESC, 1
    """
    found = facts["uses"].get_backend().raw_sql(sql).fetchall()
    names = ("content", "n", "won", "others", "others_won")
    assert [tuple(row[name] for name in names) for row in result.rows] == found
    for name in names[1:]:
        keys = {"content": str(result.rows[0]["content"])}
        listed = records_of("content_effect", facts, AGREEMENT, None, name, keys).table
        assert listed.count().to_pyarrow().as_py() == result.rows[0][name]


def test_without_uses_it_says_what_to_bring() -> None:
    facts = company(4, leads=50)
    tables = {name: table for name, table in facts.tables.items() if name != "uses"}
    with pytest.raises(MissingFacts, match="uses"):
        compute_measure("content_effect", Facts(tables), AGREEMENT, Scope(as_of=AS_OF))


def test_the_difference_in_a_mix() -> None:
    """One stratum is the plain difference with Wald's error; a mix that differs does not count."""
    one = difference_in_mix([30], [100], [20], [100])
    assert one is not None
    assert one.value == pytest.approx(0.1)
    assert one.error == pytest.approx(np.sqrt(0.3 * 0.7 / 100 + 0.2 * 0.8 / 100), rel=0.01)
    mixed = difference_in_mix([45, 1], [90, 10], [5, 9], [10, 90])
    assert mixed is not None
    assert mixed.value == pytest.approx(0.0)
    assert difference_in_mix([1, 0], [5, 0], [0, 2], [0, 9]) is None
