"""The operations that broke when Ibis, DuckDB and sqlglot drifted apart (decision 0002)."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest


@pytest.fixture
def engine() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def test_create_overwrite_insert_and_drop(engine: ibis.BaseBackend) -> None:
    rows = pd.DataFrame({"lead_id": ["a", "b"], "n": [1, 2]})
    engine.create_table("leads", rows)
    engine.create_table("leads", rows, overwrite=True)
    engine.insert("leads", rows)
    assert engine.table("leads").count().execute() == 4
    engine.drop_table("leads")
    assert "leads" not in engine.list_tables()


def test_as_of_join_and_window(engine: ibis.BaseBackend) -> None:
    marks = ibis.memtable({"k": ["a", "a"], "t": [1, 5], "v": [10, 50]})
    asks = ibis.memtable({"k": ["a", "a"], "t": [4, 6]})
    joined = asks.asof_join(marks, on=asks.t >= marks.t, predicates="k").order_by("t")
    assert engine.execute(joined)["v"].tolist() == [10, 50]
    ranked = marks.mutate(r=ibis.row_number().over(group_by="k", order_by="t")).order_by("t")
    assert engine.execute(ranked)["r"].tolist() == [0, 1]


def test_batches_and_plain_sql(engine: ibis.BaseBackend) -> None:
    table = engine.create_table("t", pd.DataFrame({"n": [1, 2, 3]}))
    assert sum(batch.num_rows for batch in table.to_pyarrow_batches()) == 3
    assert engine.sql("select sum(n) as s from t").execute()["s"].tolist() == [6]
