"""Promises and handovers beside a hand-written SQL of their own, on random facts."""

from __future__ import annotations

import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from tests.library.measures.random_facts import AGREEMENT, AS_OF, random_facts

SEEDS = (0,)

#: Seconds of an office day (Monday to Friday, 9 to 17) until a moment, day by day.
WORKED = """
CREATE OR REPLACE MACRO worked(a, b) AS (
    SELECT coalesce(sum(greatest(0, epoch(least(b, day + INTERVAL 17 HOUR))
                                  - epoch(greatest(a, day + INTERVAL 9 HOUR)))), 0)
    FROM (SELECT unnest(generate_series(date_trunc('day', a), b, INTERVAL 1 DAY)) AS day)
    WHERE isodow(day) < 6)
"""
#: Offers of marketing to sales as they stood at the moment of looking.
OFFERS = f"""
WITH offers AS (
    SELECT handover_id, lead_id, offered_at, due_at, lower(outcome) AS outcome, reason, clause,
        answered_at, reply_due_at, replied_at
    FROM handovers
    WHERE lower(from_team) = 'marketing'
      AND (offered_at IS NULL OR offered_at <= TIMESTAMP '{AS_OF}')),
known AS (
    SELECT handover_id, lead_id, offered_at, due_at,
        CASE WHEN later THEN NULL ELSE outcome END AS outcome,
        CASE WHEN later THEN NULL ELSE answered_at END AS answered_at,
        CASE WHEN later THEN NULL ELSE reply_due_at END AS reply_due_at,
        CASE WHEN replied_at <= TIMESTAMP '{AS_OF}' THEN replied_at END AS replied_at
    FROM (SELECT *, coalesce(answered_at > TIMESTAMP '{AS_OF}', false) AS later FROM offers)),
timed AS (
    SELECT *, coalesce(answered_at, TIMESTAMP '{AS_OF}') AS stopped FROM known)
"""
STATES = ("kept", "broken", "open", "unmeasured")


def query(facts: Facts, sql: str) -> list[tuple]:
    return facts["moves"].get_backend().raw_sql(sql).fetchall()


def counted(facts: Facts, name: str) -> tuple[int, ...]:
    rows = compute_measure("promises", facts, AGREEMENT).rows
    row = next(one for one in rows if one["promise"] == name)
    return tuple(row[state] for state in STATES)


def expected(facts: Facts, case: str, among: str = "timed") -> tuple[int, ...]:
    sql = f"{OFFERS} SELECT state, count(*) FROM (SELECT {case} AS state FROM {among}) GROUP BY 1"
    found = dict(query(facts, sql))
    return tuple(found.get(state, 0) for state in STATES)


@pytest.mark.parametrize("seed", SEEDS)
def test_quality(seed: int) -> None:
    facts = random_facts(seed)
    case = """CASE outcome WHEN 'accepted' THEN 'kept' WHEN 'expired' THEN 'unmeasured'
        WHEN 'lapsed' THEN 'unmeasured' ELSE if(outcome IS NOT NULL, 'broken', 'open') END"""
    assert counted(facts, "Good") == expected(facts, case)


@pytest.mark.parametrize("seed", SEEDS)
def test_answers(seed: int) -> None:
    facts = random_facts(seed)
    query(facts, WORKED)
    case = """CASE WHEN outcome = 'lapsed' THEN 'unmeasured' WHEN outcome = 'expired' THEN 'broken'
        WHEN offered_at IS NULL OR (outcome IS NOT NULL AND answered_at IS NULL) THEN 'unmeasured'
        WHEN if(due_at IS NOT NULL, stopped > due_at,
                worked(offered_at, stopped) > 16 * 3600) THEN 'broken'
        WHEN outcome IS NOT NULL THEN 'kept' ELSE 'open' END"""
    assert counted(facts, "Answers") == expected(facts, case)


@pytest.mark.parametrize("seed", SEEDS)
def test_replies(seed: int) -> None:
    facts = random_facts(seed)
    query(facts, WORKED)
    case = f"""CASE WHEN answered_at IS NULL THEN 'unmeasured'
        WHEN if(reply_due_at IS NOT NULL,
                coalesce(replied_at, TIMESTAMP '{AS_OF}') > reply_due_at,
                worked(answered_at, coalesce(replied_at, TIMESTAMP '{AS_OF}')) > 8 * 3600)
            THEN 'broken'
        WHEN replied_at IS NOT NULL THEN 'kept' ELSE 'open' END"""
    assert counted(facts, "Replies") == expected(facts, case, "timed WHERE outcome = 'rejected'")


