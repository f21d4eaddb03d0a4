"""The pages: a lead is added, read at once, changed, moved; many move at once and back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.models import BulkMove
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.models import FACT_MODELS, Counter
from tests.server.run.handovers.conftest import put_in_force
from tests.trust.page_walk import Page

pytestmark = pytest.mark.django_db
NEW = "/run/leads/new/"


@pytest.fixture
def client_of_mia(signed_in: Any, marketer: Any) -> Any:
    """Mia, while the demand waterfall is in force."""
    put_in_force()
    return signed_in(marketer)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def leads() -> list[str]:
    return list(FACT_MODELS["leads"].objects.order_by("pk").values_list("lead_id", flat=True))


def enter(by: Any, **fields: Any) -> str:
    said = {"name": "Ada", "source": "Fair", **fields}
    return commands.enter_lead(fields=said, by=by, at=timezone.now()).lead_id


def form_of(answer: Any) -> dict[str, str]:
    """What the inputs of a page would send as they are."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", answer.content.decode()):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    return found


# --- adding -----------------------------------------------------------------------------------
def test_the_form_asks_first_what_the_first_hand_over_needs(client_of_mia: Any) -> None:
    answer = client_of_mia.get(NEW)
    labels = re.findall(r'<label for="f-(\w+)"', text_of(answer))
    assert labels == ["company", "email", "source", "name", "phone", "campaign", "country"]
    assert text_of(answer).count("needed for the first hand-over") == 3
    shown = Page(path=NEW)
    shown.feed(answer.content.decode())
    assert (shown.stated, shown.loose) == ([], [])


def test_a_double_click_adds_one_lead_that_is_read_at_once(client_of_mia: Any) -> None:
    sent = form_of(client_of_mia.get(NEW)) | {"said-name": "Ada Lark", "said-source": "Fair"}
    first = client_of_mia.post(NEW, sent)
    assert client_of_mia.post(NEW, sent)["Location"] == first["Location"]
    (lead_id,) = leads()
    assert first["Location"] == f"/run/leads/{lead_id}/"
    shown = text_of(client_of_mia.get(first["Location"]))
    assert "Added. It stands in Inquiry because " in shown
    assert "numbers elsewhere follow in a moment" in shown  # the copy does not have it yet
    assert 'title="Ada Lark"' in shown
    refresh_copy(at=timezone.now())
    shown = text_of(client_of_mia.get(first["Location"]))
    assert "numbers elsewhere" not in shown
    assert 'title="Ada Lark"' in shown
    other = client_of_mia.post(NEW, sent | {"said-name": "Bo"})
    assert other.status_code == 409
    assert client_of_mia.post(NEW, form_of(other)).status_code == 302
    assert len(leads()) == 2


def test_each_error_stands_beside_its_field_and_what_was_written_stays(client_of_mia: Any) -> None:
    sent = form_of(client_of_mia.get(NEW))
    answer = client_of_mia.post(NEW, sent | {"said-name": "Ada <b>", "said-email": "nobody"})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert 'aria-describedby="e-email"' in shown
    assert "It is not an e-mail address. Write it like name@example.com." in shown
    assert 'value="Ada &lt;b&gt;"' in shown
    empty = client_of_mia.post(NEW, sent)
    assert empty.status_code == 422
    assert "Nothing was added: nothing is said of the lead." in text_of(empty)
    assert leads() == []
    assert client_of_mia.post(NEW, sent | {"said-name": "Ada"}).status_code == 302


def test_who_only_looks_on_is_refused_everywhere(
    signed_in: Any, marketer: Any, outsider: Any
) -> None:
    put_in_force()
    lead_id = enter(marketer)
    refresh_copy(at=timezone.now())
    moved = commands.move_leads(lead_ids=[lead_id], stage="MQL", by=marketer, at=timezone.now())
    client = signed_in(outsider)
    for name, args in (("new_lead", []), ("change_lead", [lead_id])):
        where = reverse(f"run:{name}", args=args)
        assert client.get(where).status_code == 403
        assert client.post(where, {"said-name": "x"}).status_code == 403
    assert (
        client.post(reverse("run:move_lead", args=[lead_id]), {"stage": "Won"}).status_code == 403
    )
    assert client.post("/run/move-leads/", {"lead": lead_id, "stage": "Won"}).status_code == 403
    if moved.bulk_id:
        where = reverse("run:moved", args=[moved.bulk_id])
        assert client.get(where).status_code == 403
        assert client.post(f"{where}undo/").status_code == 403
    for where in ("/run/leads/", f"/run/leads/{lead_id}/"):
        main = client.get(where).content.decode().partition("<main")[2].partition("</main")[0]
        assert "Move" not in re.sub("Last move", "", main)
        assert "Add a lead" not in main


