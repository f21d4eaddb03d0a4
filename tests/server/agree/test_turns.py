"""Those whose turn it is are told so, on Today and in their inbox, and nobody else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from onefunnel.server.agree.commands import sign_version
from onefunnel.server.agree.drafts import commands, queries
from onefunnel.server.agree.models import Draft, Round
from onefunnel.server.agree.turns.queries import turns_of
from onefunnel.server.notify.queries import inbox


@pytest.fixture
def seller_head(make_person: Any) -> Any:
    """Hedda, head of sales."""
    return make_person("Hedda Holm", team="sales", role="lead")


@pytest.fixture
def going_on(head: Any, seller_head: Any, now: datetime) -> Round:
    """Begun by the head of marketing."""
    return commands.open_round(start="demand_waterfall", by=head, at=now)


def told(person: Any) -> list[str]:
    return [one.title for one in inbox(person).order_by("pk")]


def asked(person: Any) -> list[str]:
    return [turn.asks for turn in turns_of(person)]


def hand_in(going_on: Round, by: Any, at: datetime) -> None:
    commands.hand_in(draft_id=Draft.objects.get(round=going_on, team=by.team).pk, by=by, at=at)


def test_drafts_wait_for_their_teams(
    going_on: Round, head: Any, seller_head: Any, seller: Any, outsider: Any, now: datetime,
    signed_in: Any,
) -> None:  # fmt: skip
    assert told(seller_head) == asked(seller_head) == ["Write your draft"]
    assert told(head) == told(seller) == told(outsider) == []  # who began it knows; heads are told
    assert asked(head) == asked(seller) == ["Write your draft"]
    assert asked(outsider) == []
    today = signed_in(seller_head).get("/").content.decode()
    assert '<h2><a href="/agree/drafts/">Write your draft</a></h2>' in today
    hand_in(going_on, seller_head, now)
    assert asked(seller_head) == []
    assert told(head) == ["Write your draft"]
    assert "that of Sales is" in turns_of(head)[0].words


def test_differences_wait_for_the_heads_once_both_are_in(
    going_on: Round, head: Any, seller_head: Any, seller: Any, signed_in: Any, now: datetime
) -> None:
    draft = queries.draft_of(going_on, "sales")
    assert draft is not None
    theirs = replace(queries.read(draft), currency="USD", title="Another")
    commands.save_draft(draft_id=draft.pk, agreement=theirs, revision=0, by=seller_head, at=now)
    for by in (seller_head, head):
        hand_in(going_on, by, now)
    assert told(seller_head)[-1] == "Both drafts are in: settle 2 differences"
    assert asked(head) == ["Both drafts are in: settle 2 differences"]
    assert asked(seller) == []
    page = signed_in(seller_head).get("/").content.decode()
    assert "differences to settle" in page
    assert f'href="{reverse("agree:compare")}">2<' in page
    for each in queries.compared(going_on)[0]:
        commands.decide(round_id=going_on.pk, key=each.key, choice="one", why="so", by=head, at=now)
    assert asked(seller_head) == ["Both drafts are in: make the one text"]


def test_a_version_waits_for_who_has_not_signed_it(
    going_on: Round, head: Any, seller_head: Any, seller: Any, signed_in: Any, now: datetime
) -> None:
    for by in (seller_head, head):
        hand_in(going_on, by, now)
    version = commands.conclude(round_id=going_on.pk, by=head, at=now)
    assert told(seller_head)[-1] == "Sign version 1"
    assert asked(seller_head) == asked(head) == ["Sign version 1"]
    assert told(head)[-1] != "Sign version 1"  # who made it is on its page
    assert asked(seller) == []
    url = reverse("agree:version", args=[version.public_id])
    assert f'href="{url}"' in signed_in(seller_head).get("/").content.decode()
    sign_version(version_id=version.public_id, by=seller_head, at=now)
    assert told(head)[-1] == "Sign version 1"
    assert (asked(seller_head), asked(head)) == ([], ["Sign version 1"])
    sign_version(version_id=version.public_id, by=head, at=now)
    assert asked(head) == []
    assert told(seller_head).count("Sign version 1") == 1


def test_a_version_with_gaps_asks_to_close_them(
    going_on: Round, head: Any, seller_head: Any, now: datetime
) -> None:
    for draft, by in zip(queries.sides(going_on), (head, seller_head), strict=True):
        start = queries.read(draft)
        changed = replace(start, outcome=replace(start.outcome, statement=""))
        commands.save_draft(draft_id=draft.pk, agreement=changed, revision=0, by=by, at=now)
        hand_in(going_on, by, now)
    commands.conclude(round_id=going_on.pk, by=head, at=now)
    assert told(seller_head)[-1] == "Close 1 gap of version 1, then sign it"
