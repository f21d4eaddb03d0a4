"""Each measure beside a hand-written SQL of its own, on random facts: the two must agree.

The SQL is written from the definitions in words, not from the library's expressions.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from tests.library.measures.random_facts import AGREEMENT, AS_OF, START, random_facts

SEEDS = range(4)

#: Moves up to the moment of looking, in order, repeats left out: a move into the stage one is in
#: already is no entry. An undated move stands after the dated ones with a smaller seq.
ENTRIES = f"""
WITH numbered(stage, state, kind) AS (VALUES
    ('Lead', 0, 'open'), ('MQL', 1, 'open'), ('SQL', 2, 'open'), ('Won', 3, 'won'),
    ('Renewed', 4, 'won'), ('Lost', 5, 'lost'), ('Bad fit', 6, 'disqualified'),
    ('Later', 7, 'recycled')),
seen AS (SELECT lead_id, "at" AS ts, stage, coalesce(seq, 0) AS seq FROM moves
         WHERE "at" IS NULL OR "at" <= TIMESTAMP '{AS_OF}'),
placed AS (SELECT *, CASE WHEN ts IS NOT NULL THEN ts ELSE coalesce(
               (SELECT max(o.ts) FROM seen o WHERE o.lead_id = s.lead_id AND o.seq < s.seq),
               TIMESTAMP '0001-01-01') END AS place FROM seen s),
ordered AS (SELECT p.*, state, kind,
                   row_number() OVER (PARTITION BY lead_id ORDER BY place, seq, state) AS nr
            FROM placed p JOIN numbered USING (stage)),
entries AS (SELECT a.lead_id, a.ts, a.state, a.kind, a.nr FROM ordered a
            LEFT JOIN ordered b ON a.lead_id = b.lead_id AND b.nr = a.nr - 1
            WHERE b.state IS NULL OR b.state <> a.state),
stays AS (SELECT *, lead(state) OVER w AS next_state, lead(ts) OVER w AS left_at
          FROM entries WINDOW w AS (PARTITION BY lead_id ORDER BY nr)),
per_lead AS (SELECT lead_id,
                coalesce(max(state) FILTER (state < 5), 0) AS furthest,
                arg_max(kind, nr) AS outcome
             FROM entries GROUP BY lead_id)
