"""Each check on a few rows: what is found, how many, with which example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest

from onefunnel.facts.checks.blank_keys import blank_keys
from onefunnel.facts.checks.bulk_edits import bulk_edits
from onefunnel.facts.checks.context import Context
from onefunnel.facts.checks.duplicate_rows import duplicate_rows
from onefunnel.facts.checks.future_dates import future_dates
from onefunnel.facts.checks.missing_dates import missing_dates
from onefunnel.facts.checks.misspelt import misspelt
from onefunnel.facts.checks.mixed_currencies import mixed_currencies
from onefunnel.facts.checks.moves_out_of_order import moves_out_of_order
from onefunnel.facts.checks.negative_durations import negative_durations
from onefunnel.facts.checks.run import CHECKS, run_checks
from onefunnel.facts.checks.several_deals import several_deals
from onefunnel.facts.checks.undeclared_stages import undeclared_stages
from onefunnel.facts.checks.unknown_keys import unknown_keys
from onefunnel.facts.declaration import SQL_TYPES
from onefunnel.facts.tables import TABLES

NOW = datetime(2025, 6, 1)
CONTEXT = Context(now=NOW)
MONDAY = datetime(2025, 3, 3)


@pytest.fixture
def engine() -> Any:
    return ibis.duckdb.connect()


def facts(engine: Any, **tables: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Standard tables of these rows; columns that a row does not name are NULL."""
    made = {}
    for name, rows in tables.items():
        columns = {c.name: SQL_TYPES[c.type] for c in TABLES[name].columns}
        columns |= {key: "VARCHAR" for row in rows for key in row if key not in columns}
        listed = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
        engine.con.execute(f"CREATE TABLE {name} ({listed})")
        for row in rows:
            named = ", ".join(f'"{key}"' for key in row)
            marks = ", ".join("?" for _ in row)
            engine.con.execute(f"INSERT INTO {name} ({named}) VALUES ({marks})", list(row.values()))
        made[name] = engine.table(name)
    return made


def test_a_key_of_no_row_is_counted_and_its_near_miss_named(engine: Any) -> None:
    tables = facts(
        engine,
        accounts=[{"account_id": "Acme Ltd"}, {"account_id": "Bolt"}],
        leads=[
            {"lead_id": "1", "account_id": "Acme Ltd"},
            {"lead_id": "2", "account_id": "ACME-Ltd"},
            {"lead_id": "3", "account_id": "ACME-Ltd"},
            {"lead_id": "4", "account_id": "Zeta"},
            {"lead_id": "5", "account_id": None},
        ],
    )
    found = {f.example: f for f in unknown_keys(tables, CONTEXT)}
    assert {example: f.count for example, f in found.items()} == {"ACME-Ltd": 2, "Zeta": 1}
    assert "'Acme Ltd'" in found["ACME-Ltd"].what


def test_rows_without_an_account_are_counted(engine: Any) -> None:
    tables = facts(
        engine,
        accounts=[{"account_id": "a"}],
        leads=[{"lead_id": "1", "account_id": "a"}, {"lead_id": "2"}, {"lead_id": "3"}],
    )
    (found,) = blank_keys(tables, CONTEXT)
    assert (found.table, found.count, found.example) == ("leads", 2, "lead 2")


def test_without_accounts_nobody_misses_one(engine: Any) -> None:
    assert blank_keys(facts(engine, leads=[{"lead_id": "1"}]), CONTEXT) == []


def test_missing_dates_are_counted(engine: Any) -> None:
    tables = facts(
        engine,
        leads=[{"lead_id": "1", "created_at": MONDAY}, {"lead_id": "2"}],
        deals=[
            {"deal_id": "1", "outcome": "won"},
            {"deal_id": "2", "outcome": "open"},
            {"deal_id": "3", "outcome": "lost", "closed_at": MONDAY},
        ],
    )
    found = {(f.table, f.column): f.count for f in missing_dates(tables, CONTEXT)}
    assert found == {("leads", "created_at"): 1, ("deals", "closed_at"): 1}


