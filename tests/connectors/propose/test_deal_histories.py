"""Histories of deals beside the deals: each deal moves by its history or by its own row, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from tests.connectors.propose.test_two_files import (
    NOW,
    entered,
    later,
    rows,
    write,
    write_deals,
    write_leads,
)

STAGES = ("Proposal", "Closed Won", "Closed Lost", "Negotiation")
ANY_FIELD = "deal_id,Field,OldValue,NewValue,CreatedDate"


def write_both(folder: Path, n: int = 24) -> None:
    """Leads with a status, and the deals of every third of them."""
    write_leads(folder, n)
    (folder / "lead_history.csv").unlink()
    status = [[f"L-{i:03}", ("New", "Qualified")[i % 3 == 0], later(i)] for i in range(n)]
    write(folder, "leads.csv", "lead_id,status,created", status)
    write_deals(folder, n)


def any_field(n: int = 24, *, without: int = -1, key: str = "D-{:03}") -> list[list[str]]:
    """Rows of stage, amount and owner of each deal; of `without` none of the stage."""
    told = []
    for i in range(0, n, 3):
        name = key.format(i)
        if i != without:
            told.append([name, "StageName", "", "Discovery", later(i + 8)])
            told.append([name, "StageName", "Discovery", STAGES[i // 3 % 4], later(i + 20)])
        told.append([name, "Amount", "1", str(1000 + i), later(i + 21)])
        told.append([name, "OwnerId", "Ann", "Bob", later(i + 22)])
    return told


def moves_of(folder: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """How many entered each stage, and the moves that are there more than once."""
    reading = read_folder(folder, now=NOW)
    counted = Counter((str(m["lead_id"]), str(m["stage"])) for m in rows(reading, "moves"))
    assert [f.name for f in reading.report.files if "touches" in f.used_as] == []
    return entered(reading), [move for move, times in counted.items() if times > 1]


def test_a_deal_whose_history_never_tells_its_stage_keeps_its_own_moves(tmp_path: Path) -> None:
    write_both(tmp_path)
    write(tmp_path, "opportunity_field_history.csv", ANY_FIELD, any_field(without=3))
    found, twice = moves_of(tmp_path)
    # The deal left out was won: by its own row it entered Proposal when opened, then Closed Won.
    assert (found["Closed Won"], found["Discovery"], twice) == (2, 7, [])


def test_deals_of_two_histories_move_once(tmp_path: Path) -> None:
    write_both(tmp_path, 48)
    told = [[row[0], row[3], row[4]] for row in any_field(48) if row[1] == "StageName"]
    write(tmp_path, "opportunity_history.csv", "deal_id,stage,changed_at", told[:16])
    later_ones = [[*row, "Sales"] for row in told[16:]]
    write(tmp_path, "opportunity_log.csv", "deal_id,to_stage,changed_at,team", later_ones)
    found, twice = moves_of(tmp_path)
    assert (found["Discovery"], found["Closed Won"], found["Proposal"], twice) == (16, 4, 4, [])


@pytest.mark.parametrize("ids", ["D-{:03}", "{:03}", "0065g00000Xy{:03}AAA"])
@pytest.mark.parametrize("key", ["deal_id", "Id"])
def test_a_history_of_any_field_as_sales_tools_export_it(
    tmp_path: Path, ids: str, key: str
) -> None:
    write_both(tmp_path)
    path = tmp_path / "opportunities.csv"
    text = path.read_text("utf-8").replace("deal_id", key)
    for i in range(0, 24, 3):
        text = text.replace(f"D-{i:03}", ids.format(i))
    path.write_text(text, "utf-8")
    told = [[f"017{i:05}", *row] for i, row in enumerate(any_field(key=ids))]
    header = "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate"
    write(tmp_path, "opportunity_field_history.csv", header, told)
    found, twice = moves_of(tmp_path)
    assert (found["Discovery"], found["Closed Won"], found["Proposal"], twice) == (8, 2, 2, [])
