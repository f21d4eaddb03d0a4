"""What a definition may say, and what it is told when it may not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import ibis
import pytest

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.record_values import WrongValueError
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.agreement.predicates.tokens import names_in
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.facts.declaration import Type
from tests.library.agreement.predicate_cases import COLUMNS as CASE_COLUMNS
from tests.library.agreement.predicate_cases import predicate

COLUMNS: dict[str, Type] = {
    "country": "text", "employees": "int", "score": "number", "amount": "money", "at": "time",
    "due": "day", "is_customer": "flag", "Lead Source": "text", "stage": "text",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("country IN ('UK', 'Ireland') AND employees >= 50",
         "the country is one of UK, Ireland and the company has at least 50 employees"),
        ("stage = 'Closed Won'", "the stage is Closed Won"),
        ("country <> 'UK'", "the country is not UK"),
        ("NOT country = 'UK'", "the country is not UK"),
        ("country = 'UK, Ireland'", "the country is “UK, Ireland”"),
        ("country = ''", "the country is “”"),
        ("amount >= 1000.50", "the amount is at least 1,000.50"),
        ("at >= '2024-05-31'", "the time of the move is on or after 2024-05-31"),
        ("is_customer", "the column “is_customer” is yes"),
        ("NOT is_customer", "the column “is_customer” is no"),
        ("country IS NULL", "the country is not known"),
        ("country IS NOT NULL", "the country is known"),
        ("\"lead source\" LIKE 'Web%'", "the Lead Source starts with Web"),
        ("country ILIKE '%land'", "the country ends with land (small letters and capitals alike)"),
        ("employees BETWEEN 10 AND 50", "the employees is from 10 to 50"),
        ("(country = 'UK' OR score > 1) AND NOT (is_customer OR score > 2)",
         "(the country is UK or the score is more than 1) and it is not so that (the column "
         "“is_customer” is yes or the score is more than 2)"),
        ("days_between(due, at) <= 30",
         "the number of days from the due to the time of the move is at most 30"),
        ("points(employees >= 50, 3) + points(country = 'UK' OR is_customer, -1) >= 2",
         "the sum of [3 points if the company has at least 50 employees; -1 points if (the "
         "country is UK or the column “is_customer” is yes)] is at least 2"),
        ("TRUE", "always"),
    ],
)  # fmt: skip
def test_a_definition_reads_as_a_sentence(text: str, sentence: str) -> None:
    assert parse(text, COLUMNS).sentence() == sentence


@pytest.mark.parametrize(
    ("text", "position", "what", "fix"),
    [
        ("contry = 'UK'", 0, "there is no column 'contry'", "did you mean country?"),
        ("employees > 5 AND country = \"UK\"", 28, "there is no column 'UK'",
         "for a text write it in single quotes: 'UK'"),
        ("employees = '50'", 0, "compares a whole number with text", "leave the quotation marks"),
        ("country = 50", 0, "compares text with a whole number", "single quotes: '50'"),
        ("amount / 2 > 1", 0, "division cannot be used", "multiply the other side"),
        ("at > now()", 5, "there is no function 'now'", "the functions are coalesce"),
        ("at > current_date", None, "moves with the calendar", "days_between"),
        ("at > 'yesterday'", 0, "'yesterday' is not a time", "'2024-05-31'"),
        ("at > '2024-02-30'", 0, "'2024-02-30' is not a time", "'2024-05-31'"),
        ("amount", 0, "amount is an amount, not a condition", "compare it"),
        ("'a'", 0, "is text, not a condition", "compare it"),
        ("country::int = 1", 0, "a cast cannot be used", "write the value itself"),
        ("country ~ 'a.*'", 0, "a regular expression cannot be used", "LIKE"),
        ("country SIMILAR TO 'a'", 0, "a regular expression cannot be used", "LIKE"),
        ("country = NULL", None, "NULL as a value", "IS NULL"),
        ("country IN ('UK', NULL)", None, "NULL as a value", "IS NULL"),
        ("leads.country = 'UK'", 0, "a table in front of the column", "write country only"),
        ("country = 'UK' AND", 15, "not understood near 'AND'", "write conditions"),
        ("country = 'UK", None, "a quotation mark is never closed", "'"),
        ("(country = 'UK'", 15, "a bracket is never closed", "add the missing )"),
        ("country = 'UK')", 14, "a bracket closes that never opened", ""),
        ("country = 'UK' -- really", 14, "a comment", "YAML"),
        ("1 = 1; DROP TABLE leads", 5, "a second statement", "one condition"),
        ("SELECT 1", 0, "not a condition", "write conditions"),
        ("country IN (SELECT name FROM users)", 0, "IN needs a list of values", "country IN"),
        ("EXISTS (SELECT 1)", 15, "a query inside a condition", "columns of the row"),
        ("employees > 1e5", 12, "not a number a definition can hold", "no exponent"),
        ("employees > 99999999999999999999", 12, "not a number a definition can hold", "19"),
        ("country LIKE 'a\\%'", 13, "a backslash in a pattern", "_"),
        ("is_customer > FALSE", 0, "neither larger nor smaller", "= TRUE"),
        ("at - due > 3", 0, "arithmetic with times", "days_between"),
        ("length(employees) > 3", 0, "length needs a text", "length(phone)"),
        ("points(employees, 3) > 1", 7, "is a whole number, not a condition", "compare it"),
        ("points(is_customer, score) > 1", 0, "a whole number that is written out", "points("),
        ("points(is_customer, 101) > 1", 0, "101 points", "at most 100"),
        ("points(is_customer) > 1", 0, "takes a condition and a number, not 1", "points("),
        ("points(is_customer, 1)", 0, "is a whole number, not a condition", "compare it"),
        ("lower(country, stage) = 'a'", 20, "not understood near ')'", ""),
        ("(country = 'UK') = TRUE", 1, "a condition where a value is needed", "AND and OR"),
        ("", None, "there is no condition", "stage = 'SQL'"),
        ("country = 'a\x00b'", 12, "an invisible control character (U+0000)", "delete it"),
        ("NOT " * 100 + "is_customer", None, "more than 60 levels", "simpler"),
        ("(" * 3000 + "is_customer" + ")" * 3000, None, "more than 2,000 words", "fewer"),
        ("+".join(["score"] * 400) + " > 1", None, "more than 60 levels", "simpler"),
        ("employees IN (" + ", ".join("1" * 600) + ")", None, "more than 500 parts", "fewer"),
        ("country = '" + "a" * 10_000 + "'", None, "longer than 10,000 characters", "fewer"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_what_and_what_instead(
    text: str, position: int | None, what: str, fix: str
) -> None:
    with pytest.raises(PredicateError) as error:
        parse(text, COLUMNS)
    assert what in error.value.what
    assert fix in error.value.fix
    assert error.value.position == position


def test_a_long_but_flat_definition_is_read() -> None:
    text = " AND ".join(f"employees <> {n}" for n in range(150))
    found = parse(text, COLUMNS)
    assert found.matches({"employees": 150})
    assert not found.matches({"employees": 7})
    table = ibis.memtable({"employees": [7, 150]})
    assert table.filter(found.filter(table)).to_pyarrow().to_pylist() == [{"employees": 150}]


def test_unknown_is_not_satisfied_and_neither_is_its_opposite() -> None:
    assert not parse("country = 'UK'", COLUMNS).matches({})
    assert not parse("NOT country = 'UK'", COLUMNS).matches({"country": None})
    assert parse("country = 'UK' OR employees > 5", COLUMNS).matches({"employees": 6})


def test_explain_gives_each_clause_and_its_truth() -> None:
    found = parse("country = 'UK' AND (employees >= 50 OR NOT is_customer)", COLUMNS)
    assert found.explain({"country": "UK", "employees": 10}) == (
        ("the country is UK", True),
        ("the company has at least 50 employees", False),
        ("the column “is_customer” is no", None),
    )
    assert found.columns == {"country", "employees", "is_customer"}


def test_values_that_are_not_what_the_column_says_are_named() -> None:
    with pytest.raises(WrongValueError, match="employees holds '50', which is not a whole number"):
        parse("employees > 5", COLUMNS).matches({"employees": "50"})


def test_times_with_a_zone_and_days_are_compared_in_utc() -> None:
    found = parse("at >= '2024-05-31 10:00'", COLUMNS)
    assert found.matches({"at": datetime(2024, 5, 31, 10, tzinfo=UTC)})
    assert not found.matches({"at": date(2024, 5, 31)})
    assert parse("due < '2024-05-31'", COLUMNS).matches({"due": datetime(2024, 5, 30, 23, 59)})


def test_money_is_compared_exactly() -> None:
    assert parse("amount - 0.1 = 0.2", COLUMNS).matches({"amount": Decimal("0.3")})


def test_a_table_without_the_column_or_with_another_type_is_refused() -> None:
    found = parse("employees > 5", COLUMNS)
    with pytest.raises(KeyError, match="no column 'employees'"):
        found.filter(ibis.table({"country": "string"}, name="t"))
    with pytest.raises(KeyError, match="is text in the table, but the definition takes it for int"):
        found.filter(ibis.table({"employees": "string"}, name="t"))


def test_columns_of_a_table_leave_out_lineage_and_what_cannot_be_compared() -> None:
    moves = ibis.table({"at": "timestamp", "_row": "int64", "tags": "array<string>"}, name="m")
    leads = ibis.table({"at": "string", "size": "decimal(18, 4)", "vip": "boolean"}, name="l")
    assert columns_of(moves, leads) == {"at": "time", "size": "money", "vip": "flag"}


def test_every_standard_column_can_be_named_without_quotation_marks() -> None:
    for name, type_ in PREDICATE_COLUMNS.items():
        assert parse(f"{name} IS NOT NULL", PREDICATE_COLUMNS).columns == {name}, type_


def test_names_are_those_that_are_read_whatever_the_quotes() -> None:
    odd = '"Nom de l\'entreprise" IS NOT NULL AND "mobile" LIKE \'it\'\'s "phone"%\''
    assert names_in(odd) == {"Nom de l'entreprise", "mobile"}
    assert names_in('lower(leads."a""b") IN (\'x\') OR NOT Flag') == {"leads", 'a"b', "Flag"}
    rng = Random(11)
    for text in (predicate(rng) for _ in range(200)):
        assert parse(text, CASE_COLUMNS).columns <= names_in(text), text
    with pytest.raises(PredicateError):
        names_in("mobile LIKE 'a")
