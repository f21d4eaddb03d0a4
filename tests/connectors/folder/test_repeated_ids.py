"""Files in which every id stands twice: deals told again, or deals with their history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from onefunnel.connectors.folder import read_folder

NOW = datetime(2026, 1, 1)


def test_deals_told_at_two_stages_are_deals_and_leads_and_the_later_row_stands(
    tmp_path: Path,
) -> None:
    lines = ["Deal ID,Deal name,Stage,Amount,Create date,Close date"]
    for i in range(40):
        end = f"D-{i:03},Deal {i},{('Lost', 'Won')[i % 2]},{200 + i},2025-01-{1 + i % 28:02}"
        lines.append(f"D-{i:03},Deal {i},Proposal,{100 + i},2025-01-{1 + i % 28:02},")
        lines.append(f"{end},2025-03-{1 + i % 28:02}")
    (tmp_path / "deals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    reading = read_folder(tmp_path, now=NOW)

    deals = reading.facts["deals"].order_by("deal_id").to_pyarrow().to_pylist()
    assert [(d["deal_id"], d["amount"], d["outcome"]) for d in deals] == [
        (f"D-{i:03}", 200 + i, ("lost", "won")[i % 2]) for i in range(40)
    ]
    leads = reading.facts["leads"].order_by("lead_id").to_pyarrow().to_pylist()
    assert [lead["name"] for lead in leads] == [f"Deal {i}" for i in range(40)]
    assert not [note for note in reading.facts.notes if "no funnel" in note]
    # Alike as leads, the rows differ as deals: nothing repeats exactly.
    told = [(f.kind, f.table, f.count) for f in reading.facts.findings]
    assert [item for item in told if "row" in item[0]] == [("contradicting-rows", "deals", 40)]


def test_rows_with_times_of_their_own_stay_moves(tmp_path: Path) -> None:
    lines = ["Deal ID,Stage,Amount,Changed at"]
    for i in range(40):
        lines.append(f"D-{i:03},Proposal,{100 + i},2025-01-{1 + i % 28:02}")
        lines.append(f"D-{i:03},{('Lost', 'Won')[i % 2]},{100 + i},2025-03-{1 + i % 28:02}")
    (tmp_path / "changes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    moves = read_folder(tmp_path, now=NOW).facts["moves"].to_pyarrow().to_pylist()
    assert len(moves) == 80
    assert len({(move["lead_id"], move["at"]) for move in moves}) == 80
