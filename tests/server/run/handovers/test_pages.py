"""The pages: one click to accept, two to reject, and nothing of others'."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape

from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Handover, Receiver, TeamDesk
from onefunnel.server.warehouse.commands import refresh_copy
from tests.server.run.handovers.conftest import AT, CARD, CLAUSE, bring
from tests.trust.page_walk import Page

pytestmark = pytest.mark.django_db


def page(client: Any, name: str, *args: object, status: int = 200) -> str:
    answer = client.get(reverse(f"run:{name}", args=args))
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def fresh(agreed: None, marketer: Any, seller: Any) -> Handover:
    """Lead `a`, offered just now."""
    bring("a")
    return commands.offer_lead(
        lead_id="a", card=CARD, note="Call Pat", by=marketer, at=timezone.now()
    )


def test_the_empty_lists_say_what_they_are_for(signed_in: Any, seller: Any) -> None:
    client = signed_in(seller)
    assert "Nothing waits for an answer" in page(client, "waiting")
    assert "Every rejection has its reply" in page(client, "rejections")
    assert "Nothing is left to complete" in page(client, "given")


def test_accepted_in_one_click(fresh: Handover, signed_in: Any, seller: Any) -> None:
    client = signed_in(seller)
    shown = page(client, "waiting")
    assert "Pat a" in shown
    assert "due in" in shown
    assert "Call Pat" in shown
    answer = client.post(reverse("run:accept", args=[fresh.public_id]))
    assert answer.status_code == 302
    fresh.refresh_from_db()
    assert fresh.answered_by == seller
    late = client.post(reverse("run:accept", args=[fresh.public_id]))
    assert late.status_code == 409
    assert "Sam took it" in late.content.decode()


def test_the_page_shows_what_the_receiver_has_to_judge(
    fresh: Handover, signed_in: Any, seller: Any
) -> None:
    shown = page(signed_in(seller), "handover", fresh.public_id)
    about = shown.split("What is known of the lead")[1].split('id="reject"')[0]
    assert "asks for" in about
    assert "a@firm.example" in about
    assert "What happened so far" in about
    assert "<strong>Stage</strong>" in about


def test_rejected_in_two_clicks_and_replied_to(
    fresh: Handover, signed_in: Any, seller: Any, marketer: Any
) -> None:
    bring("a", company=None)  # what was true when it was offered is not any more
    client = signed_in(seller)
    form = page(client, "handover", fresh.public_id)
    assert f'value="{CLAUSE}" checked' in form  # the clause that fails is chosen already
    where = reverse("run:reject", args=[fresh.public_id])
    assert client.post(where, {"clause": CLAUSE, "reason": "x"}).status_code == 422
    answer = client.post(where, {"clause": CLAUSE, "is_gap": "yes", "reason": "no-need"})
    assert answer.status_code == 302
    client = signed_in(marketer)
    owed = page(client, "rejections")
    assert CLAUSE in owed
    client.post(reverse("run:reply", args=[fresh.public_id]), {"text": "We ask before."})
    shown = page(client, "handover", fresh.public_id)
    assert "We ask before." in shown
    way = re.search(r'href="(/agree/disputes/new/[^"]+)">Should the rule change', shown)
    assert way is not None
    asked = client.get(unescape(way[1])).content.decode()
    assert f'value="{conditional_escape(CARD)}"' in asked
    assert conditional_escape(CLAUSE) in asked


def test_what_is_to_complete_names_what_is_missing(
    agreed: None, signed_in: Any, marketer: Any, seller: Any
) -> None:
    bring("b", company=None)
    commands.offer_on_entry(lead_id="b", stage="MQL", at=AT)
    client = signed_in(marketer)
    assert "Missing: <strong>Company</strong>" in page(client, "given")
    sent = {"lead": "b", "card": CARD}
    answer = client.post(reverse("run:offer"), sent, follow=True)
    assert "lacks: Company" in answer.content.decode()
    bring("b")
    assert (
        "Offered to Sales: Sam."
        in client.post(reverse("run:offer"), sent, follow=True).content.decode()
    )
    assert client.post(reverse("run:offer"), {**sent, "lead": "no"}).status_code == 404


def test_others_do_not_find_it(fresh: Handover, signed_in: Any, service: Any) -> None:
    client = signed_in(service)
    assert "Nothing waits" in page(client, "waiting")
    page(client, "handover", fresh.public_id, status=404)
    assert client.post(reverse("run:accept", args=[fresh.public_id])).status_code == 404


def test_every_other_deed_has_its_form(fresh: Handover, signed_in: Any, seller: Any) -> None:
    client = signed_in(seller)

    def post(name: str, **sent: str) -> int:
        return int(client.post(reverse(f"run:{name}", args=[fresh.public_id]), sent).status_code)

    assert post("clock", why="They asked") == 302
    assert "They asked" in page(client, "handover", fresh.public_id)
    assert post("clock", deed="resume") == 302
    assert post("give", to=str(seller.public_id)) == 302
    assert post("give", to="nobody") == 422
    assert post("recycle", wake_on="soon") == 422
    assert post("return", reason="data-missing") == 422
    assert post("return", reason="data-missing", better="A number") == 302


def test_today_says_what_waits(fresh: Handover, signed_in: Any, seller: Any) -> None:
    shown = signed_in(seller).get("/").content.decode()
    assert "Handed over to your team" in shown
    assert "lead waits for an answer, the first is due in" in shown


def test_hours_and_turns_are_kept(signed_in: Any, owner: Any, seller: Any) -> None:
    client = signed_in(owner)
    hours = {f"day-{n}": "08:00-12:00, 13:00-17:00" for n in range(5)}
    where = reverse("run:hours_of", args=["sales"])
    sent = {**hours, "zone": "Europe/Paris", "holidays": "2026-12-25", "revision": "0"}
    assert client.post(where, sent).status_code == 302
    assert TeamDesk.objects.get(team="sales").week[0] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert client.post(where, sent).status_code == 422  # written over an older state
    assert client.post(where, {**sent, "day-0": "nine", "revision": "1"}).status_code == 422
    where = reverse("run:turns_of", args=["sales"])
    sent = {"person": str(seller.public_id), "capacity": "5", "revision": "0"}
    assert client.post(where, sent).status_code == 302
    assert Receiver.objects.get(person=seller).is_in_turn is False
    away = reverse("run:away", args=["sales"])
    day = (timezone.now() + timedelta(days=1)).date().isoformat()
    sent = {"person": str(seller.public_id), "from_on": day, "until_on": day}
    assert client.post(away, sent).status_code == 302
    assert "Remove" in page(client, "turns_of", "sales")
    page(client, "hours_of", "moon", status=404)


def test_who_may_not_arrange_sees_but_does_not_change(signed_in: Any, seller: Any) -> None:
    client = signed_in(seller)
    assert "disabled" in page(client, "hours_of", "marketing")
    sent = {f"day-{n}": "" for n in range(7)} | {"revision": "0"}
    assert client.post(reverse("run:hours_of", args=["marketing"]), sent).status_code == 403


def test_the_lead_page_says_how_it_was_handed_over_and_offers_it(
    agreed: None, signed_in: Any, marketer: Any, seller: Any
) -> None:
    bring("l")
    refresh_copy(at=timezone.now())
    client = signed_in(marketer)
    form = page(client, "lead", "l")
    assert "It was not offered to another team yet." in form
    sent = {"lead": "l", "card": CARD, "back": "/run/leads/l/"}
    answer = client.post(reverse("run:offer"), sent)
    assert answer["Location"] == "/run/leads/l/"
    assert "offered to Sales, Sam Sole, due in" in " ".join(page(client, "lead", "l").split())
    away = {**sent, "back": "//elsewhere.example/run/"}
    assert client.post(reverse("run:offer"), away)["Location"] == "/run/handovers/given/"
    assert "Reject or send back" in page(signed_in(seller), "lead", "l")


def test_a_viewer_sees_that_leads_wait_but_neither_names_nor_words_about_them(
    fresh: Handover, signed_in: Any, make_person: Any
) -> None:
    client = signed_in(make_person("Vera View", team="sales", role="viewer"))
    for shown in (page(client, "waiting"), page(client, "handover", fresh.public_id)):
        assert CARD in shown
        assert "Pat a" not in shown
        assert "Call Pat" not in shown
        assert "<button" not in shown.partition("<main")[2].partition("</main")[0]
    answer = client.post(reverse("run:accept", args=[fresh.public_id]))
    assert answer.status_code == 403


def test_no_number_stands_on_these_pages_without_its_list(
    fresh: Handover, signed_in: Any, owner: Any, seller: Any
) -> None:
    """T1 for pages that show something: a count stands over its own list."""
    bring("b", company=None)
    commands.offer_on_entry(lead_id="b", stage="MQL", at=timezone.now())
    client = signed_in(owner)
    for name, count in (("waiting", "1"), ("given", "1"), ("rejections", None)):
        shown = Page(path="/")
        shown.feed(page(client, name))
        assert shown.stated == []
        assert shown.loose == []
        if count:
            assert count in shown.of_list
    for name, args in (("handover", [fresh.public_id]), ("turns_of", ["sales"]),
                       ("hours_of", ["sales"])):  # fmt: skip
        shown = Page(path="/")
        shown.feed(page(client, name, *args))
        assert (shown.stated, shown.loose) == ([], []), name


def test_the_clause_that_keeps_a_lead_from_being_offered_stands_on_its_pages(
    agreed: None, signed_in: Any, marketer: Any
) -> None:
    bring("b", email="nobody")
    (made,) = commands.offer_on_entry(lead_id="b", stage="MQL", at=AT)
    (clause,) = made.failing
    client = signed_in(marketer)
    refresh_copy(at=AT)
    words = conditional_escape(clause)
    assert f"Does not meet the test: <strong>{words}</strong>" in page(client, "given")
    assert f"<dd data-name>{words}</dd>" in page(client, "handover", made.public_id)
    shown = client.get(reverse("run:lead", args=["b"])).content.decode()
    assert f"does not meet the test: {words}" in shown
    assert f"<option>{CARD}</option>" in shown  # to be offered by hand, once it does


def test_the_page_of_a_lead_in_another_stage_offers_no_card(
    agreed: None, signed_in: Any, marketer: Any
) -> None:
    bring("z", stage="Lost")
    refresh_copy(at=AT)
    shown = signed_in(marketer).get(reverse("run:lead", args=["z"])).content.decode()
    assert "Offer it under" not in shown