@pytest.mark.parametrize("seed", SEEDS)
def test_attempts(seed: int) -> None:
    """The leads of SQL or further are those with a move into it; nobody moves back into it twice
    in a row in the days, which would be a move and no entry."""
    facts = random_facts(seed)
    case = f"""CASE WHEN answered_at IS NULL THEN 'unmeasured'
        WHEN (SELECT count(*) FROM touches t WHERE t.lead_id = o.lead_id
                AND lower(channel) IN ('call', 'called', 'fair') AND lower(channel) <> 'call'
                AND t."at" > answered_at AND t."at" <= answered_at + INTERVAL 20 DAY
                AND t."at" <= TIMESTAMP '{AS_OF}') >= 2 THEN 'kept'
        WHEN EXISTS (FROM (SELECT *, lag(stage) OVER (PARTITION BY lead_id
                            ORDER BY "at", coalesce(seq, 0)) AS before
                        FROM moves WHERE "at" <= TIMESTAMP '{AS_OF}' AND stage <> 'Nowhere') m
                WHERE m.lead_id = o.lead_id AND stage IN ('SQL', 'Won', 'Renewed')
                AND before IS DISTINCT FROM stage
                AND m."at" > answered_at AND m."at" <= answered_at + INTERVAL 20 DAY) THEN 'kept'
        WHEN answered_at + INTERVAL 20 DAY > TIMESTAMP '{AS_OF}' THEN 'open' ELSE 'broken' END"""
    query(facts, 'DELETE FROM moves WHERE "at" IS NULL')
    assert counted(facts, "Calls") == expected(facts, case, "timed o WHERE outcome = 'accepted'")


@pytest.mark.parametrize("seed", SEEDS)
def test_volume(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("promises", facts, AGREEMENT).rows
    row = next(one for one in rows if one["promise"] == "Enough")
    sql = f"""{OFFERS}, leads_given AS (
        SELECT lead_id, min(offered_at) AS first,
            bool_or(coalesce(outcome = 'accepted', false)) AS ok
        FROM known GROUP BY lead_id),
    weeks AS (
        SELECT week, (SELECT count(*) FROM leads_given WHERE date_trunc('week', first) = week) AS n
        FROM (SELECT unnest(generate_series((SELECT date_trunc('week', min(first))
              FROM leads_given), TIMESTAMP '{AS_OF}', INTERVAL 7 DAY)) AS week)),
    told AS (
        SELECT CASE WHEN n >= 4 THEN 'kept'
            WHEN week < (SELECT min(first) FROM leads_given)
             AND week + INTERVAL 7 DAY > (SELECT min(first) FROM leads_given) THEN 'unmeasured'
            WHEN week + INTERVAL 7 DAY <= TIMESTAMP '{AS_OF}' THEN 'broken' ELSE 'open' END AS state
        FROM weeks)
    SELECT (SELECT count(*) FROM leads_given), (SELECT count(*) FROM leads_given WHERE ok),
        count(*) FILTER (state = 'kept'), count(*) FILTER (state = 'broken'),
        count(*) FILTER (state = 'open'), count(*) FILTER (state = 'unmeasured') FROM told"""
    assert query(facts, sql) == [tuple(row[name] for name in ("delivered", "accepted", *STATES))]


@pytest.mark.parametrize("seed", SEEDS)
def test_how_handovers_of_each_week_were_answered(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("handovers", facts, AGREEMENT).rows
    found = [
        (one["week"], one["offered"], one["sent_back"], one["taken_back"])
        for one in sorted(rows, key=lambda one: one["week"])
        if one["from_team"] == "marketing" and one["to_team"] == "sales"
    ]
    sql = f"""SELECT coalesce(strftime(offered_at, '%G-W%V'), '(none)'), count(*),
        count(*) FILTER (lower(outcome) IN ('rejected', 'returned', 'recycled')
            AND NOT coalesce(answered_at > TIMESTAMP '{AS_OF}', false)),
        count(*) FILTER (lower(outcome) = 'lapsed'
            AND NOT coalesce(answered_at > TIMESTAMP '{AS_OF}', false))
        FROM handovers WHERE from_team = 'marketing' AND to_team = 'sales'
        AND (offered_at IS NULL OR offered_at <= TIMESTAMP '{AS_OF}') GROUP BY 1 ORDER BY 1"""
    assert found == query(facts, sql)
    for one in rows:
        assert one["offered"] == sum(
            one[name] for name in ("in_time", "late", "sent_back", "no_answer", "open",
                                   "taken_back", "unmeasured")
        )  # fmt: skip