# --- one lead ---------------------------------------------------------------------------------
def test_a_move_the_agreement_refuses_shows_the_clause(client_of_mia: Any, marketer: Any) -> None:
    lead_id = enter(marketer)
    where = reverse("run:move_lead", args=[lead_id])
    answer = client_of_mia.post(where, {"stage": "Lost", "reason": ""})
    assert answer.status_code == 422
    assert "“Lost” needs a reason: say why." in text_of(answer)
    answer = client_of_mia.post(where, {"stage": "Nowhere"})
    assert "has no stage “Nowhere”" in text_of(answer)
    assert client_of_mia.post(where, {"stage": "Lost", "reason": "price"}).status_code == 302
    shown = text_of(client_of_mia.get(f"/run/leads/{lead_id}/"))
    assert "Where it stands: <span data-name>Lost</span>" in shown
    assert "price" in shown
    assert client_of_mia.post(reverse("run:move_lead", args=["no"]), {}).status_code == 404


@pytest.mark.usefixtures("agreed")
def test_the_clauses_that_fail_are_told_with_what_the_lead_has(
    signed_in: Any, marketer: Any
) -> None:
    lead_id = enter(marketer, score=20)
    answer = signed_in(marketer).post(f"/run/move-lead/{lead_id}/", {"stage": "MQL"})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "“MQL” does not take this lead yet:" in shown
    assert 'the score is at least 50 <span class="muted">(the score is 20.0)</span>' in shown
    assert re.search(r"<option[^>]* selected>MQL</option>", shown)
    later = signed_in(marketer).post(f"/run/move-lead/{lead_id}/", {"stage": "Later"})
    assert "needs the later day" in text_of(later)
    told = {"stage": "Later", "wake_on": "2126-01-01"}
    assert signed_in(marketer).post(f"/run/move-lead/{lead_id}/", told).status_code == 302


def test_details_change_and_only_those_that_were_touched(client_of_mia: Any, marketer: Any) -> None:
    lead_id = enter(marketer, company="Firm  of two  blanks")
    where = reverse("run:change_lead", args=[lead_id])
    sent = form_of(client_of_mia.get(where))
    assert client_of_mia.post(where, sent | {"said-country": "DE"}).status_code == 302
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert (lead["country"], lead["company"]) == ("DE", "Firm  of two  blanks")
    bad = client_of_mia.post(where, sent | {"said-email": "nobody"})
    assert bad.status_code == 422
    assert "It is not an e-mail address" in text_of(bad)
    assert client_of_mia.get(reverse("run:change_lead", args=["no"])).status_code == 404


def test_a_conflict_shows_both_and_keeps_what_others_wrote(
    client_of_mia: Any, marketer: Any, seller: Any
) -> None:
    lead_id = enter(marketer, company="Old", country="UK")
    where = reverse("run:change_lead", args=[lead_id])
    sent = form_of(client_of_mia.get(where)) | {"said-company": "Mine"}
    commands.change_lead(
        lead_id=lead_id, fields={"company": "Theirs", "country": "DE"}, by=seller,
        at=timezone.now(),
    )  # fmt: skip
    answer = client_of_mia.post(where, sent)
    assert answer.status_code == 409
    both = r'value="yours" checked> <span data-name>Mine<.*value="now"> <span data-name>Theirs<'
    assert re.search(both, text_of(answer))
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert lead["company"] == "Theirs"
    chosen = form_of(answer) | {"take-company": "yours"}
    assert client_of_mia.post(where, chosen).status_code == 302
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert (lead["company"], lead["country"]) == ("Mine", "DE")
    blind = client_of_mia.post(where, {"said-company": "Blind", "was-company": "Old"})
    assert blind.status_code == 409  # who does not say what they saw is shown what there is
    assert client_of_mia.post(where, form_of(blind) | {"take-company": "now"}).status_code == 302
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert lead["company"] == "Mine"


