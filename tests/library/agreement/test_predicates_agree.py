"""Filter, one-record evaluation and sentence are three renderings of one definition."""

from __future__ import annotations

import random

import duckdb
import ibis
import pyarrow as pa
import pytest

from onefunnel.agreement.predicates.parse import parse
from onefunnel.facts.declaration import SQL_TYPES
from tests.library.agreement.predicate_cases import COLUMNS, predicate, record

RECORDS = 50
PREDICATES = 200  # 10,000 pairs


@pytest.fixture(scope="module")
def records() -> list[dict[str, object]]:
    rng = random.Random(20)
    return [record(rng) for _ in range(RECORDS)]


@pytest.fixture(scope="module")
def table(records: list[dict[str, object]]) -> ibis.Table:
    types = {
        "text": pa.string(), "int": pa.int64(), "number": pa.float64(),
        "money": pa.decimal128(18, 4), "time": pa.timestamp("us"), "day": pa.date32(),
        "flag": pa.bool_(),
    }  # fmt: skip
    schema = pa.schema([("n", pa.int64()), *((c, types[t]) for c, t in COLUMNS.items())])
    rows = [{"n": n, **row} for n, row in enumerate(records)]
    connection = ibis.duckdb.connect()
    return connection.create_table("records", pa.Table.from_pylist(rows, schema=schema))


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rng = random.Random(7)
    return [predicate(rng) for _ in range(PREDICATES)]


@pytest.mark.slow
def test_filter_and_one_record_evaluation_agree(
    texts: list[str], records: list[dict[str, object]], table: ibis.Table
) -> None:
    predicates = [parse(text, COLUMNS) for text in texts]
    assert len(predicates) * len(records) == 10_000
    differences = []
    for start in range(0, PREDICATES, 20):
        batch = predicates[start : start + 20]
        asked = {f"p{i}": each.filter(table) for i, each in enumerate(batch)}
        answers = table.select("n", **asked).order_by("n").to_pyarrow().to_pylist()
        for answer, row in zip(answers, records, strict=True):
            for i, each in enumerate(batch):
                if answer[f"p{i}"] is not each.matches(row):
                    differences.append((each.text, row, answer[f"p{i}"]))
    assert differences == []


def test_neither_all_true_nor_all_false(texts: list[str], records: list[dict[str, object]]) -> None:
    """The agreement above would mean little if the predicates hardly ever held."""
    predicates = [parse(text, COLUMNS) for text in texts]
    held = sum(predicate.matches(row) for predicate in predicates for row in records)
    assert 0.2 < held / (len(texts) * len(records)) < 0.8


def test_the_filter_agrees_with_the_engine_reading_the_text_itself(
    texts: list[str], table: ibis.Table
) -> None:
    """An independent second reading: DuckDB evaluates the text as SQL."""
    rng = random.Random(3)
    simple = [
        f"{rng.choice(['country', 'name'])} {rng.choice(['LIKE', 'ILIKE', '<', 'IN', '='])} {{}}"
        for _ in range(200)
    ]
    connection: duckdb.DuckDBPyConnection = table.get_backend().con
    for shape in simple:
        row = record(rng)
        value = "'" + str(row["name"] or "é").replace("'", "''") + "'"
        text = shape.format(f"({value}, 'UK')" if " IN " in shape else value)
        expected = connection.execute(
            f"SELECT n FROM records WHERE NOT ({text}) OR is_customer ORDER BY n"
        ).fetchall()
        mine = parse(f"NOT ({text}) OR is_customer", COLUMNS)
        found = table.filter(mine.filter(table)).select("n").order_by("n").to_pyarrow()
        assert [n for (n,) in expected] == found["n"].to_pylist(), text


@pytest.mark.slow
def test_different_definitions_have_different_sentences() -> None:
    rng = random.Random(11)
    by_sentence: dict[str, object] = {}
    for _ in range(10_000):
        found = parse(predicate(rng), COLUMNS)
        sentence = found.sentence()
        assert sentence
        assert by_sentence.setdefault(sentence, found) == found, (sentence, found.text)
    assert len(by_sentence) > 8_000


def test_a_sentence_does_not_depend_on_how_the_text_is_spelled() -> None:
    one = parse("country IN ('UK','Ireland') and NOT employees<50", COLUMNS)
    two = parse("((COUNTRY  in ('UK', 'Ireland')) AND 50 <= Employees)", COLUMNS)
    assert one.sentence() == two.sentence()
    assert one == two


def test_the_types_of_the_cases_are_those_of_the_facts() -> None:
    assert set(COLUMNS.values()) == set(SQL_TYPES)
