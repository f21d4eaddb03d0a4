"""Woken leads, by a small table told by hand and by SQL of its own over random facts."""

from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.figures import UnknownFigure
from onefunnel.measures.scope import Scope
from tests.library.measures.random_facts import AGREEMENT as RANDOM
from tests.library.measures.random_facts import AS_OF, random_facts

DAY_0 = datetime(2026, 1, 5, 9)
AGREEMENT = Agreement(
    "Ours",
    stages=(
        Stage("MQL", when="stage = 'MQL'", leads=("marketing",)),
        Stage("SQL", when="stage = 'SQL'", leads=("sales",)),
        Stage("Won", kind="won", when="stage = 'Won'", leads=("sales",)),
        Stage("Later", kind="recycled", when="stage = 'Later'", leads=("marketing",)),
    ),
    handovers=(Handover("Over", from_team="marketing", to_team="sales"),),
)
#: lead: day:stage ...; "w" is the note that the program woke it.
LOG = """
a 0:MQL 1:Later 9:SQL 20:Won
b 0:MQL 1:Later 9:w 12:MQL
c 0:MQL 1:Later 9:w
d 0:SQL 1:Later
e 0:MQL 1:SQL 2:Won
f 0:Won 1:Later 5:MQL 6:Later 7:w 9:Won
"""


def day(number: float) -> datetime:
    return DAY_0 + timedelta(days=number)


def facts_of(log: str, accepted: dict[str, float] | None = None) -> Facts:
    moves, touches = [], []
    for line in log.strip().splitlines():
        lead, *steps = line.split()
        for seq, step in enumerate(steps):
            when, stage = step.split(":")
            if stage == "w":
                touches.append({"touch_id": f"{lead}{when}", "lead_id": lead,
                                "at": day(float(when)), "kind": "woken"})  # fmt: skip
            else:
                moves.append({"lead_id": lead, "at": day(float(when)), "stage": stage, "seq": seq})
    offers = [
        {"handover_id": lead, "lead_id": lead, "offered_at": day(when - 0.5),
         "answered_at": day(when), "outcome": "accepted", "from_team": "marketing",
         "to_team": "sales"}
        for lead, when in (accepted or {}).items()
    ]  # fmt: skip
    leads = [{"lead_id": lead, "segment": lead} for lead in {row["lead_id"] for row in moves}]
    tables = {"moves": moves, "touches": touches, "handovers": offers, "leads": leads}
    connection = ibis.duckdb.connect()
    made = {
        name: connection.create_table(name, pa.Table.from_pylist(rows))
        for name, rows in tables.items()
        if rows
    }
    return Facts(made, data_at=day(30))


def counts(facts: Facts, scope: Scope | None = None) -> dict[str, int]:
    rows = compute_measure("woken", facts, AGREEMENT, scope).rows
    return {str(row["step"]): int(str(row["leads"])) for row in rows}


def test_the_table_by_hand() -> None:
    facts = facts_of(LOG, {"a": 10, "d": 12, "b": 3})
    assert counts(facts) == {
        "put aside": 5,  # all but e
        "woken": 4,  # a and f came back, b and c were woken
        "back in MQL": 3,  # a is further
        "back in SQL": 2,  # a; f came to Won again
        "back in Won": 2,
        "accepted": 1,  # a: b was accepted before it woke, d never woke
    }
    rows = compute_measure("woken", facts, AGREEMENT).rows
    assert [row["team"] for row in rows] == [
        "marketing", "marketing", "marketing", "sales", "sales", "sales",
    ]  # fmt: skip
    assert rows[4]["note"] == "too few to tell (n=4)"
    assert rows[4]["woken_share"] is None


def test_a_wake_by_the_program_counts_before_the_lead_moves() -> None:
    facts = facts_of(LOG)
    row = {"step": "woken"}
    table = records_of("woken", facts, AGREEMENT, None, "leads", row).table.to_pyarrow()
    woke = dict(zip(table["lead_id"].to_pylist(), table["woken_at"].to_pylist(), strict=True))
    assert woke == {"a": day(9), "b": day(9), "c": day(9), "f": day(5)}
    with pytest.raises(UnknownFigure):
        records_of("woken", facts, AGREEMENT, None, "share", row)


def test_looking_back_nothing_later_is_known_and_a_period_is_that_of_putting_aside() -> None:
    facts = facts_of(LOG)
    assert counts(facts, Scope(as_of=day(8)))["woken"] == 1
    assert counts(facts, Scope(since=day(3)))["put aside"] == 1  # f, for the second time
    assert counts(facts, Scope(where="segment = 'a'"))["put aside"] == 1


def test_without_a_stage_to_put_leads_aside_it_says_so() -> None:
    none = Agreement("None", stages=AGREEMENT.stages[:3])
    result = compute_measure("woken", facts_of(LOG), none)
    assert result.sentence == "The agreement has no stage for leads that are put aside until a day."


@pytest.mark.parametrize("seed", [1, 4])
def test_independent_sql_says_the_same(seed: int) -> None:
    """Over the leads of which every move has a time; without deals, as these are."""
    drawn = random_facts(seed, leads=150)
    connection = drawn["moves"].get_backend()
    undated = drawn["moves"].filter(drawn["moves"]["at"].isnull())
    moves = connection.create_table("dated", drawn["moves"].anti_join(undated, "lead_id"))
    facts = Facts({"moves": moves, "leads": drawn["leads"]}, data_at=AS_OF)
    rows = {row["step"]: row["leads"] for row in compute_measure("woken", facts, RANDOM).rows}
    found = connection.con.execute(
        f"""
        WITH numbered AS (
          SELECT lead_id, "at", seq, list_position(
            ['Lead', 'MQL', 'SQL', 'Won', 'Renewed', 'Lost', 'Bad fit', 'Later'], stage) AS k
          FROM dated WHERE "at" <= '{AS_OF}' AND stage <> 'Nowhere'),
        walk AS (
          SELECT *, row_number() OVER w AS n, lag(k) OVER w AS before FROM numbered
          WINDOW w AS (PARTITION BY lead_id ORDER BY "at", seq, k)),
        entry AS (SELECT * FROM walk WHERE before IS NULL OR before <> k),
        aside AS (SELECT lead_id, min(n) AS n FROM entry WHERE k = 8 GROUP BY 1),
        later AS (
          SELECT e.lead_id, max(k) FILTER (WHERE k <= 5) AS furthest
          FROM aside a JOIN entry e ON e.lead_id = a.lead_id AND e.n > a.n GROUP BY 1)
        SELECT (SELECT count(*) FROM aside), count(furthest),
          count(*) FILTER (WHERE furthest >= 3), count(*) FILTER (WHERE furthest >= 4) FROM later
        """
    ).fetchone()
    steps = ("put aside", "woken", "back in SQL", "back in Won")
    assert tuple(rows[step] for step in steps) == found
    assert found[1] > 3
