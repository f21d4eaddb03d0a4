"""Today before and with data; the simulated company comes, is named as such, and goes."""

from __future__ import annotations

import functools
import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from onefunnel.server.agree import commands as agree
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.notify.to_leads.commands import record_basis
from onefunnel.server.notify.to_leads.models import Basis
from onefunnel.server.notify.to_leads.queries import about_address
from onefunnel.server.people.demo import add_demo_people
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person
from onefunnel.server.record.models import Event
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.lead_rows import keys_of
from onefunnel.server.run.nurture.commands import begin_simulated_sequence, take_steps
from onefunnel.server.run.nurture.models import Enrolment, Sequence, SequenceMail
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.site import demo
from onefunnel.server.site.today import has_data
from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.inbox.lock import only_writer
from onefunnel.server.warehouse.queries import living_leads
from tests.server.measure.company import put_in_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace folder of the test's own and a company of 600 leads."""
    settings.WORKSPACE = tmp_path
    load = functools.partial(demo.warehouse.load_demo, leads=600)
    monkeypatch.setattr(demo.warehouse, "load_demo", load)


def test_before_any_data_it_offers_two_ways(
    signed_in: Any, operations: Person, outsider: Person
) -> None:
    page = signed_in(operations).get("/").content.decode()
    assert "Bring in your data</a>" in page
    assert "Look at the simulated company</button>" in page
    page = signed_in(outsider).get("/").content.decode()
    assert "Bring in your data</a>" not in page
    assert "Look at the simulated company" not in page


def test_with_an_agreement_in_force_and_no_data_it_says_what_is_agreed(
    signed_in: Any, owner: Person, marketer: Person, outsider: Person
) -> None:
    now = timezone.now()
    version = agree.start_from_template(name="demand_waterfall", by=owner, at=now)
    agree.adopt_agreement(version_id=version.public_id, by=owner, at=now)
    page = " ".join(signed_in(owner).get("/").content.decode().split())
    assert "The funnel is in force, not signed yet; no lead is in it" in page
    assert "Inquiry → MQL → SAL → SQL → Opportunity → Won" in page
    assert "</a> is in force" in page  # not "signed and in force": nobody signed
    for way in ("Add a lead</a>", "Make a form</a>", "Bring in your data</a>"):
        assert way in page
    assert "Look at the simulated company" not in page  # its agreement would take this one's place
    page = signed_in(marketer).get("/").content.decode()
    assert ("Add a lead</a>" in page, "Make a form</a>" in page) == (True, False)
    page = signed_in(outsider).get("/").content.decode()
    assert ("Add a lead</a>" in page, "Bring in your data</a>" in page) == (False, False)


@pytest.mark.slow
def test_the_simulated_company_comes_and_goes(signed_in: Any, owner: Person) -> None:
    client = signed_in(owner)
    page = client.post("/simulated-company/add/", follow=True).content.decode()
    assert "Simulated company." in page
    assert "Numbers as of" in page
    numbers = re.findall(r'class="figure"[^>]*data-value="([^"]+)"', page)
    assert "600" in numbers
    lists = re.findall(r'class="figure[^"]*" href="([^"]+)"[^>]*data-list="([^"]+)"', page)
    assert len(lists) > 10
    for url, total in lists:  # T1: the list behind a number has that many
        shown = client.get(html.unescape(url)).context
        assert shown["listing"].total == int(total), url
    assert not Person.objects.filter(is_simulated=True).exists()  # nobody without a password
    twice = client.post("/simulated-company/add/", follow=True).content.decode()
    assert "holds data already" in twice
    page = client.post("/simulated-company/remove/", follow=True).content.decode()
    assert "The simulated company is gone" in page
    assert "Simulated company." not in page
    assert not has_data()
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"warehouse.demo-loaded", "warehouse.demo-removed"} <= kinds