def test_slips_in_categories_are_named_with_what_was_meant(engine: Any) -> None:
    common = [{"account_id": f"m{i}", "segment": "Sondermaschinen"} for i in range(20)]
    tables = facts(
        engine,
        accounts=[
            {"account_id": "1", "segment": "technolgy", "country": "Philipines"},
            {"account_id": "2", "segment": "Sondermashinen", "country": "Germany"},
            {"account_id": "3", "segment": "Rep 1", "country": "Niger"},
            {"account_id": "4", "segment": "Rep 2", "country": "Nigeria"},
            {"account_id": "5", "segment": "Beverage", "country": "Germany"},  # beverages, too
            *common,
        ],
    )
    found = {f.example: f.what for f in misspelt(tables, CONTEXT)}
    assert set(found) == {"technolgy", "Philipines", "Sondermashinen"}
    assert "'technology'" in found["technolgy"]
    assert "'Philippines'" in found["Philipines"]


def test_an_end_before_its_beginning_is_found(engine: Any) -> None:
    tables = facts(
        engine,
        deals=[
            {"deal_id": "1", "opened_at": MONDAY, "closed_at": MONDAY - timedelta(days=1)},
            {"deal_id": "2", "opened_at": MONDAY, "closed_at": MONDAY},
        ],
    )
    (found,) = negative_durations(tables, CONTEXT)
    assert (found.count, found.example) == (1, "deal 1")


@pytest.mark.parametrize(("zone", "hours"), [("UTC", 0), ("Europe/Berlin", -1)])
def test_a_day_without_a_time_is_compared_by_days(engine: Any, zone: str, hours: int) -> None:
    """In winter a day of Berlin begins at 23:00 UTC of the day before."""
    day, noon = MONDAY + timedelta(hours=hours), MONDAY + timedelta(hours=12)
    times = {
        "closed on the day it was opened": (noon, day),
        "closed the day before": (noon, day - timedelta(days=1)),
        "both with a time": (noon, noon - timedelta(minutes=5)),
        "opened on a day": (day, noon),
        "days only": (day + timedelta(days=1), day),
    }
    deals = [{"deal_id": n, "opened_at": o, "closed_at": c} for n, (o, c) in times.items()]
    moves = [{"lead_id": n, "stage": "New", "at": c} for n, (_, c) in times.items()]
    leads = [{"lead_id": n, "created_at": o} for n, (o, _) in times.items()]
    tables = facts(engine, deals=deals, moves=moves, leads=leads)
    context = Context(now=NOW, days=zone)
    (found,) = negative_durations(tables, context)
    assert (found.count, found.example) == (3, "deal both with a time")
    (found,) = moves_out_of_order(tables, context)
    assert (found.count, found.example) == (3, "lead both with a time")


def test_moves_against_their_order_and_before_their_lead_are_found(engine: Any) -> None:
    tables = facts(
        engine,
        leads=[{"lead_id": "1", "created_at": MONDAY}, {"lead_id": "2", "created_at": MONDAY}],
        moves=[
            {"lead_id": "1", "stage": "A", "at": MONDAY + timedelta(days=2), "seq": 0},
            {"lead_id": "1", "stage": "B", "at": MONDAY + timedelta(days=1), "seq": 1},
            {"lead_id": "2", "stage": "A", "at": MONDAY - timedelta(days=1), "seq": 0},
        ],
    )
    found = [(f.count, f.example) for f in moves_out_of_order(tables, CONTEXT)]
    assert found == [(1, "lead 1"), (1, "lead 2")]


def test_times_ahead_of_now_are_found(engine: Any) -> None:
    tables = facts(
        engine,
        deals=[
            {"deal_id": "1", "closed_at": NOW + timedelta(seconds=1)},
            {"deal_id": "2", "closed_at": NOW},
        ],
        spend=[{"at": NOW + timedelta(days=9), "amount": Decimal(1)}],
    )
    (found,) = future_dates(tables, CONTEXT)
    assert (found.table, found.column, found.count) == ("deals", "closed_at", 1)


