"""Credit on its page: refused money, rules side by side, and what experiments scale."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from onefunnel.agreement.charter import CreditPolicy
from onefunnel.server.measure.lift import commands
from onefunnel.server.measure.lift.models import LiftTest
from onefunnel.server.record.models import Event
from onefunnel.statistics.lift import caused_share, scaling
from tests.server.measure.company import company, put_in_place
from tests.trust.page_walk import read

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
POLICY = CreditPolicy("W-shaped", 180, "to learn")
RESULT = {
    "kind": "holdout", "split": "channel", "name": "e-mail", "since": "2025-01-01",
    "until": "2026-11-01", "lift": "25", "low": "0", "high": "100 %",
}  # fmt: skip


def in_place(monkeypatch: pytest.MonkeyPatch, *, is_signed: bool) -> Any:
    made = company(400)
    status = "agreed" if is_signed else "in use"
    agreement = replace(made.agreement, credit=POLICY, status=status)
    return put_in_place(monkeypatch, leads=400, agreement=agreement)


def test_without_a_signed_policy_money_is_refused_and_the_way_out_is_offered(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any
) -> None:
    in_place(monkeypatch, is_signed=False)
    body = signed_in(marketer).get("/measure/credit/").content.decode()
    assert "no credit policy is signed by both sides" in body
    assert "Agree on a credit policy and sign it" in body
    assert "First touch" in body
    assert "Margin, " not in body


def test_under_a_signed_policy_rules_stand_side_by_side_in_money_too(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any
) -> None:
    in_place(monkeypatch, is_signed=True)
    client = signed_in(marketer)
    body = client.get("/measure/credit/").content.decode()
    for head in ("Margin, W-shaped", "Margin, first touch", "Range of all rules"):
        assert head in body
    rows = client.get("/api/measure/attribution").json()["rows"]
    won = client.get("/api/measure/value").json()["totals"]["won"]
    for rule in ("first_touch", "markov", "shapley"):
        assert sum(Decimal(str(row[f"{rule}_credit"])) for row in rows) == won


def test_a_test_scales_the_credit_beside_it(
    monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any
) -> None:
    in_place(monkeypatch, is_signed=True)
    client = signed_in(marketer)
    answer = client.post("/measure/credit/tests/", RESULT)
    assert answer.status_code == 302
    rows = {row["channel"]: row for row in client.get("/api/measure/attribution").json()["rows"]}
    page = read(client, "/measure/credit/")
    body = client.get("/measure/credit/").content.decode()
    assert "Scaled by the test:" in body
    won_with = rows["E-mail"]["n"]  # the test's period holds all wins: a fifth of them were caused
    scaled = [float(one.value) for one in page.figures if one.kind == "number"]
    assert scaled == pytest.approx([won_with / 5, 0, won_with / 2])
    assert Event.objects.filter(kind="measure.test-entered").count() == 1


def test_a_test_is_taken_back_and_scales_nothing_any_more(marketer: Any, signed_in: Any) -> None:
    made = commands.enter_test(typed=RESULT, by=marketer, at=NOW)
    assert made.lift == Decimal("0.25")
    client = signed_in(marketer)
    assert "e-mail" in client.get("/measure/credit/tests/").content.decode()
    client.post(f"/measure/credit/tests/{made.public_id}/take-back/")
    assert "No experiment was entered" in client.get("/measure/credit/tests/").content.decode()
    assert LiftTest.objects.get().taken_back_by == marketer
    with pytest.raises(commands.NoSuchTest):
        commands.take_back(test_id=made.public_id, by=marketer, at=NOW)


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("lift", "much", "no number"), ("low", "30", "outside its own interval"),
        ("since", "2026-12-01", "Swap the two days"), ("until", "soon", "no day"),
        ("name", "  ", "Say which channel"), ("kind", "guess", "how it was tested"),
        ("low", "-100", "above -100"), ("split", "source", "what was tested"),
        ("lift", "NaN", "no number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_reason(
    marketer: Any, field: str, text: str, said: str
) -> None:
    with pytest.raises(commands.TestRefused, match=said):
        commands.enter_test(typed={**RESULT, field: text}, by=marketer, at=NOW)
    assert not LiftTest.objects.exists()


def test_who_only_looks_enters_none(outsider: Any) -> None:
    with pytest.raises(PermissionDenied):
        commands.enter_test(typed=RESULT, by=outsider, at=NOW)


def test_scaling() -> None:
    assert caused_share(0.25) == pytest.approx(0.2)
    assert scaling(0.25, won_with=100, credited=40) == pytest.approx(0.5)
    assert scaling(0.25, won_with=100, credited=0) is None
    with pytest.raises(ValueError, match="nothing can lower"):
        caused_share(-1)
