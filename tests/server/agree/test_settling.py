"""Differences are settled one by one or together, and nobody loses what they decided or typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from onefunnel.facts.store import Facts
from onefunnel.server.agree.drafts import commands, queries
from onefunnel.server.agree.drafts.commands import RoundRefused
from onefunnel.server.agree.models import Decision, Round
from onefunnel.server.record.models import Event

COMPARE = reverse("agree:compare")


@pytest.fixture
def seller_head(make_person: Any) -> Any:
    """Hedda, head of sales."""
    return make_person("Hedda Holm", team="sales", role="lead")


@pytest.fixture
def both_in(head: Any, seller_head: Any, now: datetime, data: Facts) -> Round:
    """Marketing alone says three things of the charter ; both say a currency."""
    going_on = commands.open_round(start="demand_waterfall", by=head, at=now)
    for draft in queries.sides(going_on):
        by = head if draft.team == "marketing" else seller_head
        start, is_hers = queries.read(draft), draft.team == "marketing"
        said = {"what": "One funnel", "why": "Fewer quarrels", "process": "Monthly"}
        words = said if is_hers else dict.fromkeys(said, "")
        charter = replace(start.charter, **words)
        currency = "EUR" if is_hers else "USD"
        changed = replace(start, charter=charter, currency=currency)
        commands.save_draft(draft_id=draft.pk, agreement=changed, revision=0, by=by, at=now)
        commands.hand_in(draft_id=draft.pk, by=by, at=now)
    return going_on


def keys(going_on: Round, *fields: str) -> list[str]:
    found = queries.compared(going_on)[0]
    return [each.key for each in found if each.field in fields]


def test_what_one_team_alone_wrote_is_settled_in_one_act(
    both_in: Round, head: Any, signed_in: Any, now: datetime
) -> None:
    client = signed_in(head)
    page = client.get(COMPARE).content.decode()
    assert "3 open differences in which only Marketing wrote something" in page
    assert page.count('name="key" value="other charter') == 6  # three boxes, three cards
    chosen = keys(both_in, "what", "why")
    answer = client.post(
        reverse("agree:settle_together"), {"choice": "one", "key": chosen, "why": "Sales has none"}
    )
    assert answer.status_code == 302
    made = Decision.objects.all()
    assert {(one.key, one.choice, one.why) for one in made} == {
        (key, "one", "Sales has none") for key in chosen
    }
    assert Event.objects.filter(kind="agree.discrepancy-decided").count() == 2
    page = client.get(answer.url).content.decode()
    assert "2 cards settled" in page
    assert "2 are still to be settled" in page
    assert "only Marketing wrote" not in page  # one is left: its own card does


@pytest.mark.parametrize(
    ("fields", "choice", "why", "refusal"),
    [
        (("what", "why"), "one", " ", "Say why"),
        ((), "one", "so", "Choose one card"),
        (("what", "currency"), "one", "so", "only one team wrote"),
        (("what", "currency"), "other", "so", "only one team wrote"),
    ],
)
def test_together_needs_a_reason_and_cards_of_one_side(
    both_in: Round, head: Any, now: datetime, fields: tuple[str, ...], choice: str, why: str,
    refusal: str,
) -> None:  # fmt: skip
    with pytest.raises(RoundRefused, match=refusal):
        commands.take_together(
            round_id=both_in.pk, choices=dict.fromkeys(keys(both_in, *fields), choice), why=why,
            by=head, at=now,
        )  # fmt: skip
    assert not Decision.objects.exists()


def test_together_leaves_what_somebody_settled_in_the_meantime(
    both_in: Round, head: Any, seller_head: Any, now: datetime
) -> None:
    (key,) = keys(both_in, "what")
    commands.decide(
        round_id=both_in.pk, key=key, choice="other", why="too long", by=seller_head, at=now
    )
    made, left = commands.take_together(
        round_id=both_in.pk, choices=dict.fromkeys(keys(both_in, "what", "why"), "one"), why="so",
        by=head, at=now,
    )  # fmt: skip
    assert [one.key for one in made] == keys(both_in, "why")
    assert [each.key for each in left] == [key]
    assert Decision.objects.filter(key=key).get().choice == "other"


def test_a_lost_conflict_stands_at_its_card_with_both(
    both_in: Round, head: Any, seller_head: Any, signed_in: Any, now: datetime
) -> None:
    (key,) = keys(both_in, "currency")
    number = next(e.number for e in queries.compared(both_in)[0] if e.key == key)
    first = commands.decide(
        round_id=both_in.pk, key=key, choice="other", why="we sell there", by=seller_head, at=now
    )
    client = signed_in(head)
    typed = {"key": key, "number": number, "choice": "one", "why": "our books", "seen": 0}
    answer = client.post(reverse("agree:decide"), typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Not kept: Somebody settled it in the meantime" in page
    assert "we sell there" in page
    assert 'value="our books"' in page
    assert f'name="seen" value="{first.pk}"' in page
    assert Decision.objects.get() == first
    assert client.post(reverse("agree:decide"), typed | {"seen": first.pk}).status_code == 302
    assert Decision.objects.count() == 2


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_with_the_keyboard_the_next_open_card_has_the_focus(
    both_in: Round, head: Any, signed_in_page: Any, page: Any
) -> None:
    signed_in_page(head, COMPARE)
    page.get_by_label("Why do you take what Marketing wrote?").focus()
    page.keyboard.type("Sales has none")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=3 cards settled")
    page.wait_for_selector("details[open] input[name=choice]:focus")
    page.keyboard.press("Space")
    page.get_by_label("Why?").filter(visible=True).focus()
    page.keyboard.type("our books")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=all are settled")
    page.wait_for_selector("button:focus:has-text('Make the one text')")


def test_words_that_only_people_read_are_settled_in_one_act(
    head: Any, seller_head: Any, signed_in: Any, now: datetime, data: Facts
) -> None:
    """Both wrote; no lead hangs on it. What is run or counted keeps a card of its own."""
    going_on = commands.open_round(start="demand_waterfall", by=head, at=now)
    for draft in queries.sides(going_on):
        by = head if draft.team == "marketing" else seller_head
        first, second, *rest = queries.read(draft).stages
        stages = (
            replace(first, meaning=f"First, says {draft.team}"),
            replace(second, meaning=f"Second, says {draft.team}",
                    target=0.4 if draft.team == "marketing" else 0.5),
            *rest,
        )  # fmt: skip
        changed = replace(queries.read(draft), stages=stages)
        commands.save_draft(draft_id=draft.pk, agreement=changed, revision=0, by=by, at=now)
        commands.hand_in(draft_id=draft.pk, by=by, at=now)
    client = signed_in(seller_head)
    assert (
        "2 open differences in words that only people read" in client.get(COMPARE).content.decode()
    )
    where, meanings = reverse("agree:settle_together"), keys(going_on, "meaning")
    mixed = {"choice": "other", "key": [*meanings, *keys(going_on, "target")], "why": "Shorter"}
    refused = client.post(where, mixed)
    assert refused.status_code == 422
    assert "Not kept: Together are settled" in refused.content.decode()
    assert not Decision.objects.exists()
    assert client.post(where, mixed | {"key": meanings}).status_code == 302
    assert {(one.key, one.choice, one.why) for one in Decision.objects.all()} == {
        (key, "other", "Shorter") for key in meanings
    }
    page = client.get(COMPARE).content.decode()
    assert "words that only people read" not in page
    assert "1 is still to be settled" in page


@pytest.fixture
def one_stage(head: Any, seller_head: Any, now: datetime, data: Facts) -> Round:
    """The second stage has another measure, target and meaning in either draft; so has the third
    another target."""
    going_on = commands.open_round(start="demand_waterfall", by=head, at=now)
    for draft in queries.sides(going_on):
        by = head if draft.team == "marketing" else seller_head
        first, second, third, *rest = queries.read(draft).stages
        if by is seller_head:
            second = replace(second, measure="median days", target=14.0, meaning="Ripe")
            third = replace(third, target=0.77)
        changed = replace(queries.read(draft), stages=(first, second, third, *rest))
        commands.save_draft(draft_id=draft.pk, agreement=changed, revision=0, by=by, at=now)
        commands.hand_in(draft_id=draft.pk, by=by, at=now)
    return going_on


def test_the_cards_of_one_stage_are_settled_in_one_act_each_its_own_way(
    one_stage: Round, head: Any, signed_in: Any
) -> None:
    client = signed_in(head)
    found = queries.compared(one_stage)[0]
    number = {each.field: each.number for each in found[:3]}
    first = min(number.values())
    where = reverse("agree:settle_group")
    assert "3 open differences" in client.get(COMPARE).content.decode()
    sent = {"group": first, f"choice-{number['measure']}": "other",
            f"choice-{number['target']}": "other",
            f"choice-{number['meaning']}": "one"}  # fmt: skip
    refused = client.post(where, sent | {"why": " "})
    assert refused.status_code == 422
    assert refused.content.decode().count(" checked> As ") == 3
    assert not Decision.objects.exists()
    assert client.post(where, sent | {"why": "We counted"}).status_code == 302
    made = Decision.objects.all()
    assert {(one.key.rpartition("|")[2], one.choice, one.why) for one in made} == {
        ("measure", "other", "We counted"), ("target", "other", "We counted"),
        ("meaning", "one", "We counted"),
    }  # fmt: skip
    assert "1 is still to be settled" in client.get(COMPARE).content.decode()


def test_all_cards_of_a_stage_can_follow_one_team_and_those_of_two_stages_cannot(
    one_stage: Round, head: Any, signed_in: Any, now: datetime
) -> None:
    client = signed_in(head)
    by_field = {(each.our_stage, each.field): each.key for each in queries.compared(one_stage)[0]}
    targets = [key for (_, field), key in by_field.items() if field == "target"]
    with pytest.raises(RoundRefused, match="the cards of one thing"):
        commands.take_together(
            round_id=one_stage.pk, choices=dict.fromkeys(targets, "one"), why="so", by=head, at=now
        )
    first = queries.compared(one_stage)[0][0].number
    answer = client.post(
        reverse("agree:settle_group"), {"group": first, "all": "other", "why": "so"}
    )
    assert answer.status_code == 302
    assert {one.choice for one in Decision.objects.all()} == {"other"}
    assert Decision.objects.count() == 3


def test_a_card_says_what_hangs_on_it_and_takes_it_along(
    one_stage: Round, head: Any, signed_in: Any
) -> None:
    client = signed_in(head)
    found = {each.field: each for each in queries.compared(one_stage)[0][:3]}
    page = client.get(COMPARE).content.decode()
    assert page.count("a target is in the unit of its measure") == 2
    sent = {"key": found["measure"].key, "number": found["measure"].number, "choice": "other",
            "also": found["target"].key, "why": "Days are what we feel", "seen": 0}  # fmt: skip
    assert client.post(reverse("agree:decide"), sent).status_code == 302
    assert {one.key for one in Decision.objects.all()} == {
        found["measure"].key, found["target"].key
    }  # fmt: skip
    anew = {"key": found["target"].key, "number": found["target"].number, "choice": "one",
            "why": "No", "seen": Decision.objects.get(key=found["target"].key).pk}  # fmt: skip
    client.post(reverse("agree:decide"), anew)
    assert "The two are settled differently" in client.get(COMPARE).content.decode()
