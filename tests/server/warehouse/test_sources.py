"""Two sources whose ids meet: nothing of the first is lost, and what was done is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.running import run_delivery
from onefunnel.server.warehouse.inbox.undo_import import run_undo
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import NOW, delivered
from tests.server.warehouse.test_import import DAY, lead

Bring = Callable[..., Import]


def deal(number: int, lead_id: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"deal_id": f"{number}", "lead_id": lead_id, "amount": Decimal(amount), **more}


def people(*names: str | None, **more: Any) -> list[dict[str, Any]]:
    return [{"lead_id": str(n), "name": name, **more} for n, name in enumerate(names, 1)]


def column(table: str, name: str) -> list[Any]:
    return sorted(current_facts()[table].to_pyarrow()[name].to_pylist(), key=str)


def told(imported: Import) -> dict[str, tuple[int, str]]:
    ending = "-of-another-source"
    return {
        found["kind"].removesuffix(ending): (found["count"], found["weight"])
        for found in imported.findings
        if found["kind"].endswith(ending)
    }


def test_deals_and_accounts_of_two_sources_stay_apart(bring: Bring) -> None:
    bring(
        "a",
        leads=[lead("A")],  # type: ignore[arg-type]
        deals=[deal(1, "LA", 100, account_id="1", outcome="won")],
        accounts=[{"account_id": "1", "name": "Acme"}],
    )
    second = bring(
        "b",
        leads=[lead("B")],  # type: ignore[arg-type]
        deals=[deal(1, "LB", 999, account_id="1")],
        accounts=[{"account_id": "1", "name": "Other Ltd"}],
    )
    assert second.counts["updated"] == 0
    assert column("leads", "lead_id") == ["LA", "b:LB"]
    assert column("deals", "deal_id") == ["1", "b:1"]
    assert column("deals", "lead_id") == ["LA", "b:LB"]
    assert column("deals", "account_id") == ["1", "b:1"]
    assert column("accounts", "name") == ["Acme", "Other Ltd"]
    assert told(second) == {"ids": (1, "warning")}
    found = second.findings[-1]
    assert "deals (1, 0 the same), accounts (1, 0 the same)" in found["what"]
    assert '"b:"' in found["what"]
    assert "undo this import" in found["fix"]


@pytest.mark.parametrize(
    ("table", "mine", "theirs"),
    [
        ("accounts", {"account_id": "1", "name": "Acme"}, {"account_id": "1", "name": "Other"}),
        ("orders", {"order_id": "1", "amount": Decimal(5)}, {"order_id": "1", "amount": None}),
        ("installed", {"asset_id": "1", "product": "pump"}, {"asset_id": "1", "product": "fan"}),
        (
            "handovers",
            {"handover_id": "1", "lead_id": "L1", "to_team": "x"},
            {"handover_id": "1", "lead_id": "L7", "to_team": "y"},
        ),
        (
            "touches",
            {"touch_id": "1", "at": DAY, "lead_id": "L1"},
            {"touch_id": "1", "at": DAY, "lead_id": "L7"},
        ),
    ],
)
def test_any_table_with_ids_keeps_the_source_apart(
    bring: Bring, table: str, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    bring("a", **{table: [mine]})
    second = bring("b", **{table: [theirs]})
    assert Source.objects.get(name="b").prefix == "b:"
    assert current_facts()[table].count().execute() == 2
    assert told(second) == {"ids": (1, "warning")}


def test_undated_leads_are_not_the_same_for_want_of_dates(bring: Bring) -> None:
    bring("a", leads=people("Ann", "Bob", "Cid"))
    second = bring("b", leads=people("Xia", "Yan", "Zoe"))
    assert column("leads", "name") == ["Ann", "Bob", "Cid", "Xia", "Yan", "Zoe"]
    assert told(second) == {"ids": (3, "warning")}


def test_leads_of_which_nothing_is_known_are_not_the_same(bring: Bring) -> None:
    bring("a", leads=people(None, None))
    bring("b", leads=people(None, None))
    assert current_facts()["leads"].count().execute() == 4


def test_a_day_in_common_does_not_make_two_people_one(bring: Bring) -> None:
    bring("a", leads=people("Ann", "Bob", created_at=DAY))
    bring("b", leads=people("Xia", "Yan", created_at=DAY))
    assert current_facts()["leads"].count().execute() == 4


def test_the_same_names_without_dates_are_the_same_leads(bring: Bring) -> None:
    bring("a", leads=people("Ann", "Bob"))
    second = bring("b", leads=people("ann ", "Bob", country="DE"))
    assert current_facts()["leads"].count().execute() == 2
    assert told(second) == {"leads": (2, "warning")}
    assert "2 are evidently the same" in second.findings[-1]["what"]


def test_the_same_deals_of_another_system_are_the_same(bring: Bring) -> None:
    dated = {"opened_at": DAY, "outcome": "open"}
    bring("crm", deals=[deal(n, f"L{n}", 100, **dated) for n in range(5)])
    again = [deal(n, f"L{n}", 120, **dated) for n in range(5)]
    second = bring("billing", deals=again)
    assert (second.counts["updated"], told(second)["deals"]) == (5, (5, "warning"))
    assert Source.objects.get(name="billing").prefix == ""


def test_the_prefix_stays_and_the_same_delivery_again_changes_nothing(bring: Bring) -> None:
    bring("a", leads=people("Ann"))
    for created in (1, 0):
        second = bring("b", leads=people("Xia"))
        assert (second.counts["created"], second.counts["updated"]) == (created, 0)
    again = bring("a", leads=people("Ann"))
    assert (again.counts["skipped"], told(again)) == (1, {})


def test_names_that_make_one_prefix_get_two(bring: Bring) -> None:
    for name in ("first", "new crm", "new-crm"):
        bring(name, leads=people(name))
    prefixes = set(Source.objects.values_list("prefix", flat=True))
    assert len(prefixes) == 3
    assert current_facts()["leads"].count().execute() == 3


def test_a_later_import_does_not_overwrite_another_source(bring: Bring) -> None:
    """The ids did not meet at first; then they do."""
    bring("a", leads=people("Ann", "Bob"))
    early = bring("b", leads=[{"lead_id": "9", "name": "Zoe"}])
    with pytest.raises(BadUpload, match="2 leads of these files have ids that a uses for other"):
        bring("b", leads=people("Xia", "Yan"))
    assert column("leads", "name") == ["Ann", "Bob", "Zoe"]
    run_undo(early, by=None, clock=lambda: NOW)
    third = bring("b", leads=people("Xia", "Yan"))
    assert column("leads", "name") == ["Ann", "Bob", "Xia", "Yan"]
    assert told(third) == {"ids": (2, "warning")}


def test_a_later_import_says_what_of_others_it_updates(bring: Bring) -> None:
    bring("a", leads=people("Ann", "Bob"))
    bring("b", leads=[{"lead_id": "9", "name": "Zoe"}])
    later = bring("b", leads=people("Ann", "Bob", country="DE"))
    assert told(later) == {"leads": (2, "warning")}


def test_ids_that_are_only_named_are_told(bring: Bring) -> None:
    bring("a", accounts=[{"account_id": "1", "name": "Acme"}])
    second = bring("b", leads=[lead(1, account_id="1"), lead(2, account_id="2")])
    assert told(second) == {"named": (1, "warning")}
    assert "accounts that these files name and only a has brought" in second.findings[-1]["what"]


def test_what_is_said_otherwise_is_told(bring: Bring) -> None:
    bring("a", stages=[{"stage": "Done", "kind": "won"}, {"stage": "New", "kind": "open"}])
    second = bring(
        "b", stages=[{"stage": "Done", "kind": "lost"}, {"stage": "New", "kind": "open"}]
    )
    assert told(second) == {"stages": (1, "warning")}


def test_an_import_that_goes_on_still_tells(bring: Bring) -> None:
    bring("a", leads=people("Ann"))
    second = bring("b", leads=people("Xia"))
    Import.objects.filter(pk=second.pk).update(status=Import.Status.FAILED)
    again = run_delivery(second, delivered(leads=people("Xia")), clock=lambda: NOW)
    assert (again.counts["created"], told(again)) == (1, {"ids": (1, "warning")})


def test_an_undone_source_keeps_nobody_apart(bring: Bring) -> None:
    first = bring("a", leads=people("Ann"))
    run_undo(first, by=None, clock=lambda: NOW)
    second = bring("b", leads=people("Xia", created_at=datetime(2026, 5, 1)))
    assert (column("leads", "lead_id"), told(second)) == (["1"], {})
