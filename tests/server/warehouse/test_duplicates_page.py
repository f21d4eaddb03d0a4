"""The page of duplicates: side by side, merge, not the same, undo; refused to who may not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onefunnel.server.warehouse.duplicates.looking import look_for_duplicates
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion
from onefunnel.server.warehouse.queries import current_facts
from tests.server.warehouse.conftest import NOW
from tests.server.warehouse.test_duplicates import LEADS, MOVES

PAGE = "/data/duplicates/"


@pytest.fixture
def found(bring: Any) -> None:
    """One sure pair (L1, L2) and one for a person to decide (L3, L4)."""
    twin = {**LEADS[2], "lead_id": "L4", "name": "Rita Moon", "Size": "<b>big</b>"}
    bring("crm", leads=[*LEADS, twin], moves=MOVES)
    look_for_duplicates(current_facts(), by=None, at=NOW)


def test_the_list_shows_both_leads_beside_each_other(
    found: None, operations: Any, signed_in: Any
) -> None:
    page = signed_in(operations).get(PAGE)
    assert page.status_code == 200
    text = page.content.decode()
    assert "L3 and L4" in text
    assert "Rita Moon" in text
    assert "bob@borva.example" in text
    assert "the names differ" in text
    assert "<b>big</b>" not in text
    assert "L1 and L2" in signed_in(operations).get(f"{PAGE}?show=sure").content.decode()


def test_an_empty_list_says_what_to_do(db: None, operations: Any, signed_in: Any) -> None:
    text = signed_in(operations).get(PAGE).content.decode()
    assert "Nothing waits here" in text


def test_merge_keeps_the_lead_the_button_names_and_undo_takes_it_back(
    found: None, operations: Any, signed_in: Any
) -> None:
    client = signed_in(operations)
    pair = Suggestion.objects.get(kept_lead="L3")
    answer = client.post(
        reverse("data:merge", args=[pair.public_id]), {"keep": "L4", "show": "doubtful"}
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?show=doubtful")
    merge = Merge.objects.get()
    assert (merge.kept_lead, merge.merged_lead, merge.by) == ("L4", "L3", operations)
    assert "Merged (1)" in client.get(f"{PAGE}?show=merged").content.decode()
    client.post(reverse("data:undo_merge", args=[merge.public_id]), {"show": "merged"})
    merge.refresh_from_db()
    assert merge.undone_by == operations


def test_merging_twice_is_refused_in_words(found: None, operations: Any, signed_in: Any) -> None:
    client = signed_in(operations)
    pair = Suggestion.objects.get(kept_lead="L3")
    for _ in range(2):
        answer = client.post(reverse("data:merge", args=[pair.public_id]), follow=True)
    assert "one lead already" in answer.content.decode()
    assert Merge.objects.count() == 1


def test_not_the_same_leaves_the_list(found: None, operations: Any, signed_in: Any) -> None:
    client = signed_in(operations)
    pair = Suggestion.objects.get(kept_lead="L3")
    client.post(reverse("data:keep_apart", args=[pair.public_id]))
    assert "L3 and L4" not in client.get(PAGE).content.decode()


def test_all_sure_ones_are_merged_at_once(found: None, operations: Any, signed_in: Any) -> None:
    text = signed_in(operations).post(reverse("data:merge_sure"), follow=True).content.decode()
    assert "1 lead is merged" in text
    assert Merge.objects.get().merged_lead == "L2"


def test_looking_through_fills_the_list(bring: Any, operations: Any, signed_in: Any) -> None:
    bring("crm", leads=LEADS, moves=MOVES)
    signed_in(operations).post(reverse("data:look_for_duplicates"))
    assert Suggestion.objects.get().lead == "L2"


@pytest.mark.parametrize("who", ["outsider", "marketer"])
def test_who_may_not_merge_sees_and_does_nothing(
    found: None, who: str, request: Any, signed_in: Any
) -> None:
    client = signed_in(request.getfixturevalue(who))
    pair = Suggestion.objects.get(kept_lead="L3")
    assert client.get(PAGE).status_code == 403
    for name in ("merge", "keep_apart"):
        assert client.post(reverse(f"data:{name}", args=[pair.public_id])).status_code == 403
    for name in ("merge_sure", "look_for_duplicates"):
        assert client.post(reverse(f"data:{name}")).status_code == 403
    assert not Merge.objects.exists()


def test_a_pair_that_is_gone_is_not_found(found: None, operations: Any, signed_in: Any) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    client = signed_in(operations)
    for name in ("merge", "keep_apart", "undo_merge"):
        assert client.post(reverse(f"data:{name}", args=[nobody])).status_code == 404
    assert client.get(reverse("data:merge", args=[nobody])).status_code == 405


def test_a_merged_lead_leads_to_the_one_that_stands_for_it(
    found: None, operations: Any, signed_in: Any
) -> None:
    client = signed_in(operations)
    made = client.post(
        "/api/data/duplicates/merges",
        {"kept_lead": "L3", "merged_lead": "L4"},
        content_type="application/json",
    )
    assert made.status_code == 201
    answer = client.get("/run/leads/L4/")
    assert (answer.status_code, answer["Location"]) == (302, "/run/leads/L3/")
    assert "L4 was merged into this lead" in client.get(answer["Location"]).content.decode()
    assert client.get("/run/leads/L5/").status_code == 404


def test_duplicates_by_program(found: None, operations: Any, signed_in: Any) -> None:
    client = signed_in(operations)
    sure = client.get("/api/data/duplicates?zone=sure").json()
    assert (sure["count"], sure["items"][0]["lead"]) == (1, "L2")
    doubtful = client.get("/api/data/duplicates").json()["items"][0]
    assert client.post(f"/api/data/duplicates/{doubtful['id']}/apart").status_code == 204
    assert client.get("/api/data/duplicates").json()["count"] == 0
    pair = {"kept_lead": "L1", "merged_lead": "L2"}
    address = "/api/data/duplicates/merges"
    made = client.post(address, pair, content_type="application/json").json()
    assert client.post(address, pair, content_type="application/json").status_code == 409
    none = {"kept_lead": "L1", "merged_lead": "nobody"}
    assert client.post(address, none, content_type="application/json").status_code == 404
    more = {**pair, "by": 1}
    assert client.post(address, more, content_type="application/json").status_code == 422
    assert client.post(f"{address}/{made['id']}/undo").json()["undone_at"]
    assert client.post(f"{address}/{made['id']}/undo").status_code == 409


def test_who_may_not_merge_may_not_by_program(found: None, outsider: Any, signed_in: Any) -> None:
    client = signed_in(outsider)
    assert client.get("/api/data/duplicates").status_code == 403
    assert client.post("/api/data/duplicates/look").status_code == 403
    pair = {"kept_lead": "L1", "merged_lead": "L2"}
    answer = client.post("/api/data/duplicates/merges", pair, content_type="application/json")
    assert answer.status_code == 403
    assert not Merge.objects.exists()


def test_an_import_has_the_leads_looked_through(
    operations: Any, signed_in: Any, settings: Any
) -> None:
    settings.LOOK_FOR_DUPLICATES_AFTER_IMPORT = True
    lines = b"Lead ID,Name,Email,Stage,Created\n" + b"".join(
        b"L%d,Ada Ames,ada%d@ames.example,New,2026-01-%02d\n" % (n, n // 2, n) for n in range(1, 9)
    )
    signed_in(operations).post(
        "/api/data/imports",
        {"files": [SimpleUploadedFile("leads.csv", lines)], "source": "CRM", "begin": "true"},
    )
    assert Suggestion.objects.filter(zone=Suggestion.Zone.AUTOMATIC).count() == 3
