"""Service due: a small installed base by hand, and SQL of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa

from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.scope import Scope
from tests.library.measures.customers.bought import AGREEMENT, facts_of
from tests.library.measures.random_facts import AGREEMENT as RANDOM
from tests.library.measures.random_facts import AS_OF, random_facts

START = datetime(2025, 1, 1)


def at(n: int | None) -> datetime | None:
    return None if n is None else START + timedelta(days=n)


#: product, day of installation, day of service, interval.
MACHINES = [("F", 0, None, 90), ("F", 0, 60, 90), ("F", 0, 200, 90), ("F", 0, None, None),
            ("F", None, None, 90), ("L", 0, 20, 90), ("L", 101, None, 10)]  # fmt: skip


def test_what_is_due_by_hand() -> None:
    times = pa.timestamp("us")
    installed = pa.table({
        "asset_id": [f"m{place}" for place in range(len(MACHINES))],
        "product": [one[0] for one in MACHINES],
        "installed_at": pa.array([at(one[1]) for one in MACHINES], times),
        "serviced_at": pa.array([at(one[2]) for one in MACHINES], times),
        "interval_days": pa.array([one[3] for one in MACHINES], pa.int64()),
    })  # fmt: skip
    facts = facts_of([], data_at=datetime(2025, 4, 11), installed=installed)  # day 100
    result = compute_measure("service_due", facts, AGREEMENT)
    first, second = result.rows
    told = [first[name] for name in ("product", "assets", "overdue", "due_soon", "unknown", "n")]
    # the third was served later only: at day 100 its service of day 90 was overdue
    assert told == ["F", 5, 2, 0, 2, 3]
    assert (second["assets"], second["due_soon"], second["due_later"]) == (1, 1, 0)
    assert first["overdue_share"] is None
    assert result.sentence.startswith("2 of 4 machines are overdue for service")
    for figure in ("assets", "overdue", "unknown", "n"):
        listed = records_of("service_due", facts, AGREEMENT, None, figure, {"product": "F"}).table
        assert listed.count().to_pyarrow().as_py() == first[figure]


def test_a_second_opinion() -> None:
    facts = random_facts(9)
    result = compute_measure("service_due", facts, RANDOM, Scope(as_of=AS_OF))
    sql = f"""
    WITH base AS (
        SELECT coalesce(trim(product), '(none)') AS product,
            coalesce(greatest(installed_at, serviced_at), installed_at)
                + to_days(nullif(interval_days, 0)::INT) AS due
        FROM installed WHERE installed_at <= TIMESTAMP '{AS_OF}')
    SELECT product, count(*), count(*) FILTER (due < TIMESTAMP '{AS_OF}'),
        count(*) FILTER (due IS NULL)
    FROM base GROUP BY product ORDER BY 3 DESC, 2 DESC, 1
    """
    found = facts["installed"].get_backend().raw_sql(sql).fetchall()
    told = [(r["product"], r["assets"], r["overdue"], r["unknown"]) for r in result.rows]
    assert told == found