@pytest.mark.parametrize(("many", "expected"), [(250, [250]), (100, [])])
def test_hundreds_of_moves_in_one_second_are_a_bulk_edit(
    engine: Any, many: int, expected: list[int]
) -> None:
    moment = MONDAY + timedelta(hours=10, seconds=7)
    moves = [{"lead_id": str(i), "stage": "A", "at": moment, "seq": 0} for i in range(many)]
    moves += [
        {"lead_id": str(i), "stage": "B", "at": MONDAY + timedelta(hours=11, seconds=i), "seq": 1}
        for i in range(50)
    ]
    found = bulk_edits(facts(engine, moves=moves), CONTEXT)
    assert [f.count for f in found] == expected


def test_a_busy_day_without_times_is_no_bulk_edit(engine: Any) -> None:
    moves = [
        {"lead_id": str(i), "stage": "A", "at": MONDAY + timedelta(days=i % 3), "seq": 0}
        for i in range(900)
    ]
    assert bulk_edits(facts(engine, moves=moves), CONTEXT) == []


def test_money_in_two_currencies_is_found(engine: Any) -> None:
    tables = facts(
        engine,
        deals=[
            {"deal_id": "1", "amount": Decimal(5), "currency": "EUR"},
            {"deal_id": "2", "amount": Decimal(5), "currency": "EUR"},
            {"deal_id": "3", "amount": Decimal(5), "currency": "USD"},
            {"deal_id": "4", "currency": "GBP"},
        ],
    )
    (found,) = mixed_currencies(tables, CONTEXT)
    assert found.count == 1
    assert "EUR 2, USD 1" in found.what


def test_a_stage_that_nobody_declared_is_found(engine: Any) -> None:
    tables = facts(
        engine,
        stages=[{"stage": "A", "kind": "open"}],
        moves=[{"lead_id": "1", "stage": "A", "seq": 0}, {"lead_id": "1", "stage": "Z", "seq": 1}],
    )
    (found,) = undeclared_stages(tables, CONTEXT)
    assert (found.count, found.example) == (1, "Z")


def test_leads_of_several_deals_are_told_by_whether_the_history_names_the_deal(engine: Any) -> None:
    tables = facts(
        engine,
        deals=[{"deal_id": n, "lead_id": lead} for n, lead in enumerate("aabbccd")],
        moves=[
            {"lead_id": "a", "stage": "A", "deal_id": "0"},
            *({"lead_id": lead, "stage": "A"} for lead in "bcd"),
        ],
    )
    told, untold = several_deals(tables, CONTEXT)
    assert (told.count, told.weight, told.example) == (1, "note", "lead a")
    assert (untold.count, untold.weight, untold.example) == (2, "warning", "lead b")


def test_rows_equal_but_for_their_key_are_counted(engine: Any) -> None:
    order = {"account_id": "a", "at": MONDAY, "amount": Decimal(5)}
    tables = facts(
        engine,
        orders=[{"order_id": "1", **order}, {"order_id": "2", **order}, {"order_id": "3"}],
    )
    (found,) = duplicate_rows(tables, CONTEXT)
    assert (found.table, found.count) == ("orders", 1)


def test_clean_facts_have_no_findings(engine: Any) -> None:
    tables = facts(
        engine,
        stages=[{"stage": "A", "kind": "open"}],
        accounts=[{"account_id": "a", "country": "Germany"}],
        leads=[{"lead_id": "1", "account_id": "a", "created_at": MONDAY}],
        moves=[{"lead_id": "1", "stage": "A", "at": MONDAY, "seq": 0}],
        deals=[{"deal_id": "1", "lead_id": "1", "account_id": "a", "outcome": "open"}],
    )
    assert run_checks(tables, NOW) == []


def test_every_check_file_is_run() -> None:
    from pathlib import Path

    import onefunnel.facts.checks.run as run

    folder = Path(run.__file__).parent
    own = {"__init__", "run", "before", "context", "known_words", "wording"}
    assert {c.__name__ for c in CHECKS} == {p.stem for p in folder.glob("*.py")} - own


def test_a_history_without_any_time_is_said_to_have_none(engine: Any) -> None:
    moves = [{"lead_id": "1", "stage": "A"}, {"lead_id": "1", "stage": "B"}]
    (found,) = missing_dates(facts(engine, moves=moves), CONTEXT)
    assert (found.table, found.column, found.count) == ("moves", "at", 2)
    assert found.what.startswith("The stage history has no times: none of 2 moves")
