"""Two sources with other stages: won, lost and open of both add up, whoever came first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts

Bring = Callable[..., Import]
START = datetime(2026, 1, 5, 9)
#: name -> its stages with their kinds; (how many leads, their way) of each source.
LISTS = {
    "installers": [("Enquiry", "open"), ("Visit", "open"), ("Ordered", "won"), ("Done", "open"),
                   ("Gone", "lost")],
    "projects": [("Talk", "open"), ("Scope", "open"), ("Paper", "open"), ("Signed", "won"),
                 ("Shelved", "lost")],
}  # fmt: skip
WAYS = {
    "installers": [(7, "Enquiry Visit Ordered Done"), (5, "Enquiry Gone"), (3, "Enquiry Visit")],
    "projects": [(4, "Talk Scope Paper Signed"), (6, "Talk Scope Shelved"),
                 (9, "Talk Scope Paper")],
}  # fmt: skip


def tables(source: str) -> dict[str, list[dict[str, Any]]]:
    leads, moves = [], []
    ways = [way.split() for count, way in WAYS[source] for _ in range(count)]
    for i, way in enumerate(ways):
        lead = f"{source}{i}"
        leads.append({"lead_id": lead, "created_at": START + timedelta(hours=i)})
        moves += [
            {"lead_id": lead, "stage": stage, "seq": n, "at": START + timedelta(hours=i, days=n)}
            for n, stage in enumerate(way)
        ]
    stages = [
        {"stage": stage, "position": n, "kind": kind}
        for n, (stage, kind) in enumerate(LISTS[source])
    ]
    return {"leads": leads, "moves": moves, "stages": stages}


def totals() -> tuple[int, int, int]:
    found = compute_measure("stages", current_facts()).totals
    return found["won"], found["lost"], found["open"]


@pytest.mark.parametrize("order", [("installers", "projects"), ("projects", "installers")])
def test_won_lost_and_open_of_two_sources_add_up(bring: Bring, order: Sequence[str]) -> None:
    each = {"installers": (7, 5, 3), "projects": (4, 6, 9)}
    bring(order[0], **tables(order[0]))
    assert totals() == each[order[0]]
    bring(order[1], **tables(order[1]))
    assert totals() == (11, 11, 12)


def test_a_stage_that_two_sources_name_keeps_what_each_says_of_it(bring: Bring) -> None:
    bring("a", stages=[{"stage": "New", "position": 0, "kind": "open"}])
    bring("b", stages=[{"stage": "New", "position": 4, "kind": "open"}])
    rows = current_facts()["stages"].to_pyarrow().to_pylist()
    assert sorted((row["pipeline"], row["position"]) for row in rows) == [("a", 0), ("b", 4)]


def listed(*names: str) -> dict[str, list[dict[str, Any]]]:
    """A delivery whose stages stand in the order that its mapping guessed: in no file's list."""
    moves = [{"lead_id": f"L{n}", "stage": name, "seq": 0, "at": START + timedelta(hours=n)}
             for n, name in enumerate(names)]  # fmt: skip
    stages = [{"stage": name, "position": n, "kind": "open", "_file": None, "_row": None}
              for n, name in enumerate(names)]  # fmt: skip
    return {"leads": [{"lead_id": move["lead_id"]} for move in moves], "moves": moves,
            "stages": stages}  # fmt: skip


def places() -> list[str]:
    rows = current_facts()["stages"].order_by("position").to_pyarrow().to_pylist()
    return [row["stage"] for row in rows]


def test_a_few_later_rows_do_not_change_the_order_of_stages(bring: Bring) -> None:
    bring("crm", **listed("New", "Checked", "Chance", "Offer"))
    bring("crm", **listed("Offer", "New"))
    assert places() == ["New", "Checked", "Chance", "Offer"]


def test_a_delivery_that_names_all_stages_says_their_order(bring: Bring) -> None:
    bring("crm", **listed("New", "Checked", "Chance"))
    bring("crm", **listed("Checked", "New", "Chance"))
    assert places() == ["Checked", "New", "Chance"]
