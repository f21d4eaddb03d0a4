"""The exports of the simulated company carry the same facts in other shapes."""

import csv
from collections import Counter
from datetime import datetime

import pytest

from onefunnel.facts.store import Facts
from onefunnel.simulate.company.company import simulate_company
from onefunnel.simulate.company.exports import write_exports

UNTIL = datetime(2026, 11, 21, 12)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return simulate_company(until=UNTIL, leads=1_000)


def read(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_a_crm_with_history_has_every_lead_and_every_move(facts, tmp_path):
    paths = {path.name: path for path in write_exports(facts, tmp_path, shape="history")}
    assert len(read(paths["Leads.csv"])) == 1_000
    history = read(paths["Lead History.csv"])
    moves = facts["moves"].to_pyarrow()
    stages = Counter(moves["stage"].to_pylist())
    assert Counter(row["New Value"] for row in history) == stages
    datetime.strptime(history[0]["Edit Date"], "%Y-%m-%d %H:%M:%S")
    assert {row["Currency"] for row in read(paths["Opportunities.csv"])} == {"GBP", "EUR"}


def test_a_wide_report_has_one_row_per_lead_and_a_date_per_stage(facts, tmp_path):
    (path,) = write_exports(facts, tmp_path, shape="date columns")
    rows = read(path)
    assert len(rows) == 1_000
    won = {
        lead
        for lead, stage in zip(
            *(facts["moves"].to_pyarrow()[name].to_pylist() for name in ("lead_id", "stage")),
            strict=True,
        )
        if stage == "Won"
    }
    assert {row["Record #"] for row in rows if row["Closed Won Date"]} == won
    assert all(datetime.strptime(row["Create Date"], "%m/%d/%Y %H:%M") for row in rows)


def test_a_german_export_has_day_first_dates_and_decimal_commas(facts, tmp_path):
    paths = {path.name: path for path in write_exports(facts, tmp_path, shape="german")}
    offers = read(paths["Angebote.csv"], ";")
    assert all("," in row["Auftragswert"] for row in offers if row["Auftragswert"])
    assert any(row["Auftragswert"] for row in offers)
    datetime.strptime(offers[0]["Eröffnet am"], "%d.%m.%Y %H:%M")


def test_files_whose_table_is_missing_are_left_out(facts, tmp_path):
    few = Facts(tables={name: facts[name] for name in ("leads", "moves")})
    names = {path.name for path in write_exports(few, tmp_path / "it's new", shape="history")}
    assert names == {"Leads.csv", "Lead History.csv"}
