"""The checks of facts find what was planted in the simulated company."""

from datetime import datetime

import pytest

from onefunnel.facts.checks.run import run_checks
from onefunnel.simulate.company.company import simulate, simulate_company
from onefunnel.simulate.company.quarrels import MISSPELT_STAGE

UNTIL = datetime(2026, 11, 21, 12)


@pytest.fixture(scope="module")
def found():
    return run_checks(simulate_company(until=UNTIL).tables, UNTIL)


def of_kind(found, kind):
    return [one for one in found if one.kind == kind]


def test_the_bulk_edit_is_found_with_its_size_and_second(found):
    at, count = simulate(until=UNTIL).planted.bulk_edit
    (finding,) = of_kind(found, "bulk-edit")
    assert finding.count == count
    assert str(at) in finding.what


def test_the_stage_nobody_defined_is_found(found):
    (finding,) = of_kind(found, "undeclared-stage")
    assert (finding.count, MISSPELT_STAGE in finding.what) == (12, True)


def test_two_currencies_and_blank_accounts_are_found(found):
    assert {one.table for one in of_kind(found, "mixed-currencies")} == {
        "deals", "orders", "spend",
    }  # fmt: skip
    assert {one.table for one in of_kind(found, "blank-key")} == {"leads", "deals"}


def test_slips_of_the_pen_are_found(found):
    slips = {(one.table, one.column, one.example) for one in of_kind(found, "misspelt")}
    assert {("leads", "source", "Trade fiar"), ("accounts", "country", "Germny")} <= slips


def test_nothing_is_found_that_is_not_there(found):
    kinds = {one.kind for one in found}
    assert not kinds & {
        "unknown-key", "negative-duration", "moves-out-of-order", "duplicate-rows", "future-date",
    }  # fmt: skip