def test_the_timeline_says_what_was_changed_by_whom(
    client_of_mia: Any, marketer: Any, seller: Any, make_person: Any, signed_in: Any
) -> None:
    lead_id = enter(marketer, company="Old", email="old@x.example")
    commands.change_lead(
        lead_id=lead_id, fields={"company": "New", "email": "new@x.example", "country": "DE"},
        by=seller, at=timezone.now(),
    )  # fmt: skip
    commands.change_lead(lead_id=lead_id, fields={"country": ""}, by=marketer, at=timezone.now())
    shown = text_of(client_of_mia.get(f"/run/leads/{lead_id}/"))
    later, earlier = (shown.index(f"<strong>Details</strong>: {said}") for said in (
        "Country: DE → nothing",
        "Company: Old → New; Country: nothing → DE; E-mail: old@x.example → new@x.example",
    ))  # fmt: skip
    assert later < shown.index(marketer.name, later) < earlier < shown.index(seller.name, earlier)
    masked = text_of(
        signed_in(make_person("Vic View", team="leadership", role="viewer")).get(
            f"/run/leads/{lead_id}/"
        )
    )
    assert "new@x.example" not in masked


# --- many -------------------------------------------------------------------------------------
def test_many_move_at_once_and_back(client_of_mia: Any, marketer: Any) -> None:
    ids = [enter(marketer, name=f"P{n}") for n in range(3)]
    refresh_copy(at=timezone.now())
    shown = text_of(client_of_mia.get("/run/leads/"))
    assert shown.count('name="lead"') == 3
    sent = {"lead": ids[:2], "stage": "Lost", "reason": "price"}
    answer = client_of_mia.post("/run/move-leads/", sent, follow=True)
    shown = text_of(answer)
    assert '<span data-of-list="2">2</span> leads moved to Lost' in shown
    assert "Undo: move the 2 back" in shown
    bulk = BulkMove.objects.get()
    answer = client_of_mia.post(f"/run/moved/{bulk.public_id}/undo/", follow=True)
    assert "2 leads moved back." in text_of(answer)
    assert "Undo: move" not in text_of(answer)
    assert [m["stage"] for m in warehouse.moves_of(ids[0])][1:] != []
    again = client_of_mia.post(f"/run/moved/{bulk.public_id}/undo/", follow=True)
    assert "taken back already" in text_of(again)


def test_those_that_stay_are_named_and_all_of_a_list_move(
    client_of_mia: Any, marketer: Any
) -> None:
    ids = [enter(marketer, name=f"P{n}") for n in range(3)]
    enter(marketer, name="Other", source="Web")
    refresh_copy(at=timezone.now())
    commands.move_lead(lead_id=ids[0], stage="Lost", reason="x", by=marketer, at=timezone.now())
    sent = {"all": "yes", "words": "source=Fair", "count": "3", "stage": "Lost", "reason": "y"}
    changed = client_of_mia.post("/run/move-leads/", sent | {"count": "2"}, follow=True)
    assert "The list changed since you looked at it" in text_of(changed)
    shown = text_of(client_of_mia.post("/run/move-leads/", sent, follow=True))
    assert '<span data-of-list="2">2</span> leads moved to Lost' in shown
    assert "P0</a>: The lead is in “Lost” already." in shown
    none = client_of_mia.post("/run/move-leads/", sent)
    assert none.status_code == 422
    assert "No lead moved to Lost" in text_of(none)
    nothing = client_of_mia.post("/run/move-leads/", {"stage": "Lost"}, follow=True)
    assert "No lead was chosen." in text_of(nothing)
    assert (
        client_of_mia.post(
            "/run/move-leads/", {"lead": ids[0], "stage": "Lost", "wake_on": "soon"}
        ).status_code
        == 302
    )


def test_details_are_changed_also_when_revisions_have_four_digits(
    client_of_mia: Any, marketer: Any
) -> None:
    """A revision is a number for programs: no comma among its digits."""
    Counter.objects.update_or_create(pk=1, defaults={"last": 2_766})
    lead = enter(marketer)
    address = reverse("run:change_lead", args=[lead])
    sent = form_of(client_of_mia.get(address))
    assert sent["revision"].isdigit()
    answer = client_of_mia.post(address, sent | {"said-company": "Ames"})
    assert answer.status_code == 302
    (now,) = warehouse.living_leads([lead]).values()
    assert now["company"] == "Ames"
