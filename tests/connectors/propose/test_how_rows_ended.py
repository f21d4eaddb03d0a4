"""Exports that say how a deal ended elsewhere than in its stage: in flags, or beside a history."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from onefunnel.connectors.folder import Reading, read_folder
from onefunnel.measures.catalogue import compute_measure
from tests.connectors.propose.test_two_files import NOW, later, rows
from tests.connectors.propose.test_two_files import write as write_texts

STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation")
ENDS = ("open", "won", "open", "lost", "open", "lost")
#: Of 60 deals: how many ended how.
TRUTH = {"won": 10, "lost": 20, "open": 30}


def deals() -> list[tuple[int, str, str, str, str]]:
    """Number, stage reached, end, created, closed ('' while open)."""
    found = []
    for i in range(60):
        end = ENDS[i % 6]
        stage = STAGES[3] if end == "won" else STAGES[i // 6 % 4]
        found.append((i, stage, end, later(i), later(i + 40) if end != "open" else ""))
    return found


def write(folder: Path, name: str, header: str, told: list[list[object]]) -> None:
    write_texts(folder, name, header, [[str(value) for value in row] for row in told])


def stands(folder: Path) -> dict[str, int]:
    """How leads and deals stand; both must say the same."""
    reading = read_folder(folder, now=NOW)
    totals = compute_measure("stages", reading.facts).totals
    found = {end: int(totals[end]) for end in TRUTH}
    counted = Counter(row["outcome"] for row in rows(reading, "deals"))
    assert {end: counted[end] for end in TRUTH} == found
    assert set(entered_stages(reading)) <= {*STAGES, "Won", "Lost"}
    return found


def entered_stages(reading: Reading) -> list[str]:
    return [str(row["stage"]) for row in rows(reading, "moves")]


def test_flags_of_every_row_say_won_and_closed(tmp_path: Path) -> None:
    told: list[list[object]] = [
        [
            f"D-{i}",
            stage,
            str(end == "won"),
            str(end != "open"),
            created,
            closed or later(i + 50),
            i,
        ]
        for i, stage, end, created, closed in deals()
    ]
    write(tmp_path, "opps.csv", "deal_id,Stage,Is Won,Is Closed,Created,Close Date,Amount", told)
    assert stands(tmp_path) == TRUTH


def test_a_flag_of_every_row_and_a_date_of_closing(tmp_path: Path) -> None:
    told: list[list[object]] = [
        [f"D-{i}", stage, "yes" if end == "won" else "no", created, closed, i]
        for i, stage, end, created, closed in deals()
    ]
    write(tmp_path, "deals.csv", "deal_id,stage,won,created_at,closed_at,value", told)
    assert stands(tmp_path) == TRUTH


def test_flags_of_won_and_of_lost(tmp_path: Path) -> None:
    told: list[list[object]] = [
        [f"D-{i}", stage, int(end == "won"), int(end == "lost"), created, i]
        for i, stage, end, created, _ in deals()
    ]
    write(tmp_path, "deals.csv", "deal_id,stage,is_won,is_lost,created_at,value", told)
    assert stands(tmp_path) == TRUTH


def test_a_flag_of_every_row_alone_tells_only_what_is_won(tmp_path: Path) -> None:
    told: list[list[object]] = [
        [f"D-{i}", stage, end == "won", created, i] for i, stage, end, created, _ in deals()
    ]
    write(tmp_path, "deals.csv", "deal_id,stage,is_won,created_at,value", told)
    assert stands(tmp_path) == {"won": 10, "lost": 0, "open": 50}


@pytest.mark.parametrize("has_dates", [True, False])
def test_a_status_beside_a_history_without_ends(tmp_path: Path, has_dates: bool) -> None:
    """The history tells the way, the status how it ended; `Open` is no stage of the way."""
    status: list[list[object]] = []
    history: list[list[object]] = []
    for i, stage, end, created, closed in deals():
        said = {"open": "Open", "won": "Won", "lost": "Lost"}[end]
        status.append([f"D-{i}", created, said, *([closed] if has_dates else []), i + 100])
        for k in range(STAGES.index(stage) + 1):
            history.append([f"D-{i}", STAGES[k], later(i + 3 * k)])
    closed_too = ",Closed" if has_dates else ""
    write(tmp_path, "deals.csv", f"Deal ID,Created,Status{closed_too},Amount", status)
    write(tmp_path, "stage_history.csv", "Deal ID,Stage,Entered", history)
    assert stands(tmp_path) == TRUTH


def test_of_a_history_that_tells_won_the_status_tells_only_lost(tmp_path: Path) -> None:
    status: list[list[object]] = []
    history: list[list[object]] = []
    for i, stage, end, created, closed in deals():
        said = {"open": "Open", "won": "Won", "lost": "Lost"}[end]
        status.append([f"D-{i}", created, said, closed, i + 100])
        way = [*STAGES[: STAGES.index(stage) + 1], *(["Won"] if end == "won" else [])]
        history += [[f"D-{i}", one, later(i + 3 * k)] for k, one in enumerate(way)]
    write(tmp_path, "deals.csv", "Deal ID,Created,Status,Closed,Amount", status)
    write(tmp_path, "stage_history.csv", "Deal ID,Stage,Entered", history)
    assert stands(tmp_path) == TRUTH


@pytest.mark.parametrize("header", ["last_activity_date", "quote_sent_on", "next_step_date"])
def test_a_date_from_the_middle_of_the_way_ends_nothing(tmp_path: Path, header: str) -> None:
    told: list[list[object]] = [
        [f"D-{i}", stage, end == "won", created, later(i + 9) if end == "won" or i % 3 else "", i]
        for i, stage, end, created, _ in deals()
    ]
    write(tmp_path, "deals.csv", f"deal_id,stage,is_won,created_at,{header},value", told)
    assert stands(tmp_path) == {"won": 10, "lost": 0, "open": 50}


def test_deals_without_a_closing_date_have_that_of_their_history(tmp_path: Path) -> None:
    status: list[list[object]] = []
    history: list[list[object]] = []
    for i, stage, end, created, _ in deals():
        said = {"open": "Open", "won": "Won", "lost": "Lost"}[end]
        status.append([f"D-{i}", created, said, i + 100])
        way = [*STAGES[: STAGES.index(stage) + 1], *([said] if end != "open" else [])]
        history += [[f"D-{i}", one, later(i + 3 * k)] for k, one in enumerate(way)]
    write(tmp_path, "deals.csv", "Deal ID,Created,Status,Amount", status)
    write(tmp_path, "stage_history.csv", "Deal ID,Stage,Entered", history)
    assert stands(tmp_path) == TRUTH
    reading = read_folder(tmp_path, now=NOW)
    ended = {str(row["deal_id"]): row["closed_at"] for row in rows(reading, "deals")}
    said = {
        str(row["lead_id"]): row["at"]
        for row in rows(reading, "moves")
        if row["stage"] in ("Won", "Lost")
    }
    assert {deal: at for deal, at in ended.items() if at is not None} == said
    assert len(said) == TRUTH["won"] + TRUTH["lost"]


def test_a_file_that_is_nearly_a_part_of_the_funnel_is_named(tmp_path: Path) -> None:
    for year, source in (
        (2024, "How did they find us"),
        (2025, "How did they find us"),
        (2026, "Source"),
    ):
        told: list[list[object]] = [
            [f"{year}-{i}", f"Firm {i}", "Web", stage, created, closed, 100 + i, "EUR"]
            for i, stage, _, created, closed in deals()
        ]
        header = f"No,Customer,{source},Stage,Created,Closed,Amount,Currency"
        write(tmp_path, f"deals {year}.csv", header, told)
    notes = read_folder(tmp_path, now=NOW).mapping.notes
    (note,) = [note for note in notes if "is like" in note]
    assert "How did they find us" in note
    assert "Source" in note