@pytest.mark.slow
def test_where_only_its_people_were_the_remover_becomes_owner(client: Any) -> None:
    now = timezone.now()
    demo.add_demo(by=None, at=now)
    add_demo_people(at=now)
    lea = Person.objects.get(name__startswith="Lea")
    client.post("/look-around/", {"person": str(lea.public_id)})
    answer = client.post("/simulated-company/remove/", follow=True)
    assert "Make the owner" in answer.content.decode()
    assert "Look around" not in client.get("/sign-in/login/").content.decode()
    token = answer.redirect_chain[-1][0]
    form = {
        "name": "Uma",
        "email": "uma@example.com",
        "team": "leadership",
        "time_zone": "UTC",
        "password": "seven machines in a row",
    }
    assert client.post(token, form).status_code == 302
    assert Person.objects.get(is_active=True).role == "owner"


@pytest.mark.slow
@pytest.mark.parametrize("who", ["Mia", "Olu"])
def test_only_an_owner_removes(client: Any, who: str) -> None:
    add_demo_people(at=timezone.now())
    client.post(
        "/look-around/",
        {"person": str(Person.objects.get(name__startswith=who).public_id)},
    )
    assert "Remove it" not in client.get("/").content.decode()
    assert client.post("/simulated-company/remove/").status_code == 403


def test_the_demo_is_not_removed_while_an_import_writes(signed_in: Any, owner: Any) -> None:
    demo.add_demo(by=None, at=timezone.now())
    with only_writer():
        answer = signed_in(owner).post("/simulated-company/remove/", follow=True)
    assert "An import is writing just now" in answer.content.decode()
    assert has_data()


def test_heads_are_told_what_to_do_first(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, make_person: Any, marketer: Person
) -> None:
    put_in_place(monkeypatch, leads=60)
    head = make_person("Hedda Holm", team="marketing", role="lead")
    shown = signed_in(head).get("/").content.decode()
    assert "First: agree what the funnel is" in shown
    assert 'href="/agree/drafts/"' in shown
    assert "First:" not in signed_in(marketer).get("/").content.decode()


def test_the_simulated_company_makes_up_no_consent_of_people(owner: Person) -> None:
    now = timezone.now()
    demo.add_demo(by=None, at=now)
    add_demo_people(at=now)
    fields = {"name": "Ada", "email": "ada@firm.example"}
    own = tracker.enter_lead(fields=fields, by=owner, at=now).lead_id
    refresh_copy(at=now)
    everybody = keys_of(
        current_basis(), Wanted({"stage": "Inquiry"}), Hiding(sees_all=True), most=2
    )
    assert own == everybody[0], "by its key it is the first"
    refuses = str(living_leads(everybody)[everybody[1]]["email"])
    record_basis(address=refuses, purpose="nurture", ground="none", source="phone", at=now)
    begin_simulated_sequence(at=now)
    inside = set(Enrolment.objects.values_list("lead_id", flat=True))
    assert everybody[1] in inside
    assert own not in inside
    assert not about_address("ada@firm.example").said
    assert [one.ground for one in about_address(refuses).said] == ["none"]
    assert Basis.objects.count() > 1
    demo.remove_demo(by=owner, at=now)
    assert [one.source for one in Basis.objects.all()] == ["phone"]


def test_the_simulated_company_writes_to_new_inquiries(signed_in: Any, owner: Person) -> None:
    now = timezone.now()
    demo.add_demo(by=None, at=now)
    begin_simulated_sequence(at=now)
    assert not Sequence.objects.exists(), "nobody is there to write in their name"
    add_demo_people(at=now)
    for _ in range(2):
        begin_simulated_sequence(at=now)
    (one,) = Sequence.objects.all()
    assert one.is_on
    inside = Enrolment.objects.filter(sequence=one)
    assert 0 < inside.count() <= 12
    take_steps(at=now + timedelta(days=7))  # whatever day it is, working hours have come
    assert SequenceMail.objects.filter(state="going").exists()
    demo.remove_demo(by=owner, at=now)
    assert not Sequence.objects.exists()
    assert not SequenceMail.objects.exists()
