"""The same lead, deal or account under keys that differ in case, spaces and punctuation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from onefunnel.connectors.folder import read_folder
from onefunnel.connectors.report import Reading
from onefunnel.facts.findings import Finding

NOW = datetime(2026, 1, 1)


def opportunities(folder: Path, keys: list[str]) -> None:
    """One deal for each key: the even ones won, the others still open."""
    lines = ["opp_id,stage,created,amount"]
    lines += [
        f"{key},{('Won', 'Offer')[i % 2]},2025-02-{1 + i % 28:02},{100 + i}"
        for i, key in enumerate(keys)
    ]
    (folder / "opportunities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def history(folder: Path, keys: list[str]) -> None:
    lines = ["opp_id,stage,changed_at"]
    for i, key in enumerate(keys):
        lines.append(f"{key},Talk,2025-02-{1 + i % 28:02}")
        lines.append(f"{key},{('Won', 'Offer')[i % 2]},2025-04-{1 + i % 28:02}")
    (folder / "stage_history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def of_kind(reading: Reading, *kinds: str) -> list[Finding]:
    return [finding for finding in reading.facts.findings if finding.kind in kinds]


def column(reading: Reading, table: str, name: str) -> list[object]:
    return [row[name] for row in reading.facts[table].to_pyarrow().to_pylist()]


def test_a_history_that_spells_some_keys_otherwise_invents_no_leads(tmp_path: Path) -> None:
    keys = [f"OPP-{i:05}" for i in range(100)]
    theirs = list(keys)
    theirs[10], theirs[20], theirs[30] = "opp-00010", "OPP00020", "Opp 00030"
    opportunities(tmp_path, keys)
    history(tmp_path, theirs)
    reading = read_folder(tmp_path, now=NOW)

    assert sorted(column(reading, "leads", "lead_id")) == keys
    assert sorted(column(reading, "deals", "deal_id")) == keys
    assert sorted(set(column(reading, "moves", "lead_id"))) == keys
    assert len(column(reading, "moves", "lead_id")) == 200  # and no lead begins twice
    found = of_kind(reading, "key-spelling", "unknown-key", "files-apart")
    assert [(f.kind, f.table, f.count, f.weight) for f in found] == [
        ("key-spelling", "leads", 3, "warning")
    ]
    assert found[0].what.startswith("3 of 100 keys of leads differ")
    assert "OPP00020 is taken for OPP-00020" in found[0].what


def test_keys_that_one_file_tells_apart_stay_apart(tmp_path: Path) -> None:
    keys = [f"OPP-{i:05}" for i in range(40)] + ["opp-00003"]
    theirs = [key.replace("-", "") if key == "OPP-00003" else key for key in keys]
    opportunities(tmp_path, keys)
    history(tmp_path, theirs)
    reading = read_folder(tmp_path, now=NOW)
    assert not of_kind(reading, "key-spelling")
    assert {"OPP-00003", "opp-00003"} <= set(column(reading, "leads", "lead_id"))
    assert "OPP00003" in column(reading, "moves", "lead_id")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("100", "10.0"),  # a spreadsheet's way to write 10
        ("1-23", "12-3"),
        ("ab@firm.example", "a.b@firm.example"),
        ("006000000012aBC", "006000000012abc"),  # ids that differ by case alone
    ],
)
def test_what_punctuation_or_case_tells_apart_stays_apart(
    tmp_path: Path, ours: str, theirs: str
) -> None:
    keys = [f"K-{i:03}" for i in range(40)]
    opportunities(tmp_path, [*keys, ours])
    history(tmp_path, [*keys, theirs])
    reading = read_folder(tmp_path, now=NOW)
    assert not of_kind(reading, "key-spelling")
    assert {ours} <= set(column(reading, "leads", "lead_id"))
    assert {theirs} <= set(column(reading, "moves", "lead_id"))


def test_accounts_spelled_in_another_case_are_one_finding_for_all(tmp_path: Path) -> None:
    firms = [f"Firm {chr(65 + i)} GmbH" for i in range(20)]
    lines = ["account,sector"] + [f"{firm},Metal" for firm in firms]
    (tmp_path / "accounts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = ["deal_id,account,stage,created,amount"]
    for i in range(60):
        firm = firms[i % 20].upper() if i % 20 < 7 else firms[i % 20]
        lines.append(f"D-{i},{firm},{('Won', 'Offer')[i % 2]},2025-02-{1 + i % 28:02},{i + 5}")
    (tmp_path / "deals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    reading = read_folder(tmp_path, now=NOW)

    assert set(column(reading, "deals", "account_id")) == set(firms)
    assert set(column(reading, "leads", "account_id")) == set(firms)
    found = of_kind(reading, "key-spelling", "unknown-key")
    assert [(f.table, f.count) for f in found] == [("accounts", 7)]
    assert found[0].what.startswith("7 of 20 keys of accounts differ")