"""


def query(facts: Facts, sql: str) -> list[tuple]:
    return facts["moves"].get_backend().raw_sql(sql).fetchall()


@pytest.mark.parametrize("seed", SEEDS)
def test_stages_counts(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("stages", facts, AGREEMENT).rows
    expected = query(
        facts,
        ENTRIES
        + """
        SELECT n.stage,
            (SELECT count(DISTINCT lead_id) FROM entries e WHERE e.state = n.state),
            (SELECT count(*) FROM per_lead WHERE furthest >= n.state),
            (SELECT count(*) FROM per_lead WHERE furthest = n.state AND outcome = 'open'),
            (SELECT count(*) FROM per_lead WHERE furthest = n.state AND outcome = 'lost'),
            (SELECT count(*) FROM per_lead WHERE furthest = n.state AND outcome = 'recycled'),
            (SELECT count(DISTINCT lead_id) FROM stays s
              WHERE s.state = n.state AND s.next_state < s.state)
        FROM numbered n WHERE state < 5 ORDER BY state""",
    )
    names = ("stage", "entered", "reached", "open", "lost", "recycled", "went_back")
    assert [tuple(row[name] for name in names) for row in rows] == expected


TIMES = """
, timed AS (
    SELECT p.lead_id, furthest, outcome, min(ts) AS first_at, any_value(created_at) AS created_at,
        min(ts) FILTER (state BETWEEN 3 AND 4) AS won_at, max(ts) FILTER (state > 4) AS left_at
    FROM per_lead p JOIN entries USING (lead_id) JOIN leads USING (lead_id) GROUP BY ALL)
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_share_won_by_a_window_query(seed: int) -> None:
    """Aalen-Johansen as one window query in SQL: S(t-) d/n, open leads censored."""
    facts = random_facts(seed, leads=250)
    facts["moves"].get_backend().raw_sql('DELETE FROM moves WHERE "at" IS NULL')
    row = compute_measure("stages", facts, AGREEMENT).rows[3]
    share = query(
        facts,
        ENTRIES
        + TIMES
        + f""",
        spans AS (SELECT CASE WHEN furthest >= 3 THEN 1 WHEN outcome IN ('open', 'won') THEN 0
                         ELSE 2 END AS cause,
            floor(date_diff('second', least(first_at, created_at),
                CASE WHEN furthest >= 3 THEN won_at WHEN outcome IN ('open', 'won')
                THEN TIMESTAMP '{AS_OF}' ELSE left_at END) / 3600) AS hours FROM timed),
        by_time AS (SELECT hours, count(*) AS n, count(*) FILTER (cause > 0) AS d,
                           count(*) FILTER (cause = 1) AS w FROM spans GROUP BY hours),
        risk AS (SELECT *, sum(n) OVER (ORDER BY hours DESC) AS at_risk FROM by_time),
        survival AS (SELECT *, coalesce(product(1 - d / at_risk) OVER (ORDER BY hours
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 1) AS before FROM risk)
        SELECT sum(before * w / at_risk) FROM survival""",
    )[0][0]
    assert row["stage"] == "Won"
    assert row["overall_share"] == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_velocity(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("velocity", facts, AGREEMENT).rows
    expected = query(
        facts,
        ENTRIES
        + """
        SELECT stage, count(*),
            count(*) FILTER (next_state < 5 AND next_state > s.state),
            count(*) FILTER (next_state < s.state),
            count(*) FILTER (next_state = 5), count(*) FILTER (next_state IS NULL),
            count(*) FILTER (ts IS NOT NULL AND (next_state IS NULL OR left_at IS NOT NULL))
        FROM numbered n JOIN stays s ON s.state = n.state WHERE n.state < 4
        GROUP BY stage, n.state ORDER BY n.state""",
    )
    names = ("stage", "stays", "forward", "back", "lost", "open", "n")
    assert [tuple(row[name] for name in names) for row in rows] == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_value(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("value", facts, AGREEMENT, Scope(by="owner")).rows
    found = {
        (row["owner"], row["currency"]): (
            row["won"], row["lost"], row["open"], row["won_amount"], row["margin"] or 0,
            row["margin_missing"], row["unpriced"],
        )
        for row in rows
    }  # fmt: skip
    expected = query(
        facts,
        f"""
        WITH d AS (SELECT *, CASE WHEN closed_at > TIMESTAMP '{AS_OF}' THEN 'open' ELSE outcome END
                   AS then_ FROM deals WHERE opened_at IS NULL OR opened_at <= TIMESTAMP '{AS_OF}')
        SELECT owner, coalesce(currency, ''), sum((then_ = 'won')::INT), sum((then_ = 'lost')::INT),
            sum((then_ = 'open')::INT),
            CASE WHEN count(*) FILTER (then_ = 'won') = 0 THEN 0
                ELSE sum(amount) FILTER (then_ = 'won') END,
            coalesce(sum(margin) FILTER (then_ = 'won'), 0),
            count(*) FILTER (then_ = 'won' AND margin IS NULL),
            count(*) FILTER (amount IS NULL)
        FROM d GROUP BY ALL""",
    )
    assert found == {(row[0], row[1]): row[2:] for row in expected}


@pytest.mark.parametrize("seed", SEEDS)
def test_channels_spend_sums_to_the_penny(seed: int) -> None:
    facts = random_facts(seed)
    result = compute_measure("channels", facts, AGREEMENT, Scope(by="source"))
    spent: dict[str, Decimal] = {}
    for row in result.rows:
        if row["spend"] is not None:
            spent[row["currency"]] = spent.get(row["currency"], Decimal(0)) + row["spend"]
    expected = query(
        facts,
        f"SELECT coalesce(currency, ''), sum(amount) FROM spend "
        f"WHERE \"at\" <= TIMESTAMP '{AS_OF}' GROUP BY 1",
    )
    assert spent == dict(expected) == result.totals["spend"]
    leads = query(
        facts, ENTRIES + "SELECT count(*), count(*) FILTER (outcome = 'won') FROM per_lead"
    )
    assert (result.totals["leads"], result.totals["won"]) == leads[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_awareness(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("awareness", facts, AGREEMENT).rows
    expected = query(
        facts,
        f"""SELECT kind, strftime("at", '%Y-%m'), CASE kind WHEN 'survey' THEN avg(value)
            ELSE sum(value) END, count(*) FROM awareness WHERE "at" <= TIMESTAMP '{AS_OF}'
            GROUP BY 1, 2 ORDER BY 1, 2""",
    )
    assert [(r["kind"], r["period"], pytest.approx(r["value"]), r["n"]) for r in rows] == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_repeat(seed: int) -> None:
    facts = random_facts(seed)
    rows = compute_measure("repeat", facts, AGREEMENT).rows
    expected = query(
        facts,
        f"""
        WITH signs AS (
            SELECT coalesce(t.account_id, l.account_id) AS account, 'touch' AS kind, t."at" AS ts
              FROM touches t LEFT JOIN leads l USING (lead_id)
            UNION ALL SELECT account_id, 'lead', created_at FROM leads
            UNION ALL SELECT coalesce(d.account_id, l.account_id), 'won', closed_at
              FROM deals d LEFT JOIN leads l USING (lead_id) WHERE outcome = 'won'
            UNION ALL SELECT account_id, 'order', "at" FROM orders),
        seen AS (SELECT * FROM signs WHERE account IS NOT NULL
                 AND (ts IS NULL OR ts <= TIMESTAMP '{AS_OF}'))
        SELECT count(DISTINCT account) FILTER (kind = 'touch'),
            count(DISTINCT account) FILTER (kind = 'lead'),
            count(DISTINCT account) FILTER (kind = 'won'),
            count(DISTINCT account) FILTER (kind = 'order'),
            (SELECT count(*) FROM (SELECT account FROM seen WHERE kind = 'order'
             GROUP BY account HAVING count(DISTINCT ts::DATE) > 1))
        FROM seen""",
    )
    assert [row["accounts"] for row in rows] == list(expected[0])


@pytest.mark.parametrize("is_default", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_sales_velocity(seed: int, is_default: bool) -> None:
    """Without a period: the 90 days up to the moment of looking, and what closed right then."""
    facts = random_facts(seed, leads=150)
    facts["moves"].get_backend().raw_sql(
        f"UPDATE deals SET closed_at = TIMESTAMP '{AS_OF}' WHERE outcome <> 'open'"
        " AND deal_id LIKE '%7'"
    )
    since, until = START.replace(month=2), AS_OF
    scope = Scope(since=since, until=until)
    if is_default:
        instant = timedelta(microseconds=1)
        since, until, scope = AS_OF - timedelta(days=90) + instant, AS_OF + instant, Scope()
    now = compute_measure("sales_velocity", facts, AGREEMENT, scope).rows[0]
    currency = now["currency"]
    expected = query(
        facts,
        f"""
        WITH d AS (SELECT *, CASE WHEN closed_at <= TIMESTAMP '{AS_OF}' THEN closed_at END AS closed
                   FROM deals WHERE opened_at IS NULL OR opened_at <= TIMESTAMP '{AS_OF}'),
        c AS (SELECT * FROM d WHERE coalesce(currency, '') = '{currency}'
              OR (amount IS NULL AND currency IS NULL)),
        p AS (SELECT *, closed >= TIMESTAMP '{since}' AND closed < TIMESTAMP '{until}' AS ended,
              opened_at < TIMESTAMP '{until}' AND (closed IS NULL OR closed >= TIMESTAMP '{since}')
              AS was_open FROM c)
        SELECT count(*) FILTER (was_open OR ended), count(*) FILTER (ended AND outcome = 'won'),
            count(*) FILTER (ended), coalesce(sum(amount) FILTER (ended AND outcome = 'won'), 0)
        FROM p""",
    )
    assert (now["deals"], now["won"], now["closed"], now["won_amount"]) == expected[0]
