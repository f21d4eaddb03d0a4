"""Answering: one end each, said with what an end of its kind has to say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover as Card
from onefunnel.agreement.stage import Stage
from onefunnel.server.notify.models import Notice
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.cards import Terms, clauses, unmet
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.warehouse.models import FactHandovers
from tests.server.run.handovers.conftest import AT, CLAUSE

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(seconds=2)


def test_accepted_it_is_the_persons_and_the_next_one_hears_whose(
    offered: Handover, seller: Any, second_seller: Any
) -> None:
    taken = commands.accept_handover(handover_id=offered.public_id, by=second_seller, at=AT)
    assert (taken.status, taken.assigned_to) == (Status.ACCEPTED, second_seller)
    with pytest.raises(commands.AlreadyAnswered, match=r"^Sue took it 2 s ago\.$"):
        commands.accept_handover(handover_id=offered.public_id, by=seller, at=LATER)
    fact = FactHandovers.objects.get(replaced_by=None)
    assert (fact.outcome, fact.answered_at) == ("accepted", int(AT.timestamp() * 1e6))


def test_a_rejection_names_a_clause_or_a_gap(offered: Handover, seller: Any, marketer: Any) -> None:
    def reject(**said: Any) -> Handover:
        return commands.reject_handover(
            handover_id=offered.public_id, by=seller, at=AT, **{"reason": "no-need", **said}
        )

    assert CLAUSE in commands.clauses_of(offered, at=AT)
    for wrong in (
        {}, {"clause": CLAUSE, "is_gap": True}, {"clause": "made up"},
        {"clause": CLAUSE, "reason": "because"},
    ):  # fmt: skip
        with pytest.raises(commands.BadAnswer):
            reject(**wrong)
    done = reject(clause=CLAUSE, better="  A company ")
    assert (done.clause, done.is_gap, done.better) == (CLAUSE, False, "A company")
    assert done.reply_due_at == datetime(2026, 11, 19, 10, tzinfo=UTC)
    fact = FactHandovers.objects.get(replaced_by=None)
    assert (fact.outcome, fact.reason, fact.clause) == (
        "rejected", "No need for what we sell", CLAUSE,
    )  # fmt: skip
    assert "owes a reply" in Notice.objects.get(person=marketer).text


def test_a_gap_in_the_rule_is_a_clause_of_its_own_in_the_facts(
    offered: Handover, seller: Any
) -> None:
    commands.reject_handover(
        handover_id=offered.public_id, reason="not-now", is_gap=True, by=seller, at=AT
    )
    assert FactHandovers.objects.get(replaced_by=None).clause == "gap in the rule"


def test_the_giver_replies_once(offered: Handover, seller: Any, marketer: Any) -> None:
    def reply(by: Any, text: str = "We ask before.") -> Handover:
        return commands.reply_to_rejection(
            handover_id=offered.public_id, text=text, by=by, at=LATER
        )

    with pytest.raises(commands.HandoverRefused, match="was not rejected"):
        reply(marketer)
    commands.reject_handover(
        handover_id=offered.public_id, reason="no-need", is_gap=True, by=seller, at=AT
    )
    with pytest.raises(PermissionDenied):
        reply(seller)
    with pytest.raises(commands.BadAnswer):
        reply(marketer, " ")
    assert reply(marketer).replied_by == marketer
    with pytest.raises(commands.HandoverRefused, match="Mia has replied"):
        reply(marketer)
    assert Notice.objects.filter(person=seller, title__contains="replied").count() == 1


def test_recycling_needs_a_day_to_come(offered: Handover, seller: Any) -> None:
    def recycle(day: date) -> Handover:
        return commands.recycle_handover(
            handover_id=offered.public_id, wake_on=day, by=seller, at=AT
        )

    with pytest.raises(commands.BadAnswer):
        recycle(AT.date())
    assert recycle(date(2027, 2, 1)).wake_on == date(2027, 2, 1)


def test_sending_back_needs_what_is_wanted(offered: Handover, seller: Any) -> None:
    for said in ({"reason": "no-need", "better": "x"}, {"reason": "data-missing", "better": ""}):
        with pytest.raises(commands.BadAnswer):
            commands.return_handover(handover_id=offered.public_id, by=seller, at=AT, **said)


@pytest.mark.parametrize("who", ["marketer", "service", "outsider"])
def test_only_the_receiving_team_answers(
    who: str, offered: Handover, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)
    refusal = PermissionDenied if who == "marketer" else commands.NoSuchHandover
    with pytest.raises(refusal):
        commands.accept_handover(handover_id=offered.public_id, by=person, at=AT)


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "won"},
        {"status": "accepted"},
        {"status": "offered", "answered_at": AT},
        {"status": "rejected", "answered_at": AT, "reason": "no-need", "is_gap": True},
        {"status": "recycled", "answered_at": AT},
        {"status": "expired"},
        {"status": "offered", "offered_at": None},
        {"status": "offered", "reply": "words"},
        {"status": "waiting"},
    ],
)
def test_the_database_refuses_an_end_that_says_too_little(
    broken: dict[str, Any], offered: Handover, seller: Any
) -> None:
    if broken.get("status") in ("rejected", "recycled"):
        broken = {**broken, "answered_by": seller}
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.filter(pk=offered.pk).update(**broken)


def test_what_qualified_the_lead_before_can_be_named_too(db: None) -> None:
    card = Card("Hand over", "marketing", "sales", at_stage="SAL", accepted_when="source = 'Fair'")
    agreement = Agreement(
        "Ours",
        stages=(
            Stage("Inquiry", when="stage = 'New'"),
            Stage("MQL", when="stage = 'MQL' AND (country = 'DE' OR country = 'UK')"),
            Stage("SAL", when="stage = 'SAL' AND company IS NOT NULL"),
            Stage("Won", kind="won", when="stage = 'Won' AND owner IS NOT NULL"),
            Stage("Lost", kind="lost", when="email IS NULL"),
        ),
        handovers=(card,),
    )
    terms = Terms(agreement, "1", agreement.digest)
    assert clauses(terms, card, at=AT) == (
        "the stage is SAL", "the company is known", "the source is Fair",
        "the country is DE or the country is UK",
    )  # fmt: skip
    lead = {"stage": "SAL", "company": "Firm", "source": "Fair", "country": "FR"}
    assert unmet(terms, card, lead, at=AT) == ("the country is DE or the country is UK",)
