"""Anybody may disagree; the heads of both teams decide, with a reason; nothing said is changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree import commands as agree
from onefunnel.server.agree.disputes import commands, queries
from onefunnel.server.agree.disputes.commands import DisputeRefused
from onefunnel.server.agree.disputes.models import Dispute, EntriesAreKept, Entry
from onefunnel.server.notify.models import Notice
from onefunnel.server.record.models import Event


@pytest.fixture
def seller_head(make_person: Any) -> Any:
    """Hedda, head of sales."""
    return make_person("Hedda Holm", team="sales", role="lead")


def disagree(by: Any, at: datetime, **more: str) -> Dispute:
    said = {"kind": "stage", "about": "Qualified", "claim": "Too early."} | more
    return commands.open_dispute(**said, by=by, at=at)


def test_both_heads_have_to_say_the_same(
    data: Facts, seller: Any, head: Any, seller_head: Any, now: datetime
) -> None:
    dispute = disagree(seller, now)
    key = dispute.public_id
    commands.comment(dispute_id=key, text="See the\nlist.", by=seller, at=now)
    commands.decide(dispute_id=key, choice="change", why="So it is.", by=head, at=now)
    found = queries.told(key, at=now)
    assert found is not None
    assert found.waits_for == ("Sales",)
    commands.decide(dispute_id=key, choice="leave", why="No.", by=seller_head, at=now)
    found = queries.told(key, at=now)
    assert found is not None
    assert found.dispute.is_open
    assert found.waits_for == ("Marketing", "Sales")
    later = now + timedelta(hours=1)
    commands.decide(dispute_id=key, choice="change", why="Yes, then.", by=seller_head, at=later)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.decision, dispute.closed_by) == (
        "decided", "change", seller_head,
    )  # fmt: skip
    assert [one.text for one in dispute.entries.all()] == [
        "See the\nlist.", "So it is.", "No.", "Yes, then.",
    ]  # fmt: skip
    kinds = Event.objects.filter(subject=f"dispute:{key}").order_by("pk")
    assert [one.kind.removeprefix("agree.dispute-") for one in kinds] == [
        "opened", "commented", "voted", "voted", "voted", "decided",
    ]  # fmt: skip
    assert not any("Too early" in str(one.payload) for one in kinds)
    assert Notice.objects.filter(key=f"dispute:{key}").count() == 2
    with pytest.raises(DisputeRefused, match="closed"):
        commands.comment(dispute_id=key, text="And yet", by=seller, at=later)


def test_the_teams_of_the_charter_decide(
    data: Facts, seller: Any, head: Any, make_person: Any, now: datetime
) -> None:
    text = write_yaml(load("demand_waterfall")).replace("team: sales", "team: operations")
    version = agree.import_agreement(text=text, by=head, at=now)
    agree.adopt_agreement(version_id=version.public_id, by=head, at=now, refresh=False)
    dispute = disagree(seller, now, kind="term", about="lead")
    found = queries.told(dispute.public_id, at=now)
    assert found is not None
    assert found.waits_for == ("Marketing", "Operations")


def test_who_may_what(
    data: Facts, seller: Any, head: Any, owner: Any, outsider: Any, now: datetime
) -> None:
    with pytest.raises(PermissionDenied):
        disagree(outsider, now)
    dispute = disagree(seller, now)
    key = dispute.public_id
    with pytest.raises(PermissionDenied):
        commands.decide(dispute_id=key, choice="leave", why="x", by=seller, at=now)
    with pytest.raises(DisputeRefused, match="teams that sign"):
        commands.decide(dispute_id=key, choice="leave", why="x", by=owner, at=now)
    with pytest.raises(DisputeRefused, match="Say why"):
        commands.decide(dispute_id=key, choice="leave", why=" \n", by=head, at=now)
    with pytest.raises(DisputeRefused, match="Only who opened it"):
        commands.withdraw(dispute_id=key, why="x", by=head, at=now)
    commands.withdraw(dispute_id=key, why="I was wrong.", by=seller, at=now)
    dispute.refresh_from_db()
    assert dispute.state == "withdrawn"


@pytest.mark.parametrize(
    ("evidence", "kept"),
    [
        ("/measure/list/?measure=stages&figure=won", "/measure/list/?measure=stages&figure=won"),
        ("http://localhost:8000/run/leads/?stage=New", None),
        ("  stage = 'Qualified' ", "stage = 'Qualified'"),
        ("", ""),
    ],
)
def test_evidence_of_ours(
    data: Facts, seller: Any, now: datetime, evidence: str, kept: str | None, settings: Any
) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    found = disagree(seller, now, evidence=evidence).evidence
    assert found == ("/run/leads/?stage=New" if kept is None else kept)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ("https://example.com/run/leads/", "not of another one"),
        ("//example.com/run/leads/", "not of another one"),
        ("/\\example.com", "not of another one"),
        ("javascript:alert(1)", "neither the address"),
        ("/nowhere/at/all", "no page"),
        ("/settings/profile/", "no list"),
        ("nonsense = 3", "neither the address"),
        ("x" * 3000, "too long"),
    ],
)
def test_evidence_of_others_is_refused(
    data: Facts, seller: Any, now: datetime, evidence: str, said: str
) -> None:
    with pytest.raises(DisputeRefused, match=said):
        disagree(seller, now, evidence=evidence)
    assert not Dispute.objects.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"about": "Nowhere"}, "no stage Nowhere"),
        ({"kind": "weather"}, "A dispute is about"),
        ({"claim": " "}, "Say what is wrong"),
        ({"kind": "number", "about": "Won"}, "Name the list"),
    ],
)
def test_what_is_no_dispute(
    data: Facts, seller: Any, now: datetime, more: dict[str, str], said: str
) -> None:
    with pytest.raises(DisputeRefused, match=said):
        disagree(seller, now, **more)


def test_what_was_said_is_kept(data: Facts, seller: Any, now: datetime) -> None:
    entry = commands.comment(
        dispute_id=disagree(seller, now).public_id, text="So", by=seller, at=now
    )
    entry.text = "Otherwise"
    with pytest.raises(EntriesAreKept):
        entry.save()
    with pytest.raises(EntriesAreKept):
        entry.delete()
    assert Entry.objects.get().text == "So"


def test_the_program_says_a_difference_once(data: Facts, seller: Any, now: datetime) -> None:
    found = {"key": "uncaught|Old", "kind": "stage", "about": "Old", "claim": "c", "evidence": ""}
    first = commands.open_difference(**found, at=now)
    assert first is not None
    assert commands.open_difference(**found, at=now) is None
    mine = disagree(seller, now)
    assert commands.close_differences(still=frozenset({"uncaught|Old"}), at=now) == 0
    assert commands.close_differences(still=frozenset(), at=now) == 1
    first.refresh_from_db()
    mine.refresh_from_db()
    assert (first.state, first.closed_by, mine.state) == ("gone", None, "open")
    again = commands.open_difference(**found, at=now)
    assert again is not None


def test_disputes_about_the_simulated_company_go_with_it(
    data: Facts, seller: Any, make_person: Any, now: datetime
) -> None:
    actor = make_person("Ada Actor", team="sales", is_simulated=True)
    theirs, mine = disagree(actor, now), disagree(seller, now)
    assert commands.close_with_the_demo(at=now) == 1
    theirs.refresh_from_db()
    mine.refresh_from_db()
    assert (theirs.state, mine.state) == ("gone", "open")


# --- pages and API ----------------------------------------------------------------------------
def test_one_click_from_a_stage_and_back_beside_it(
    data: Facts, signed_in: Any, seller: Any, head: Any
) -> None:
    client = signed_in(seller)
    page = client.get("/agree/").content.decode()
    address = "/agree/disputes/new/?kind=stage&amp;about=Qualified"
    assert address in page
    form = client.get(address.replace("&amp;", "&")).content.decode()
    assert 'value="Qualified"' in form
    sent = {"kind": "stage", "about": "Qualified", "claim": "Too <b>early", "evidence": ""}
    made = client.post("/agree/disputes/new/", sent, follow=True).content.decode()
    assert "Too &lt;b&gt;early" in made
    assert "Decide for" not in made
    page = client.get("/agree/").content.decode()
    card = page.split('id="stage-qualified"')[1].split("</article>")[0]
    assert "! disputed" in card
    client.force_login(head)
    today = client.get("/").content.decode()
    assert "Disputed" in today
    assert "wait for your decision" in today
    dispute = Dispute.objects.get()
    page = client.get(reverse("agree:dispute", args=[dispute.public_id])).content.decode()
    assert "Decide for Marketing" in page


def test_the_evidence_opens_its_leads(data: Facts, signed_in: Any, seller: Any) -> None:
    client = signed_in(seller)
    dispute = disagree(seller, datetime.fromisoformat("2026-11-21T09:40+00:00"),
                       evidence="stage = 'Qualified'")  # fmt: skip
    page = client.get(reverse("agree:dispute", args=[dispute.public_id])).content.decode()
    assert 'data-list="10"' in page
    found = client.get(reverse("agree:evidence", args=[dispute.public_id])).content.decode()
    assert 'data-of-list="10"' in found


def test_a_refusal_keeps_what_was_typed(data: Facts, signed_in: Any, seller: Any) -> None:
    sent = {"kind": "stage", "about": "Nowhere", "claim": "My words", "evidence": ""}
    answer = signed_in(seller).post("/agree/disputes/new/", sent)
    assert answer.status_code == 422
    assert "no stage Nowhere" in answer.content.decode()
    assert "My words" in answer.content.decode()


def test_viewers_read_only(data: Facts, signed_in: Any, outsider: Any, seller: Any) -> None:
    dispute = disagree(seller, datetime.fromisoformat("2026-11-21T09:40+00:00"))
    client = signed_in(outsider)
    assert "I disagree" not in client.get("/agree/").content.decode()
    assert client.get("/agree/disputes/new/").status_code == 403
    address = reverse("agree:dispute", args=[dispute.public_id])
    assert client.get(address).status_code == 200
    assert client.post(f"{address}say/", {"text": "x"}).status_code == 403
    assert client.post(f"{address}decide/", {"choice": "leave", "why": "x"}).status_code == 403
    body = {"kind": "stage", "about": "Qualified", "claim": "x"}
    sent = client.post("/api/agree/disputes", body, content_type="application/json")
    assert sent.status_code == 403


def test_by_api(data: Facts, signed_in: Any, seller: Any, head: Any, seller_head: Any) -> None:
    client = signed_in(seller)
    body = {"kind": "stage", "about": "Qualified", "claim": "Too early"}

    def send(path: str, sent: dict[str, str]) -> tuple[int, Any]:
        answer = client.post(path, sent, content_type="application/json")
        return answer.status_code, answer.json()

    assert send("/api/agree/disputes", body | {"opened_by": "x"})[0] == 422
    assert send("/api/agree/disputes", body | {"about": "Nowhere"})[0] == 422
    status, made = send("/api/agree/disputes", body)
    assert (status, made["state"], made["waits_for"]) == (201, "open", ["Marketing", "Sales"])
    one = f"/api/agree/disputes/{made['id']}"
    assert send(f"{one}/comments", {"text": "Look"})[1]["entries"][0]["text"] == "Look"
    for person in (head, seller_head):
        client.force_login(person)
        status, told = send(f"{one}/decide", {"choice": "follow", "why": "It is right."})
        assert status == 200
    assert (told["state"], told["decision"]) == ("decided", "follow")
    assert send(f"{one}/decide", {"choice": "leave", "why": "x"})[0] == 409
    assert client.get("/api/agree/disputes").json()["count"] == 0
    assert client.get("/api/agree/disputes?state=closed").json()["count"] == 1
    assert send(f"{one[:-4]}ffff/comments", {"text": "x"})[0] == 404
