"""Two teams write apart, compare, settle each difference with a reason, and get one text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from onefunnel.agreement.compare.settle import NotSettled
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.templates.templates import load
from onefunnel.facts.store import Facts
from onefunnel.server.agree.drafts import commands, queries
from onefunnel.server.agree.drafts.commands import ChangedMeanwhile, RoundRefused
from onefunnel.server.agree.models import AgreementVersion, Decision, Draft, Round
from onefunnel.server.record.models import Event

WHOLE = load("demand_waterfall")


@pytest.fixture
def seller_head(make_person: Any) -> Any:
    """Hedda, head of sales."""
    return make_person("Hedda Holm", team="sales", role="lead")


@pytest.fixture
def going_on(head: Any, now: datetime) -> Round:
    """A round that starts from a template."""
    return commands.open_round(start="demand_waterfall", by=head, at=now)


def write(going_on: Round, by: Any, at: datetime, agreement: Agreement) -> Draft:
    draft = Draft.objects.get(round=going_on, team=by.team)
    return commands.save_draft(
        draft_id=draft.pk, agreement=agreement, revision=draft.revision, by=by, at=at
    )


def hand_in(going_on: Round, by: Any, at: datetime) -> Draft:
    draft = Draft.objects.get(round=going_on, team=by.team)
    return commands.hand_in(draft_id=draft.pk, by=by, at=at)


def with_second_stage(**change: Any) -> Agreement:
    first, second, *rest = WHOLE.stages
    return replace(WHOLE, stages=(first, replace(second, **change), *rest))


@pytest.fixture
def both_in(going_on: Round, head: Any, seller_head: Any, now: datetime) -> Round:
    """Marketing and sales differ in a target and in the meaning of MQL; both handed in."""
    start = queries.read(queries.sides(going_on)[0])
    first, second, *rest = start.stages
    theirs = replace(start, stages=(first, replace(second, target=0.9, meaning="Ripe"), *rest))
    write(going_on, seller_head, now, theirs)
    hand_in(going_on, head, now)
    hand_in(going_on, seller_head, now)
    return going_on


def settle(going_on: Round, by: Any, at: datetime, field: str, **said: str) -> Decision:
    found = [card for card in queries.cards(going_on)[0] if card.discrepancy.field == field]
    (card,) = found
    said = {"why": "agreed on Monday", **said}
    return commands.decide(round_id=going_on.pk, key=card.discrepancy.key, by=by, at=at, **said)


def test_from_two_drafts_to_one_version(
    both_in: Round, head: Any, seller_head: Any, now: datetime, data: Facts
) -> None:
    cards, _ = queries.cards(both_in)
    assert [card.discrepancy.field for card in cards] == ["target", "meaning"]
    with pytest.raises(NotSettled):
        commands.conclude(round_id=both_in.pk, by=head, at=now)
    settle(both_in, head, now, "target", choice="other")
    settle(both_in, seller_head, now, "meaning", choice="new", text="Ready to talk")
    version = commands.conclude(round_id=both_in.pk, by=head, at=now)
    assert "target: 0.9" in version.text
    assert "Ready to talk" in version.text
    assert version.origin == "drafts of Marketing and Sales"
    both_in.refresh_from_db()
    assert (both_in.is_open, both_in.version) == (None, version)
    assert queries.round_going_on() is None
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[0] == "agree.round-opened"
    assert kinds.count("agree.discrepancy-decided") == 2
    assert "agree.round-concluded" in kinds


def test_open_gaps_are_said_where_a_draft_is_handed_in(
    going_on: Round, head: Any, signed_in: Any, now: datetime
) -> None:
    start = queries.read(queries.sides(going_on)[0])
    lacking = replace(start, outcome=replace(start.outcome, statement="", measures=()))
    client, said = signed_in(head), "2 gaps are still open in this draft"
    mine = reverse("agree:draft", args=["marketing"])
    for page in (reverse("agree:drafts"), mine):
        assert "still open in this draft" not in client.get(page).content.decode()
    write(going_on, head, now, lacking)
    for page in (reverse("agree:drafts"), mine):
        assert said in client.get(page).content.decode()
    answer = client.post(reverse("agree:hand_in", args=["marketing"]), follow=True)
    assert "Handed in with 2 open gaps." in answer.content.decode()


def test_drafts_are_blind_until_both_are_handed_in(
    going_on: Round, head: Any, seller_head: Any, owner: Any, now: datetime
) -> None:
    marketing, sales = queries.sides(going_on)
    assert queries.may_see(marketing, head)
    assert not queries.may_see(marketing, seller_head)
    assert not queries.may_see(sales, owner)
    hand_in(going_on, head, now)
    assert not queries.may_see(marketing, seller_head)
    hand_in(going_on, seller_head, now)
    assert queries.may_see(marketing, seller_head)
    assert queries.may_see(sales, owner)


def test_a_team_writes_its_own_draft_only(
    going_on: Round, head: Any, seller: Any, outsider: Any, now: datetime
) -> None:
    marketing = queries.sides(going_on)[0]
    for person, refusal in ((seller, RoundRefused), (outsider, PermissionDenied)):
        with pytest.raises(refusal):
            commands.save_draft(
                draft_id=marketing.pk, agreement=WHOLE, revision=0, by=person, at=now
            )
    marketing.refresh_from_db()
    assert marketing.revision == 0


def test_a_change_over_an_older_draft_is_refused(going_on: Round, head: Any, now: datetime) -> None:
    """Lost updates (T24): the second of two that read the same draft is told."""
    draft = queries.sides(going_on)[0]
    save = commands.save_draft
    save(draft_id=draft.pk, agreement=WHOLE, revision=draft.revision, by=head, at=now)
    with pytest.raises(ChangedMeanwhile, match="Hal Hart changed this draft in the meantime"):
        save(draft_id=draft.pk, agreement=load("aida"), revision=draft.revision, by=head, at=now)
    draft.refresh_from_db()
    assert queries.read(draft).digest == WHOLE.digest


def test_a_draft_can_be_taken_back_until_the_other_side_sees_it(
    going_on: Round, head: Any, seller_head: Any, now: datetime
) -> None:
    draft = hand_in(going_on, head, now)
    with pytest.raises(RoundRefused, match="handed in"):
        write(going_on, head, now, WHOLE)
    assert commands.take_back(draft_id=draft.pk, by=head, at=now).handed_in_at is None
    write(going_on, head, now, WHOLE)
    hand_in(going_on, head, now)
    hand_in(going_on, seller_head, now)
    with pytest.raises(RoundRefused, match="both sides have seen them"):
        commands.take_back(draft_id=draft.pk, by=head, at=now)


def test_one_round_at_a_time(going_on: Round, head: Any, now: datetime) -> None:
    with pytest.raises(RoundRefused, match="goes on already"):
        commands.open_round(by=head, at=now)
    commands.give_up_round(round_id=going_on.pk, by=head, at=now)
    again = commands.open_round(by=head, at=now)
    assert queries.round_going_on() == again
    with pytest.raises(RoundRefused, match="has ended"):
        write(going_on, head, now, WHOLE)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"choice": "other", "why": "  "}, "Say why"),
        ({"choice": "both"}, "Choose one"),
        ({"choice": "new", "text": "a lot"}, "“a lot” is no number"),
    ],
)
def test_a_decision_needs_a_choice_that_can_be_read_and_a_reason(
    both_in: Round, head: Any, now: datetime, data: Facts, said: dict[str, str], refusal: str
) -> None:
    with pytest.raises(RoundRefused, match=refusal):
        settle(both_in, head, now, "target", **said)
    assert not Decision.objects.exists()


def test_new_words_of_a_definition_have_to_run(
    going_on: Round, head: Any, seller_head: Any, now: datetime, data: Facts
) -> None:
    first, second, *rest = queries.read(queries.sides(going_on)[0]).stages
    theirs = replace(second, when=f"({second.when}) AND score >= 70")
    write(going_on, seller_head, now, replace(WHOLE, stages=(first, theirs, *rest)))
    hand_in(going_on, head, now)
    hand_in(going_on, seller_head, now)
    card = next(one for one in queries.cards(going_on)[0] if one.discrepancy.field == "when")
    said = {"round_id": going_on.pk, "key": card.discrepancy.key, "choice": "new", "why": "so"}
    with pytest.raises(RoundRefused, match="cannot be run"):
        commands.decide(**said, text="stage = 'X' und >> 3", by=head, at=now)
    assert not Decision.objects.exists()
    commands.decide(**said, text="country IS NOT NULL", by=head, at=now)
    assert Decision.objects.get().text == "country IS NOT NULL"


def test_only_the_two_teams_settle(both_in: Round, owner: Any, seller: Any, now: datetime) -> None:
    with pytest.raises(RoundRefused, match="Only the two teams"):
        settle(both_in, owner, now, "target", choice="one")
    with pytest.raises(PermissionDenied):
        settle(both_in, seller, now, "target", choice="one")


def test_the_last_decision_counts_and_all_are_kept(
    both_in: Round, head: Any, seller_head: Any, now: datetime, data: Facts
) -> None:
    settle(both_in, head, now, "target", choice="one")
    settle(both_in, seller_head, now, "target", choice="new", text="60 %")
    settle(both_in, head, now, "meaning", choice="one")
    assert Decision.objects.count() == 3
    version = commands.conclude(round_id=both_in.pk, by=head, at=now)
    assert "target: 0.6" in version.text


def test_the_whole_way_on_the_pages(
    signed_in: Any, head: Any, seller_head: Any, outsider: Any, now: datetime, data: Facts
) -> None:
    drafts, compare = reverse("agree:drafts"), reverse("agree:compare")
    client = signed_in(head)
    assert "No round of drafting goes on" in client.get(drafts).content.decode()
    client.post(reverse("agree:begin_round"), {"start": "demand_waterfall"})
    mine, other = (reverse("agree:draft", args=[team]) for team in ("marketing", "sales"))
    assert client.get(other).status_code == 403
    assert client.get(compare).status_code == 403
    page = client.get(mine).content.decode()
    assert "The funnel as Marketing sees it" in page
    stage = reverse("agree:part", args=["marketing", "stages", 1])
    form = client.get(stage).content.decode()
    assert "What the customer may count on" in form

    revision = Draft.objects.get(team="marketing").revision
    name = queries.read(Draft.objects.get(team="marketing")).stages[1].name
    typed = {"name": name, "kind": "open", "lane": "before the sale", "leads": "marketing",
             "target": "33 %", "measure": "step conversion", "revision": revision}  # fmt: skip
    asked = {"add": "when", "when": "stage = 'B'", "when-column": "stage", "when-operator": "=",
             "when-value": "C, D"}  # fmt: skip
    added = client.post(stage, typed | asked)
    assert "stage = &#x27;B&#x27; AND stage IN (&#x27;C&#x27;, &#x27;D&#x27;)" in (
        added.content.decode()
    )
    assert "In words" in added.content.decode()
    wrong = client.post(stage, typed | {"target": "plenty"})
    assert wrong.status_code == 422
    assert "“plenty” is no number" in wrong.content.decode()
    assert client.post(stage, typed | {"when": "stage = 'B'"}).status_code == 302
    draft = queries.read(Draft.objects.get(team="marketing"))
    assert (draft.stages[1].target, draft.stages[1].when) == (0.33, "stage = 'B'")
    stale = client.post(stage, typed)
    assert stale.status_code == 422
    assert "in the meantime" in stale.content.decode()
    assert (
        "Leads by this draft"
        in client.get(reverse("agree:effect", args=["marketing"])).content.decode()
    )

    client.post(reverse("agree:hand_in", args=["marketing"]))
    client = signed_in(seller_head)
    client.post(reverse("agree:hand_in", args=["sales"]))
    page = client.get(compare).content.decode()
    assert "has another target" in page
    going_on = queries.round_going_on()
    assert going_on is not None
    for card in queries.cards(going_on)[0]:
        client.post(
            reverse("agree:decide"),
            {"key": card.discrepancy.key, "number": card.discrepancy.number, "choice": "one",
             "why": "marketing counted"},
        )  # fmt: skip
    assert "all are settled" in client.get(compare).content.decode()
    assert client.post(reverse("agree:conclude")).status_code == 302
    assert AgreementVersion.objects.get().digest == draft.digest
    assert signed_in(outsider).post(reverse("agree:begin_round")).status_code == 403


def test_things_are_added_moved_and_removed(
    signed_in: Any, marketer: Any, head: Any, going_on: Round
) -> None:
    client = signed_in(marketer)

    def names() -> list[str]:
        draft = Draft.objects.get(team="marketing")
        return [stage.name for stage in queries.read(draft).stages]

    def arrange(place: int, deed: str) -> None:
        revision = Draft.objects.get(team="marketing").revision
        address = reverse("agree:arrange", args=["marketing", "stages", place])
        client.post(address, {"deed": deed, "revision": revision})

    before = names()
    arrange(0, "down")
    assert names() == [before[1], before[0], *before[2:]]
    arrange(1, "up")
    assert names() == before
    arrange(0, "up")
    assert names() == before
    new = reverse("agree:new_part", args=["marketing", "stages"])
    revision = Draft.objects.get(team="marketing").revision
    client.post(new, {"name": "Trial", "kind": "open", "revision": revision})
    assert names() == [*before, "Trial"]
    again = client.post(new, {"name": "trial", "kind": "open", "revision": revision + 1})
    assert "there is another stage of that name" in again.content.decode()
    arrange(len(before), "remove")
    assert names() == before
    assert client.get(reverse("agree:part", args=["marketing", "stages", 99])).status_code == 404
    assert client.get(reverse("agree:part", args=["marketing", "nonsense", 0])).status_code == 404


def test_nobody_overwrites_a_decision_unseen(
    both_in: Round, head: Any, seller_head: Any, now: datetime, data: Facts
) -> None:
    first = settle(both_in, head, now, "target", choice="one", seen=0)
    with pytest.raises(RoundRefused, match="in the meantime"):
        settle(both_in, seller_head, now, "target", choice="other", seen=0)
    settle(both_in, seller_head, now, "target", choice="other", seen=first.pk)
    assert Decision.objects.count() == 2


def test_others_do_not_end_the_round_of_two_teams(
    both_in: Round, make_person: Any, now: datetime
) -> None:
    stranger = make_person("Opal Orr", team="operations", role="lead")
    with pytest.raises(RoundRefused, match="Only the two teams"):
        commands.give_up_round(round_id=both_in.pk, by=stranger, at=now)


def test_control_characters_are_left_out_of_a_reason(
    both_in: Round, head: Any, now: datetime, data: Facts
) -> None:
    said = settle(both_in, head, now, "target", choice="one", why="a\x00b\nc")
    assert said.why == "a b\nc"


def test_two_cards_of_one_new_name_are_refused_with_their_numbers(
    going_on: Round, head: Any, seller_head: Any, now: datetime, data: Facts, signed_in: Any
) -> None:
    start = queries.read(queries.sides(going_on)[0])
    first, second, *rest = start.stages
    named = (replace(first, name="Engaged"), replace(second, name="Active"), *rest)
    write(going_on, seller_head, now, replace(start, stages=named))
    hand_in(going_on, head, now)
    hand_in(going_on, seller_head, now)
    for card in queries.cards(going_on)[0]:
        is_name = card.discrepancy.field == "name"
        commands.decide(
            round_id=going_on.pk, key=card.discrepancy.key, choice="new" if is_name else "one",
            text="Same", why="so", by=head, at=now,
        )  # fmt: skip
    answer = signed_in(head).post(reverse("agree:conclude"), follow=True)
    assert answer.status_code == 200
    assert "would be called" in answer.content.decode()
    assert queries.round_going_on() == going_on


def test_an_ended_round_says_who_ended_it_and_where_the_drafts_are(
    going_on: Round, head: Any, seller_head: Any, signed_in: Any, now: datetime, data: Facts
) -> None:
    """Blind stays blind: ending a round shows nobody what the other side had not handed in."""
    write(going_on, head, now, with_second_stage(meaning="Ripe for a call"))
    signed_in(head).post(reverse("agree:give_up_round"))
    client = signed_in(seller_head)
    page = client.get(reverse("agree:drafts")).content.decode()
    assert "was ended without a result" in page
    assert "by <span data-name>Hal Hart</span>" in page
    assert "Marketing (not shown: the round ended before both were handed in)" in page
    theirs, ours = (reverse("agree:last_draft", args=[team]) for team in ("marketing", "sales"))
    assert ours in page
    assert client.get(ours).status_code == 200
    assert client.get(theirs).status_code == 403
    assert client.get(reverse("agree:last_draft", args=["nobody"])).status_code == 404
    mine = signed_in(head).get(theirs).content.decode()
    assert "Ripe for a call" in mine
    assert "by <span data-name>Hal Hart</span>" in mine


def test_a_round_that_ended_in_a_version_shows_both_drafts_to_both(
    both_in: Round, head: Any, seller_head: Any, signed_in: Any, now: datetime, data: Facts
) -> None:
    settle(both_in, head, now, "target", choice="one")
    settle(both_in, head, now, "meaning", choice="one")
    version = commands.conclude(round_id=both_in.pk, by=seller_head, at=now)
    client = signed_in(head)
    page = client.get(reverse("agree:drafts")).content.decode()
    assert reverse("agree:version", args=[version.public_id]) in page
    assert "by <span data-name>Hedda Holm</span>" in page
    theirs = client.get(reverse("agree:last_draft", args=["sales"])).content.decode()
    assert "meaning: Ripe" in theirs
