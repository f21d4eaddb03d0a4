"""Counts of the scan for friction by hand-written SQL over awkward facts."""

import pytest

from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.friction import scan_of
from onefunnel.measures.scope import Scope
from tests.library.measures.random_facts import AGREEMENT, AS_OF, random_facts

_COUNTED = """
WITH reached AS (
    SELECT lead_id, min(reached_{k}) AS begun, min(reached_{next}) AS gone_on, max(furthest) AS far,
           min(fell_{k}) AS fell, any_value(of_source) AS source
    FROM cohort GROUP BY lead_id
), counted AS (
    SELECT * FROM reached
    WHERE far >= {k} AND begun <= TIMESTAMP '{as_of}' - INTERVAL {days} DAY
      AND NOT (far > {k} AND gone_on IS NULL)
)
SELECT source, count(*) AS n,
       count(*) FILTER (WHERE far > {k} AND gone_on <= begun + INTERVAL {days} DAY) AS went,
       count(*) FILTER (WHERE fell <= begun + INTERVAL {days} DAY) AS back
FROM counted GROUP BY source
"""


@pytest.mark.parametrize("seed", range(3))
def test_what_is_counted_in_each_cell(seed: int) -> None:
    facts = random_facts(seed, leads=300)
    scope = Scope(as_of=AS_OF, by="source")
    scan = scan_of(facts, AGREEMENT, scope, with_owner=False)
    assert scan is not None
    result = compute_measure("friction", facts, AGREEMENT, scope)
    engine = facts["moves"].get_backend()
    engine.create_table("cohort", scan.places.cohort.table.to_pyarrow(), overwrite=True)
    names = scan.places.cohort.path.stages
    seen = 0
    for k, days in scan.places.windows.items():
        query = _COUNTED.format(k=k, next=k + 1, days=days, as_of=AS_OF)
        for source, n, went, back in engine.raw_sql(query).fetchall():
            rows = [r for r in result.rows if (r["stage"], r["source"]) == (names[k], source)]
            on = next(row for row in rows if row["kind"] == "going on")
            assert (on["n"], on["hit"]) == (n, n - went)
            if k:
                fell = next(row for row in rows if row["kind"] == "going back")
                assert (fell["n"], fell["hit"]) == (n, back)
            seen += 1
    assert seen > 5


def test_every_count_opens_its_list() -> None:
    facts = random_facts(4, leads=120)
    scope = Scope(as_of=AS_OF, by="source")
    for row in compute_measure("friction", facts, AGREEMENT, scope).rows[::11]:
        named = {key: str(row[key]) for key in ("kind", "stage", "source")}
        for figure in ("n", "hit"):
            found = records_of("friction", facts, AGREEMENT, scope, figure, named)
            assert found.table.count().to_pyarrow().as_py() == row[figure], (named, figure)
