"""A recorded win dated next month is a win whose time is not known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from onefunnel.connectors.folder import read_folder

NOW = datetime(2026, 6, 1)


def test_a_win_dated_in_the_future_is_won_without_a_time(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "deal id,stage,created,closed,value\n"
        "1,Won,2026-01-05,2026-02-01,100\n"
        "2,Won,2026-01-06,2027-02-01,200\n"
        "3,Lost,2026-01-07,2026-03-01,300\n"
        "4,Offer,2026-01-08,,400\n"
        + "".join(f"{n},Offer,2026-02-{n},,500\n" for n in range(10, 28)),
        encoding="utf-8",
    )
    facts = read_folder(tmp_path, now=NOW).facts
    deals = facts["deals"].execute().set_index("deal_id").sort_index(key=lambda i: i.astype(int))
    assert list(deals["outcome"])[:4] == ["won", "won", "lost", "open"]
    assert deals["closed_at"].isna()["2"]
    moves = facts["moves"]
    assert moves.filter(moves.at > NOW).count().execute() == 0
    assert moves.filter((moves.lead_id == "2") & (moves.stage == "Won")).count().execute() == 1
    assert facts.data_at == datetime(2026, 3, 1)
    assert "future-date" in {finding.kind for finding in facts.findings}
