"""What was won with a lead is said as its deal, which the measures of money see."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from onefunnel.measures.catalogue import compute_measure
from onefunnel.server.record.queries import check_chain, recent_changes
from onefunnel.server.run.tracker import commands
from onefunnel.server.run.tracker.deals import own_deal
from onefunnel.server.run.tracker.deals_following import follow_leads
from onefunnel.server.run.tracker.history import own_columns
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.commands import record_rows, refresh_copy
from onefunnel.server.warehouse.duplicates.commands import merge_leads
from onefunnel.server.warehouse.models import FactDeals
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agreed")]
SAID = {"amount": "12000.50", "currency": "EUR"}


@pytest.fixture
def lead(marketer: Any) -> str:
    """A lead that was won."""
    made = commands.enter_lead(fields={"name": "Ada", "company": "Firm"}, by=marketer, at=NOW)
    commands.move_lead(lead_id=made.lead_id, stage="Won", by=marketer, at=NOW + timedelta(hours=1))
    return made.lead_id


LATER = NOW + timedelta(hours=2)


def deals(lead: str) -> list[tuple[object, ...]]:
    found = warehouse.deals_of_leads([lead]).get(lead, ())
    return [(one["outcome"], one["amount"], one["currency"], one["closed_at"]) for one in found]


def worth(workspace: Any) -> list[tuple[object, ...]]:
    refresh_copy(at=LATER)
    facts = warehouse.current_facts()
    rows = compute_measure("value", facts).rows if "deals" in facts else ()
    return [(row["currency"], row["won"], row["won_amount"], row["open"]) for row in rows]


def kinds() -> list[str]:
    return [one.kind for one in recent_changes(room="run")]


def test_what_was_won_is_a_deal_that_the_measures_of_money_see(
    lead: str, seller: Any, workspace: Any
) -> None:
    noted = commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    assert deals(lead) == [("won", Decimal("12000.5000"), "EUR", LATER.replace(tzinfo=None))]
    assert worth(workspace) == [("EUR", 1, Decimal("12000.5000"), 0)]
    again = commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    assert again == noted, "said once more, it is the same"
    corrected = {**SAID, "amount": 13000, "closed_on": f"{NOW.date() - timedelta(days=3)}"}
    commands.note_deal(lead_id=lead, said=corrected, by=seller, at=LATER)
    assert worth(workspace) == [("EUR", 1, Decimal("13000.0000"), 0)]
    assert FactDeals.objects.count() == 2, "what it said before stays"
    assert kinds()[:2] == ["run.deal-noted", "run.deal-noted"]
    assert check_chain() is None


def test_taken_back_it_says_what_it_said_before_and_then_is_gone(
    lead: str, seller: Any, workspace: Any
) -> None:
    first = commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    worth(workspace)
    second = commands.note_deal(lead_id=lead, said={**SAID, "amount": "5"}, by=seller, at=LATER)
    with pytest.raises(commands.NoSuchDeal):
        commands.take_back_deal(lead_id=lead, revision=first.revision, by=seller, at=LATER)
    commands.take_back_deal(lead_id=lead, revision=second.revision, by=seller, at=LATER)
    assert worth(workspace) == [("EUR", 1, Decimal("12000.5000"), 0)]
    with pytest.raises(commands.NoSuchDeal):
        commands.take_back_deal(lead_id=lead, revision=second.revision, by=seller, at=LATER)
    third = commands.note_deal(lead_id=lead, said={**SAID, "amount": "6"}, by=seller, at=LATER)
    commands.take_back_deal(lead_id=lead, revision=third.revision, by=seller, at=LATER)
    assert [amount for _, amount, *_ in deals(lead)] == [Decimal("12000.5000")]


def test_one_that_was_said_by_mistake_is_gone_from_the_numbers(
    lead: str, seller: Any, workspace: Any
) -> None:
    noted = commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    assert worth(workspace) == [("EUR", 1, Decimal("12000.5000"), 0)]
    commands.take_back_deal(lead_id=lead, revision=noted.revision, by=seller, at=LATER)
    assert deals(lead) == []
    assert worth(workspace) == []
    commands.note_deal(lead_id=lead, said={**SAID, "amount": "7"}, by=seller, at=LATER)
    assert worth(workspace) == [("EUR", 1, Decimal("7.0000"), 0)]


def test_a_deal_follows_its_lead(lead: str, seller: Any, marketer: Any, workspace: Any) -> None:
    commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    after = LATER + timedelta(minutes=1)
    commands.move_lead(lead_id=lead, stage="Lost", reason="went bankrupt", by=seller, at=LATER)
    assert [one[0] for one in deals(lead)] == ["lost"]
    commands.move_lead(lead_id=lead, stage="Won", by=seller, at=after)
    assert [one[0] for one in deals(lead)] == ["lost"], "nobody said that it is won again"
    commands.note_deal(lead_id=lead, said=SAID, by=seller, at=after)
    commands.move_lead(lead_id=lead, stage="Inquiry", by=marketer, at=after + timedelta(minutes=1))
    assert [(one[0], one[3]) for one in deals(lead)] == [("open", None)]
    assert kinds().count("run.deal-followed-its-lead") == 2
    with pytest.raises(commands.NotWon, match="in Inquiry"):
        commands.note_deal(lead_id=lead, said=SAID, by=seller, at=after)


@pytest.mark.parametrize(
    ("stage", "said"), [("Lost", {"reason": "a slip"}), ("Later", {"wake_on": date(2100, 1, 1)})]
)
def test_a_move_that_is_undone_leaves_what_was_won_as_it_was(
    lead: str, seller: Any, stage: str, said: dict[str, Any]
) -> None:
    theirs = {**SAID, "margin": "400", "closed_on": f"{NOW.date() - timedelta(days=40)}"}
    commands.note_deal(lead_id=lead, said=theirs, by=seller, at=LATER)
    (was,) = warehouse.deals_of_leads([lead])[lead]
    for minute in (1, 3):  # what came back follows and comes back again
        at = LATER + timedelta(minutes=minute)
        moved = commands.move_lead(lead_id=lead, stage=stage, by=seller, at=at, **said)
        assert [one[0] for one in deals(lead)] != ["won"]
        after = at + timedelta(minutes=1)
        commands.undo_bulk_move(bulk_id=moved.bulk_id, by=seller, at=after)
        (now,) = warehouse.deals_of_leads([lead])[lead]
        assert own_columns(now) == own_columns(was)
    assert check_chain() is None


def test_undoing_a_later_move_does_not_bring_back_what_an_earlier_one_ended(
    lead: str, seller: Any
) -> None:
    commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    at = [LATER + timedelta(minutes=minute) for minute in range(4)]
    commands.move_lead(lead_id=lead, stage="Lost", reason="gone", by=seller, at=at[0])
    commands.move_lead(lead_id=lead, stage="Won", by=seller, at=at[1])
    moved = commands.move_lead(lead_id=lead, stage="Lost", reason="gone", by=seller, at=at[2])
    commands.undo_bulk_move(bulk_id=moved.bulk_id, by=seller, at=at[3])
    assert [one[0] for one in deals(lead)] == ["lost"]


def test_deals_of_many_leads_follow_with_as_many_questions_as_that_of_one(
    lead: str, marketer: Any, seller: Any
) -> None:
    leads = [lead]
    for name in ("Bea", "Cyd", "Dan"):
        made = commands.enter_lead(fields={"name": name}, by=marketer, at=NOW)
        commands.move_lead(lead_id=made.lead_id, stage="Won", by=marketer, at=NOW)
        leads.append(made.lead_id)
    for one in leads:
        commands.note_deal(lead_id=one, said=SAID, by=seller, at=LATER)
    asked: list[int] = []
    for part in (leads[:1], leads[1:]):
        with CaptureQueriesContext(connection) as questions, transaction.atomic():
            follow_leads(dict.fromkeys(part, "Lost"), by=seller, at=LATER)
        asked.append(len(questions))
    assert [deals(one)[0][0] for one in leads] == ["lost"] * 4
    assert asked[1] == asked[0]


def test_a_deal_said_of_a_lead_that_was_merged_away_is_the_one_of_both(
    lead: str, marketer: Any, seller: Any, owner: Any
) -> None:
    made = commands.enter_lead(fields={"name": "Ada L"}, by=marketer, at=NOW)
    noted = commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    merge_leads(kept_lead_id=made.lead_id, merged_lead_id=lead, by=owner, at=LATER)
    after = LATER + timedelta(minutes=1)
    moved = commands.move_lead(
        lead_id=made.lead_id, stage="Lost", reason="gone", by=seller, at=after
    )
    assert [one[0] for one in deals(made.lead_id)] == ["lost"]
    commands.undo_bulk_move(bulk_id=moved.bulk_id, by=seller, at=after + timedelta(minutes=1))
    assert [one[0] for one in deals(made.lead_id)] == ["won"]
    with pytest.raises(commands.NoSuchDeal):  # said anew since, by the undoing
        commands.take_back_deal(lead_id=made.lead_id, revision=noted.revision, by=seller, at=after)


def test_what_was_said_of_a_lead_merged_away_can_be_taken_back(
    lead: str, marketer: Any, seller: Any, owner: Any
) -> None:
    made = commands.enter_lead(fields={"name": "Ada L"}, by=marketer, at=NOW)
    noted = commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    merge_leads(kept_lead_id=made.lead_id, merged_lead_id=lead, by=owner, at=LATER)
    commands.take_back_deal(lead_id=made.lead_id, revision=noted.revision, by=seller, at=LATER)
    assert deals(made.lead_id) == []


def test_a_deal_that_the_lead_came_with_can_be_the_one_that_was_won(
    lead: str, seller: Any, owner: Any
) -> None:
    theirs = {"deal_id": "D-1", "lead_id": lead, "outcome": "open", "amount": Decimal(9000),
              "currency": "GBP", "product": "Crane"}  # fmt: skip
    record_rows(rows={"deals": [theirs]}, by=owner, at=NOW)
    noted = commands.note_deal(
        lead_id=lead, said={"amount": 8000, "currency": "gbp"}, by=seller, at=LATER, deal_id="D-1"
    )
    (deal,) = warehouse.deals_of_leads([lead])[lead]
    assert (deal["outcome"], deal["amount"], deal["product"]) == ("won", Decimal(8000), "Crane")
    commands.take_back_deal(lead_id=lead, revision=noted.revision, by=seller, at=LATER)
    (deal,) = warehouse.deals_of_leads([lead])[lead]
    assert (deal["outcome"], deal["amount"], deal["product"]) == ("open", Decimal(9000), "Crane")
    with pytest.raises(commands.NoSuchDeal):
        commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER, deal_id="D-2")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "amount"),
        ({"amount": "5", "no_amount": "none", "currency": "EUR"}, "amount"),
        ({"amount": "-5", "currency": "EUR"}, "amount"),
        ({"amount": "5.00001", "currency": "EUR"}, "amount"),
        ({"amount": "many", "currency": "EUR"}, "amount"),
        ({"amount": "5"}, "currency"),
        ({"amount": "5", "currency": "Euro"}, "currency"),
        ({"amount": "5", "currency": "EUR", "margin": "6"}, "margin"),
        ({"amount": "5", "currency": "EUR", "closed_on": f"{date(2100, 1, 1)}"}, "closed_on"),
        ({"no_amount": "because"}, "no_amount"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(
    lead: str, seller: Any, said: dict[str, object], field: str
) -> None:
    with pytest.raises(commands.BadField) as refusal:
        commands.note_deal(lead_id=lead, said=said, by=seller, at=LATER)
    assert refusal.value.field == field
    assert deals(lead) == []


def test_why_no_amount_is_known_is_kept_and_the_win_counts_without_it(
    lead: str, seller: Any, make_person: Any, workspace: Any
) -> None:
    viewer = make_person("Vic Vale", team="sales", role="viewer")
    with pytest.raises(PermissionDenied):
        commands.note_deal(lead_id=lead, said=SAID, by=viewer, at=LATER)
    commands.note_deal(lead_id=lead, said={"no_amount": "not-settled"}, by=seller, at=LATER)
    (deal,) = warehouse.deals_of_leads([lead])[lead]
    assert deal["no_amount_because"] == "the price is not settled yet"
    refresh_copy(at=LATER)
    (row,) = compute_measure("value", warehouse.current_facts()).rows
    assert (row["won"], row["won_unpriced"]) == (1, 1)
    commands.note_deal(lead_id=lead, said=SAID, by=seller, at=LATER)
    (deal,) = warehouse.deals_of_leads([lead])[lead]
    assert (deal["no_amount_because"], deal["amount"]) == (None, Decimal("12000.5000"))


def test_the_pages_ask_for_it_right_after_the_move(
    marketer: Any, seller: Any, signed_in: Any
) -> None:
    key = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW).lead_id
    client = signed_in(seller)
    page = client.post(f"/run/move-lead/{key}/", {"stage": "Won"}, follow=True)
    assert page.redirect_chain == [(f"/run/won-lead/{key}/", 302)]
    text = page.content.decode()
    assert "What was won with Ada?" in text
    assert "Undo" in text
    assert "Nobody has said yet" in client.get(f"/run/leads/{key}/").content.decode()
    wrong = client.post(f"/run/won-lead/{key}/", {"amount": "many", "currency": "EUR"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.content.decode()
    kept = client.post(f"/run/won-lead/{key}/", {**SAID, "closed_on": ""}, follow=True)
    text = kept.content.decode()
    assert "EUR 12,000.50" in text
    assert "Correct it" in text
    undo = re.search(rf"/run/take-back-deal/{key}/\?row=\d+", text)
    assert undo is not None
    assert "Nobody has said yet" in client.post(undo[0], follow=True).content.decode()
    assert "already" in client.post(undo[0], follow=True).content.decode()


def test_what_stays_of_a_deal_is_held_against_what_is_said_anew(lead: str, seller: Any) -> None:
    def said(**words: str) -> dict[str, object]:
        commands.note_deal(lead_id=lead, said=words, by=seller, at=LATER)
        (deal,) = warehouse.deals_of_leads([lead])[lead]
        return {name: deal[name] for name in ("amount", "margin", "currency")}

    first = said(amount="1000", currency="USD", margin="500")
    with pytest.raises(commands.BadField, match="more than the amount"):
        said(amount="100", currency="USD")
    with pytest.raises(commands.BadField, match="said in USD"):
        said(amount="1000", currency="EUR")
    assert said(amount="1000") == first, "the currency stays too"
    assert said(no_amount="unknown") == {**first, "amount": None}
    assert said(amount="900", currency="EUR", margin="450") == {
        "amount": Decimal(900), "margin": Decimal(450), "currency": "EUR",
    }  # fmt: skip
    assert said(no_amount="none", margin="") == {"amount": None, "margin": None, "currency": None}


def inputs(text: str) -> dict[str, str]:
    """What the fields of a page hold, by name; of choices the chosen one."""
    tags = [tag for tag in re.findall(r"<input[^>]*>", text) if " name=" in tag]
    found = {}
    for tag in tags:
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") != "radio" or " checked" in tag:
            found[said["name"]] = said.get("value", "")
    return found


def test_the_form_holds_what_the_deal_says_that_it_is_about(
    lead: str, seller: Any, owner: Any, signed_in: Any
) -> None:
    for number, amount in enumerate((9000, 50000)):
        theirs = {"deal_id": f"D-{number}", "lead_id": lead, "outcome": "open",
                  "amount": Decimal(amount), "currency": "GBP", "margin": Decimal(7)}  # fmt: skip
        record_rows(rows={"deals": [theirs]}, by=owner, at=NOW)
    client, page = signed_in(seller), f"/run/won-lead/{lead}/"
    which = client.get(page).content.decode()
    assert "Which deal was it?" in which
    assert not {"deal", "amount", "margin"} & set(inputs(which)), "nothing is taken for granted"
    form = inputs(client.get(page, {"deal": "D-0"}).content.decode())
    assert (form["deal"], form["amount"], form["margin"]) == ("D-0", "9000.0000", "7.0000")
    client.post(page, form)
    assert [(one[0], one[1]) for one in deals(lead)] == [
        ("open", Decimal(50000)), ("won", Decimal(9000)),
    ]  # fmt: skip
    new = inputs(client.get(page, {"deal": "new"}).content.decode())
    assert (new["deal"], new["amount"]) == ("new", "")
    client.post(page, {**new, "amount": "5", "currency": "EUR"})
    again = client.get(page).content.decode()
    assert again.count('type="radio"') == 3, "the own one too, and not another own one"
    assert own_deal(lead) in again
    assert inputs(client.get(page, {"deal": own_deal(lead)}).content.decode())["amount"] == "5.0000"
    gone = client.post(page, {**form, "deal": "D-7"}, follow=True).content.decode()
    assert "no such deal any more" in gone
    assert len(deals(lead)) == 3


def test_programs_correct_only_what_they_send(api: Any) -> None:
    key = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]
    api("post", f"/leads/{key}/moves", {"stage": "Won"})

    def sent(**words: object) -> list[object]:
        assert api("post", f"/leads/{key}/deals", words).status_code == 201
        (deal,) = api("get", f"/leads/{key}").json()["deals"]
        assert deal["closed_at"].startswith("2026-01-05")
        return [deal.get(name) for name in ("amount", "currency", "margin", "product")]

    sent(amount="1000", currency="USD", margin="400", product="Crane", closed_on="2026-01-05")
    assert sent(amount="1100") == ["1100.0000", "USD", "400.0000", "Crane"]
    assert sent(amount="1100", margin=None, product="") == ["1100.0000", "USD", None, None]


def test_programs_say_it_too(api: Any) -> None:
    key = api("post", "/leads", {"name": "Ada"}).json()["lead_id"]
    assert api("post", f"/leads/{key}/deals", SAID).json()["field"] == "stage"
    moved = api("post", f"/leads/{key}/moves", {"stage": "Won"})
    assert moved.json()["asks_for_deal"] is True
    made = api("post", f"/leads/{key}/deals", {**SAID, "closed_on": "2026-01-05"})
    assert made.status_code == 201, made.content
    (deal,) = api("get", f"/leads/{key}").json()["deals"]
    assert (deal["amount"], deal["currency"]) == ("12000.5000", "EUR")
    assert api("post", f"/leads/{key}/deals", {"amount": "x"}).json()["field"] == "amount"
    assert api("post", "/leads/nobody/deals", SAID).status_code == 404
    gone = api("delete", f"/leads/{key}/deals", **{"If-Match": str(made.json()["revision"])})
    assert gone.status_code == 204
    assert api("get", f"/leads/{key}").json()["deals"] == []
