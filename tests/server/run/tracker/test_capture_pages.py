"""Forms of websites are arranged on a page; the HTML it gives brings a lead in."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.server.run.tracker import book, form_views
from onefunnel.server.run.tracker.models import CaptureForm
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.models import FACT_MODELS
from tests.trust.page_walk import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agreed")]
SITE = "https://www.example.com"
SENT = {
    "name": "Contact us", "slug": "contact", "label-0": "Your <e-mail>", "name-0": "email",
    "kind-0": "text", "required-0": "yes", "label-1": "Machines?", "name-1": "machines",
    "kind-1": "int", "name-2": "", "label-2": "", "origins": f"{SITE}\n", "is_open": "yes",
}  # fmt: skip


def main_of(answer: Any) -> str:
    return str(answer.content.decode().partition("<main")[2].partition("</main")[0])


def test_made_on_the_page_copied_and_sent(signed_in: Any, owner: Any) -> None:
    client = signed_in(owner)
    assert "There is no form yet" in main_of(client.get("/run/capture/"))
    assert 'value="Your e-mail address"' in main_of(client.get("/run/capture/new/"))
    made = client.post("/run/capture/new/", SENT)
    assert made["Location"] == "/run/capture/form/contact/"
    shown = main_of(client.get(made["Location"]))
    found = re.search(r'id="snippet">(.*?)</code>', shown, re.DOTALL)
    assert found is not None
    snippet = html.unescape(found[1])
    assert "<label>Your &lt;e-mail&gt;<br>" in snippet
    names = re.findall(r'name="(\w+)"', snippet)
    assert names == ["email", "machines", "website"]
    action = re.search(r'action="http://testserver([^"]+)"', snippet)
    assert action is not None
    form_views.rates.clear()
    said = dict(zip(names, ("ada@x.example", "12", ""), strict=True))
    answer = Client(enforce_csrf_checks=True).post(action[1], said, headers={"Origin": SITE})
    assert answer.status_code == 201
    (lead_id,) = FACT_MODELS["leads"].objects.values_list("lead_id", flat=True)
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert (lead["email"], lead["machines"], lead["source"]) == ("ada@x.example", 12, "Contact us")
    page = Page(path="/")
    page.feed(client.get(made["Location"]).content.decode())
    assert (page.stated, page.loose) == ([], [])


def test_what_cannot_be_is_told_and_stays_written(signed_in: Any, owner: Any) -> None:
    client = signed_in(owner)
    bad = client.post("/run/capture/new/", SENT | {"origins": "example.com", "name-1": "Bad Name"})
    assert bad.status_code == 422
    assert "A field cannot be called “Bad Name”" in main_of(bad)
    assert 'value="Machines?"' in main_of(bad)
    assert not CaptureForm.objects.exists()
    client.post("/run/capture/new/", SENT)
    again = client.post("/run/capture/new/", SENT | {"name": "Other"})
    assert "There is a form with this address already" in main_of(again)
    where = "/run/capture/form/contact/"
    first = re.search(r'name="state" value="(\w+)"', main_of(client.get(where)))
    assert first is not None
    changed = {k: v for k, v in SENT.items() if k != "is_open"} | {"state": first[1]}
    assert client.post(where, changed).status_code == 302
    assert CaptureForm.objects.get().is_open is False
    late = client.post(where, SENT | {"state": first[1], "name": "Mine"})
    assert "Somebody changed this form since you opened it" in main_of(late)
    assert CaptureForm.objects.get().name == "Contact us"
    now = re.search(r'name="state" value="(\w+)"', main_of(late))
    assert now is not None
    assert client.post(where, SENT | {"state": now[1], "name": "Mine"}).status_code == 302
    assert "Mine" in main_of(client.get("/run/capture/"))
    assert client.get("/run/capture/form/no/").status_code == 404


def test_members_and_viewers_do_not_arrange_them(
    signed_in: Any, marketer: Any, outsider: Any
) -> None:
    for person in (marketer, outsider):
        client = signed_in(person)
        for where in ("/run/capture/", "/run/capture/new/", "/run/capture/form/contact/"):
            assert client.get(where).status_code == 403
        assert client.post("/run/capture/new/", SENT).status_code == 403
    assert not CaptureForm.objects.exists()


def test_what_the_hand_overs_need_is_ticked(
    signed_in: Any, owner: Any, monkeypatch: pytest.MonkeyPatch, agreed: Agreement
) -> None:
    card = Handover("MQL to sales", "marketing", "sales", "MQL", ("email", "country"))
    carded = replace(agreed, handovers=(card,))
    monkeypatch.setattr(book.agree, "version_in_use", lambda *, at: (2, carded.digest))
    monkeypatch.setattr(book.agree, "agreement_of_version", lambda version: carded)
    client = signed_in(owner)
    shown = main_of(client.get("/run/capture/new/"))
    assert shown.count("needed by “<span data-name>MQL to sales</span>”") == 2
    assert 'name="wanted" value="country"' in shown
    assert 'name="wanted" value="email"' not in shown  # asked already
    client.post("/run/capture/new/", SENT | {"wanted": ["country", "no such"]})
    assert [one["name"] for one in CaptureForm.objects.get().fields] == [
        "email", "machines", "country",
    ]  # fmt: skip
