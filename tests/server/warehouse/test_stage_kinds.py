"""What a person says of a stage in the wizard reaches the deals whose outcome it tells."""

from __future__ import annotations

from onefunnel.connectors.mapping import FileMap, Make, Mapping, Source, StageMap
from onefunnel.server.warehouse.inbox.mapping_edit import with_stages

ENDS = (("Signed", "won"), ("Shelved", "lost"), ("Void", "lost"))


def changed(*said: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    outcome = Source(("Stage",), values=ENDS, otherwise="open")
    deals = Make("deals", (("deal_id", Source(("ID",))), ("outcome", outcome)))
    stages = (StageMap("Talk"), StageMap("Signed", "won"), StageMap("Shelved", "lost"))
    mapping = Mapping("t", (FileMap(("deals.csv",), (deals,)),), stages=stages)
    found = with_stages(mapping, said).files[0].makes[0].column("outcome")
    assert found is not None
    return found.values


def test_a_stage_that_is_open_after_all_closes_no_deal() -> None:
    said = (("Talk", "open"), ("Signed", "won"), ("Shelved", "recycled"))
    assert changed(*said) == (("Signed", "won"), ("Void", "lost"))


def test_a_stage_that_is_won_after_all_wins_its_deals() -> None:
    said = (("Talk", "open"), ("Signed", "won"), ("Shelved", "won"))
    assert changed(*said) == (("Signed", "won"), ("Shelved", "won"), ("Void", "lost"))


def test_stages_that_are_left_as_they_are_leave_the_deals_as_they_are() -> None:
    assert changed(("Talk", "open"), ("Signed", "won"), ("Shelved", "lost")) == ENDS
