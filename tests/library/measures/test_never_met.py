"""Definitions that nothing in the data meets are named, with the value that nothing has."""

from __future__ import annotations

import ibis
import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.never_met import never_met
from onefunnel.measures.steps.defined import Rule

NOTHING = "Nothing in the data has ever met it."


@pytest.fixture(scope="module")
def data() -> Facts:
    """Three leads. `source` of a move is where the move was told, of a lead where it came from."""
    connection = ibis.duckdb.connect()
    for said in (
        'CREATE TABLE moves (lead_id TEXT, "at" TIMESTAMP, stage TEXT, seq BIGINT, source TEXT)',
        "INSERT INTO moves VALUES ('a', '2025-01-01', 'New', 0, 'crm'), "
        "('a', '2025-01-02', 'Won', 1, 'crm'), ('b', NULL, 'New', 0, 'form'), "
        "('c', '2025-01-05', 'Qualified', 0, NULL)",
        "CREATE TABLE leads (lead_id TEXT, account_id TEXT, source TEXT, country TEXT)",
        "INSERT INTO leads VALUES ('a', 'x', 'Trade fair', 'DE'), ('b', 'x', 'Website', 'FR'), "
        "('c', 'y', 'Website', NULL)",
        "CREATE TABLE accounts (account_id TEXT, industry TEXT, employees BIGINT)",
        "INSERT INTO accounts VALUES ('x', 'Dairy', 40), ('y', 'Bakery', 900)",
    ):
        connection.con.execute(said)
    return Facts({name: connection.table(name) for name in ("moves", "leads", "accounts")})


@pytest.mark.parametrize(
    ("over", "text", "why"),
    [
        ("moves", "stage = 'Won'", None),
        ("moves", "stage = 'Wonn'",
         "Nothing in the data has “Wonn” as the stage. Did you mean “Won”?"),
        ("moves", "stage in ('New', 'Zzzz') and country = 'IT'",
         "Nothing in the data has “Zzzz” as the stage."),
        # each value is there, only not together
        ("moves", "stage = 'Won' and country = 'FR'", NOTHING),
        # what it must not be is not asked for
        ("leads", "country not in ('XX') and employees > 99999", NOTHING),
        ("leads", "country <> 'XX' and employees > 99999", NOTHING),
        ("leads", "not (country = 'XX' or industry = 'YY') and employees > 99999", NOTHING),
        ("leads", "(country = 'XX') is false and employees > 99999", NOTHING),
        ("leads", "not (country = 'XX') and industry = 'Dairi'",
         "Nothing in the data has “Dairi” as the industry. Did you mean “Dairy”?"),
        # a rule over leads asks the leads' column, one over moves that of the moves
        ("leads", "source = 'Trade fair' and country = 'FR'", NOTHING),
        ("leads", "source = 'crm'", "Nothing in the data has “crm” as the source."),
        ("moves", "source = 'crm' and stage = 'Qualified'", NOTHING),
        ("moves", "source = 'Website'", "Nothing in the data has “Website” as the source."),
        ("leads", "industry = 'Dairy' and employees >= 40", None),
    ],
)  # fmt: skip
def test_why_nothing_meets_it(data: Facts, over: str, text: str, why: str | None) -> None:
    found = never_met(data, {"it": Rule(over, (text,))})
    assert found == ({} if why is None else {"it": why})


def test_all_rules_at_once_each_by_its_name(data: Facts) -> None:
    rules = {
        "met": Rule("moves", ("stage = 'New'",)),
        "never": Rule("moves", ("stage = 'New'", "stage = 'Won'")),
        "no text": Rule("moves", (" ",)),
        "cannot be read": Rule("moves", ("no_such_column = 1",)),
        "of leads": Rule("leads", ("country = 'Germany'",)),
    }
    assert never_met(data, rules) == {
        "never": NOTHING,
        "of leads": "Nothing in the data has “Germany” as the country.",
    }
    assert never_met(Facts({}), rules) == {}
