"""Cards of the board move through the one door of moves, and back; what is old is not moved."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.run import board
from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.models import BulkMove
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.commands import refresh_copy
from tests.server.run.handovers.conftest import put_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_force(signed_in: Any, marketer: Any) -> Any:
    """Mia, an agreement in force."""
    put_in_force()
    return signed_in(marketer)


def enter(by: Any, **fields: Any) -> str:
    said = {"name": "Ada Lark", "source": "Fair", **fields}
    return commands.enter_lead(fields=said, by=by, at=timezone.now()).lead_id


SCRIPT = {"Accept": "application/json"}


def test_a_card_moves_at_once_and_the_counts_when_the_data_does(
    in_force: Any, marketer: Any
) -> None:
    lead_id = enter(marketer)
    refresh_copy(at=timezone.now())
    sent = {"stage": "MQL", "stands": "Inquiry"}
    answer = in_force.post(f"/run/move-lead/{lead_id}/", sent, headers=SCRIPT)
    assert (answer.status_code, answer.json()["said"]) == (200, "Moved to MQL.")
    text = in_force.get("/run/board/").content.decode()
    inquiry, mql = (text.split(f'data-stage="{name}"')[1] for name in ("Inquiry", "MQL"))
    assert ">1</a> lead" in inquiry.split("</header>")[0]  # as its list says
    assert "Ada Lark" not in inquiry.split("</section>")[0]
    assert "just moved" in mql.split("</section>")[0]
    assert "counts follow in a moment" in text
    refresh_copy(at=timezone.now())
    text = in_force.get("/run/board/").content.decode()
    assert ">1</a> lead" in text.split('data-stage="MQL"')[1].split("</header>")[0]
    assert "counts follow" not in text
    back = in_force.post(answer.json()["undo"], headers=SCRIPT)
    assert (back.status_code, back.json()) == (200, {"said": "Moved back."})
    again = in_force.post(answer.json()["undo"], headers=SCRIPT)
    assert (again.status_code, again.json()["refused"]) == (
        422, ["This was taken back already, so nothing was moved again."],
    )  # fmt: skip


def test_a_card_that_somebody_moved_meanwhile_is_not_moved(
    in_force: Any, marketer: Any, seller: Any
) -> None:
    lead_id = enter(marketer)
    commands.move_lead(lead_id=lead_id, stage="MQL", by=seller, at=timezone.now())
    sent = {"stage": "Lost", "reason": "price", "stands": "Inquiry"}
    answer = in_force.post(f"/run/move-lead/{lead_id}/", sent, headers=SCRIPT)
    assert answer.status_code == 422
    assert answer.json() == {
        "stands": "MQL",
        "refused": [
            "The lead stands in “MQL” now, moved by Sam Sole, so nothing was changed. "
            "Look at it again."
        ],
    }
    later = {**sent, "seen": "1"}  # an older state than that of Sam's move
    assert in_force.post(f"/run/move-lead/{lead_id}/", later, headers=SCRIPT).status_code == 422
    page = in_force.post(f"/run/move-lead/{lead_id}/", sent)
    assert page.status_code == 422
    assert "moved by Sam Sole" in page.content.decode()
    assert BulkMove.objects.count() == 1


def test_where_a_page_saw_a_lead_elsewhere_by_itself_nobody_is_in_the_way(
    in_force: Any, marketer: Any
) -> None:
    """A lead of several deals may stand elsewhere on pages than its own latest move says."""
    lead_id = enter(marketer)
    refresh_copy(at=timezone.now())
    seen = str(warehouse.copy_watermark())
    sent = {"stage": "Lost", "reason": "price", "stands": "MQL", "seen": seen}
    assert in_force.post(f"/run/move-lead/{lead_id}/", sent, headers=SCRIPT).status_code == 200


def test_an_import_of_many_moves_a_lead_shows_no_arbitrary_leads_as_just_moved(
    in_force: Any, marketer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_id, other = enter(marketer), enter(marketer, name="Bo Finch")
    refresh_copy(at=timezone.now())
    seen = warehouse.copy_watermark()
    for stage in ("MQL", "Inquiry", "MQL"):
        commands.move_lead(lead_id=lead_id, stage=stage, by=marketer, at=timezone.now())
    assert warehouse.leads_moved_after(seen, most=3) == {lead_id}
    commands.move_lead(lead_id=other, stage="MQL", by=marketer, at=timezone.now())
    assert warehouse.leads_moved_after(seen, most=3) is None  # four moves, though two leads
    assert "just moved" in in_force.get("/run/board/").content.decode()
    monkeypatch.setattr(board, "_MOST_FRESH", 3)
    assert "just moved" not in in_force.get("/run/board/").content.decode()


def test_the_form_of_the_lead_page_says_what_it_saw_and_can_be_undone(
    in_force: Any, marketer: Any
) -> None:
    lead_id = enter(marketer)
    assert (
        'name="stands" value="Inquiry"' in in_force.get(f"/run/leads/{lead_id}/").content.decode()
    )
    sent = {"stage": "MQL", "stands": "Inquiry"}
    text = in_force.post(f"/run/move-lead/{lead_id}/", sent, follow=True).content.decode()
    undo = f"/run/moved/{BulkMove.objects.get().public_id}/undo/"
    assert f'action="{undo}"' in text
    assert "Taken back" in in_force.post(undo, follow=True).content.decode()
