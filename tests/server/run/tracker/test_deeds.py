"""Leads come in, are changed and moved, by the agreement: each deed is rows, and an event."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.server.record.models import Event
from onefunnel.server.record.queries import check_chain, recent_changes
from onefunnel.server.run.tracker import book, commands
from onefunnel.server.run.tracker.events import happened, subject_of
from onefunnel.server.run.tracker.fields import BadField, read_value
from onefunnel.server.run.tracker.models import Arrival
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.commands import record_rows
from onefunnel.server.warehouse.duplicates.commands import merge_leads, undo_merge
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agreed")]


def enter(by: Any, **fields: Any) -> commands.Entered:
    return commands.enter_lead(fields=fields or {"name": "Ada"}, by=by, at=NOW)


def stages_of(lead_id: str) -> list[tuple[object, object]]:
    return [(move["stage"], move["by"]) for move in warehouse.moves_of(lead_id)]


def kinds() -> list[str]:
    return [event.kind for event in recent_changes(room="run")]


# --- coming in --------------------------------------------------------------------------------
def test_a_lead_comes_in_at_the_first_stage(marketer: Any) -> None:
    entered = enter(marketer, name="Ada", Country="DE", score="20")
    assert (entered.outcome, entered.stage) == ("created", "Inquiry")
    lead = warehouse.living_lead(entered.lead_id)
    assert lead is not None
    assert (lead["name"], lead["country"], lead["score"]) == ("Ada", "DE", 20.0)
    assert lead["created_at"] == NOW.replace(tzinfo=None)
    assert stages_of(entered.lead_id) == [("New", "Mia Marsh")]
    assert kinds() == ["run.lead-entered"]
    assert check_chain() is None


def test_a_lead_that_meets_a_further_stage_is_moved_by_the_agreement(marketer: Any) -> None:
    entered = enter(marketer, name="Ada", country="DE", score=80)
    assert entered.stage == "MQL"
    assert stages_of(entered.lead_id) == [("New", "Mia Marsh"), ("MQL", "the agreement")]


def test_where_it_begins_may_be_said_and_is_held_to_the_agreement(marketer: Any) -> None:
    began = commands.enter_lead(
        fields={"email": "a@b.example"}, stage="Working", by=marketer, at=NOW
    )
    assert began.stage == "Working"
    with pytest.raises(commands.MoveRefused, match="the email is not known"):
        commands.enter_lead(fields={"name": "Ada"}, stage="Working", by=marketer, at=NOW)
    with pytest.raises(commands.MoveRefused, match="no stage “Elsewhere”; it has: Inquiry, MQL"):
        commands.enter_lead(fields={"name": "Ada"}, stage="Elsewhere", by=marketer, at=NOW)


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"shoe": 43}, "shoe", "no such field is known"),
        ({"lead_id": "mine"}, "lead_id", "no such field is known"),
        ({"created_at": "2020-01-01"}, "created_at", "no such field is known"),
        ({"name": "Ada", "score": "a lot"}, "score", "it is not a number"),
        ({"email": "nobody"}, "email", "it is not an e-mail address"),
        ({"name": 7}, "name", "it is not a text"),
        (
            {"name": "x", "account_id": "a" * 401},
            "account_id",
            "an identifier of more than 400 characters",
        ),
        ({"name": "x" * 4001}, "name", "it is longer than 4,000 characters"),
        ({"name": "half \ud800"}, "name", "it holds half a character"),
        ({"name": " "}, "fields", "nothing is said of the lead"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_kept(
    marketer: Any, fields: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(commands.BadField) as refused:
        commands.enter_lead(fields=fields, by=marketer, at=NOW, key="k")
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert refused.value.fix
    assert not Arrival.objects.exists()
    assert kinds() == []


def test_the_same_key_enters_once(marketer: Any, seller: Any) -> None:
    first = commands.enter_lead(fields={"name": "Ada"}, by=marketer, at=NOW, key="k")
    again = commands.enter_lead(
        fields={"name": "Ada"}, by=marketer, at=NOW + timedelta(days=1), key="k"
    )
    assert again == first
    with pytest.raises(commands.KeyUsed):
        commands.enter_lead(fields={"name": "Eve"}, by=marketer, at=NOW, key="k")
    other = commands.enter_lead(fields={"name": "Ada"}, by=seller, at=NOW, key="k")
    assert other.lead_id != first.lead_id  # another's key is another key


def test_a_viewer_enters_nothing(outsider: Any) -> None:
    with pytest.raises(PermissionDenied):
        enter(outsider)


def test_who_listens_is_told_in_the_deed_itself(marketer: Any) -> None:
    heard: list[Any] = []

    def listen(*, event: Any, **_: Any) -> None:
        heard.append((event.kind, dict(event.stages), connection.in_atomic_block))

    happened.connect(listen)
    try:
        entered = enter(marketer)
    finally:
        happened.disconnect(listen)
    assert heard == [("run.lead-entered", {entered.lead_id: "Inquiry"}, True)]


def test_the_record_never_holds_an_address() -> None:
    assert subject_of("ada@x.example").startswith("lead:sha256-")
    assert len(subject_of("x" * 400)) < 120


# --- many at once -----------------------------------------------------------------------------
def test_each_row_of_a_batch_is_told_what_became_of_it(marketer: Any) -> None:
    there = enter(marketer, name="Ada").lead_id
    sent = [
        commands.Sent({"name": "Bea"}, key="b"),
        commands.Sent({"shoe": 43}),
        commands.Sent({"country": "DE", "score": 70}, lead_id=there),
        commands.Sent({"name": "Bea"}, key="b"),
        commands.Sent({"name": "Eve"}, key="b"),
        commands.Sent({"country": "DE"}, lead_id="nobody"),
        commands.Sent({"country": "FR"}, lead_id=there),
    ]
    rows = commands.enter_leads(leads=sent, by=marketer, at=NOW + timedelta(hours=1), key="all")
    assert [one.outcome for one in rows] == [
        "created", "refused", "updated", "skipped", "refused", "refused", "refused"
    ]  # fmt: skip
    assert rows[2].stage == "MQL"
    assert rows[3].lead_id == rows[0].lead_id
    assert (rows[1].field, rows[1].reason) == ("shoe", "no such field is known")
    assert kinds()[0] == "run.leads-entered"
    again = commands.enter_leads(leads=sent, by=marketer, at=NOW, key="all")
    assert again == rows
    later = commands.enter_leads(leads=sent[:1], by=marketer, at=NOW)
    assert [(one.outcome, one.lead_id) for one in later] == [("skipped", rows[0].lead_id)]


def test_a_row_that_cannot_be_kept_holds_no_other_up(marketer: Any) -> None:
    sent = [
        commands.Sent({"name": "ok"}),
        commands.Sent({"name": "x", "account_id": "a" * 401}),
        commands.Sent({"name": "half \ud800"}),
        commands.Sent({"half \ud800": 1}),
        commands.Sent({"name": "x"}, key="\ud800"),
        commands.Sent({"name": "x"}, key="a\0"),
        commands.Sent({"name": "x"}, lead_id="\ud800"),
        commands.Sent({"name": "x"}, lead_id="a\0"),
    ]
    rows = commands.enter_leads(leads=sent, by=marketer, at=NOW, key="all")
    assert [one.outcome for one in rows] == ["created", *["refused"] * 7]
    assert [one.field for one in rows[1:]] == [
        "account_id", "name", "half ?", "key", "key", "lead_id", "lead_id"
    ]  # fmt: skip
    assert all(one.reason and one.fix for one in rows[1:])
    assert commands.enter_leads(leads=sent, by=marketer, at=NOW, key="all") == rows


def test_the_key_of_a_batch_may_be_that_of_one_of_its_rows(marketer: Any) -> None:
    sent = [commands.Sent({"name": "ok"}, key="k")]
    rows = commands.enter_leads(leads=sent, by=marketer, at=NOW, key="k")
    assert commands.enter_leads(leads=sent, by=marketer, at=NOW, key="k") == rows
    again = commands.enter_lead(fields={"name": "ok"}, by=marketer, at=NOW, key="k")
    assert again.lead_id == rows[0].lead_id


# --- changing ---------------------------------------------------------------------------------
def test_a_change_is_a_new_row_and_is_qualified(marketer: Any) -> None:
    lead_id = enter(marketer, name="Ada", country="DE").lead_id
    at = NOW + timedelta(hours=1)
    changed = commands.change_lead(lead_id=lead_id, fields={"score": 60}, by=marketer, at=at)
    assert changed.stage == "MQL"
    assert stages_of(lead_id)[-1] == ("MQL", "the agreement")
    back = commands.change_lead(
        lead_id=lead_id, fields={"score": 10}, by=marketer, at=at + timedelta(hours=1)
    )
    assert back.stage == "Inquiry"
    assert len(stages_of(lead_id)) == 3
    gone = commands.change_lead(lead_id=lead_id, fields={"country": ""}, by=marketer, at=at)
    assert gone.is_changed
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert lead["country"] is None


def test_what_somebody_else_changed_is_not_overwritten(marketer: Any, seller: Any) -> None:
    lead_id = enter(marketer, name="Ada").lead_id
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    seen = int(str(lead[warehouse.REVISION]))
    commands.change_lead(lead_id=lead_id, fields={"phone": "1"}, by=seller, at=NOW, revision=seen)
    with pytest.raises(commands.ChangedMeanwhile) as meanwhile:
        commands.change_lead(
            lead_id=lead_id, fields={"phone": "2"}, by=marketer, at=NOW, revision=seen
        )
    assert meanwhile.value.lead["phone"] == "1"


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("rw")), max_size=12))
def test_no_update_is_ever_lost(marketer: Any, steps: list[tuple[str, str]]) -> None:
    """Two editors read and write in any order: who writes saw all that was written before."""
    lead_id = enter(marketer, name="Ada", phone="0").lead_id
    read: dict[str, tuple[int, int]] = {}
    count = 0
    for who, deed in steps:
        lead = warehouse.living_lead(lead_id)
        assert lead is not None
        now = int(str(lead[warehouse.REVISION])), int(str(lead["phone"]))
        assert now[1] == count
        if deed == "r":
            read[who] = now
        elif who in read:
            fields = {"phone": str(read[who][1] + 1)}
            try:
                commands.change_lead(
                    lead_id=lead_id, fields=fields, by=marketer, at=NOW, revision=read[who][0]
                )
                count += 1
            except commands.ChangedMeanwhile:
                assert read[who] != now


def test_nothing_changed_is_nothing_recorded(marketer: Any) -> None:
    lead_id = enter(marketer, name="Ada").lead_id
    changed = commands.change_lead(lead_id=lead_id, fields={"name": "Ada"}, by=marketer, at=NOW)
    assert not changed.is_changed
    assert kinds() == ["run.lead-entered"]
    with pytest.raises(commands.NoSuchLead):
        commands.change_lead(lead_id="nobody", fields={}, by=marketer, at=NOW)


def merged(owner: Any, marketer: Any, **fields: Any) -> tuple[str, str, Any]:
    """Two leads of which the second was merged into the first, and the merge."""
    kept = enter(marketer, name="A", company="X").lead_id
    other = enter(marketer, name="B", **fields).lead_id
    merge = merge_leads(kept_lead_id=kept, merged_lead_id=other, by=owner, at=NOW)
    return kept, other, getattr(merge, "public_id", merge)


@pytest.mark.parametrize("by", ["change", "batch", "recycle"])
def test_what_was_merged_into_a_lead_does_not_become_its_own(
    marketer: Any, owner: Any, by: str
) -> None:
    kept, other, merge = merged(owner, marketer, email="b@x.example", phone="123")
    at = NOW + timedelta(hours=1)
    if by == "change":
        commands.change_lead(lead_id=kept, fields={"source": "Fair"}, by=marketer, at=at)
    elif by == "batch":
        sent = commands.Sent({"source": "Fair"}, lead_id=kept)
        commands.enter_leads(leads=[sent], by=marketer, at=at)
    else:
        day = date(2027, 2, 1)
        commands.move_lead(lead_id=kept, stage="Later", by=marketer, at=at, wake_on=day)
    undo_merge(merge_id=merge, by=owner, at=at)
    found = warehouse.living_leads([kept, other])
    assert (found[kept]["email"], found[kept]["phone"]) == (None, None)
    assert found[kept]["wake_on" if by == "recycle" else "source"] is not None
    assert (found[other]["name"], found[other]["email"]) == ("B", "b@x.example")


def test_what_is_taken_away_is_gone_from_all_that_is_one_lead(marketer: Any, owner: Any) -> None:
    kept, _, _ = merged(owner, marketer, phone="123", country="DE", score=70)
    for fields in ({"phone": None}, {"country": "FR"}):
        done = commands.change_lead(lead_id=kept, fields=fields, by=marketer, at=NOW)
        assert done.is_changed
    lead = warehouse.living_lead(kept)
    assert lead is not None
    assert (lead["phone"], lead["country"], lead["score"]) == (None, "FR", 70.0)
    again = commands.change_lead(lead_id=kept, fields={"phone": ""}, by=marketer, at=NOW)
    assert not again.is_changed


# --- moving -----------------------------------------------------------------------------------
def test_forward_back_lost_and_again(seller: Any) -> None:
    lead_id = enter(seller, email="a@b.example").lead_id
    later = [NOW + timedelta(hours=n) for n in range(1, 5)]
    commands.move_lead(lead_id=lead_id, stage="Working", by=seller, at=later[0])
    commands.move_lead(lead_id=lead_id, stage="Inquiry", by=seller, at=later[1])
    for reason in ("", " \t"):
        with pytest.raises(commands.MoveRefused, match="needs a reason"):
            commands.move_lead(lead_id=lead_id, stage="Lost", reason=reason, by=seller, at=later[2])
    commands.move_lead(lead_id=lead_id, stage="Lost", reason="price", by=seller, at=later[2])
    commands.move_lead(lead_id=lead_id, stage="Won", by=seller, at=later[3])
    moves = warehouse.moves_of(lead_id)
    assert [(m["from_stage"], m["stage"], m["reason"]) for m in moves] == [
        (None, "New", None), ("New", "Call", None), ("Call", "New", None),
        ("New", "Lost", "price"), ("Lost", "Won", None),
    ]  # fmt: skip


def test_a_move_says_the_stage_it_left_where_attributes_put_the_lead_there(seller: Any) -> None:
    """The lead came in as New; by score and country it stood in MQL all the same."""
    lead_id = enter(seller, email="a@b.example", score=60, country="UK").lead_id
    commands.move_lead(lead_id=lead_id, stage="Working", by=seller, at=NOW + timedelta(hours=1))
    assert warehouse.moves_of(lead_id)[-1]["from_stage"] == "MQL"


def test_moves_of_one_moment_keep_their_order(seller: Any) -> None:
    lead_id = enter(seller, email="a@b.example").lead_id
    for stage in ("Working", "Inquiry", "Won"):
        commands.move_lead(lead_id=lead_id, stage=stage, by=seller, at=NOW)
    assert [m["stage"] for m in warehouse.moves_of(lead_id)] == ["New", "Call", "New", "Won"]


def test_a_recycled_lead_says_when_to_look_again(seller: Any) -> None:
    lead_id = enter(seller, name="Ada").lead_id
    for day in (None, NOW.date()):
        with pytest.raises(commands.MoveRefused, match="later day"):
            commands.move_lead(lead_id=lead_id, stage="Later", by=seller, at=NOW, wake_on=day)
    day = date(2027, 2, 1)
    commands.move_lead(lead_id=lead_id, stage="Later", by=seller, at=NOW, wake_on=day)
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert lead["wake_on"] == day


def test_a_move_the_agreement_does_not_know_is_refused_by_clause(seller: Any) -> None:
    lead_id = enter(seller, name="Ada", score=20).lead_id
    with pytest.raises(commands.MoveRefused) as refused:
        commands.move_lead(lead_id=lead_id, stage="MQL", by=seller, at=NOW)
    assert str(refused.value) == (
        "“MQL” needs that the score is at least 50 (the score is 20.0); the country is known "
        "(the country is not known)."
    )
    with pytest.raises(commands.MoveRefused, match="already"):
        commands.move_lead(lead_id=lead_id, stage="Inquiry", by=seller, at=NOW)


def test_many_move_at_once_and_back(seller: Any) -> None:
    ready = [enter(seller, email=f"a{n}@b.example").lead_id for n in range(3)]
    lacking = enter(seller, name="Ada").lead_id
    at = NOW + timedelta(hours=1)
    moved = commands.move_leads(
        lead_ids=[*ready, lacking, "nobody"], stage="Working", by=seller, at=at
    )
    assert moved.moved == tuple(ready)
    assert set(moved.refused) == {lacking, "nobody"}
    commands.move_lead(lead_id=ready[0], stage="Won", by=seller, at=at + timedelta(hours=1))
    back = commands.undo_bulk_move(bulk_id=moved.bulk_id, by=seller, at=at + timedelta(hours=2))
    assert back.moved == tuple(ready[1:])
    assert back.refused == {ready[0]: "It moved on since."}
    assert [m["stage"] for m in warehouse.moves_of(ready[1])] == ["New", "Call", "New"]
    with pytest.raises(KeyError):
        commands.undo_bulk_move(bulk_id=moved.bulk_id, by=seller, at=at)
    assert check_chain() is None
    with pytest.raises(ValueError, match="too many"):
        commands.move_leads(lead_ids=[str(n) for n in range(501)], stage="Won", by=seller, at=at)


def test_a_move_that_would_not_happen_is_refused_with_the_date_in_its_way(seller: Any) -> None:
    at = NOW.replace(tzinfo=None)
    with transaction.atomic():
        record_rows(
            rows={
                "leads": [{"lead_id": "f", "created_at": at}],
                "moves": [{"lead_id": "f", "at": datetime(2036, 5, 4), "stage": "New", "seq": 0}],
            },
            by=None,
            at=NOW,
        )
    with pytest.raises(commands.MoveRefused, match=r"2036-05-04.*“Inquiry”, not in “Won”"):
        commands.move_lead(lead_id="f", stage="Won", by=seller, at=NOW)
    assert commands.move_leads(lead_ids=["f"], stage="Won", by=seller, at=NOW).moved == ()
    assert len(warehouse.moves_of("f")) == 1


def test_what_was_taken_back_is_told_of_the_leads_that_went_back(seller: Any) -> None:
    leads = [enter(seller, email=f"a{n}@b.example").lead_id for n in range(2)]
    one = commands.move_lead(lead_id=leads[0], stage="Working", by=seller, at=NOW)
    commands.undo_bulk_move(bulk_id=one.bulk_id, by=seller, at=NOW)
    many = commands.move_leads(lead_ids=leads, stage="Working", by=seller, at=NOW)
    commands.undo_bulk_move(bulk_id=many.bulk_id, by=seller, at=NOW)
    told = Event.objects.filter(kind="run.bulk-move-undone").order_by("pk")
    assert [(event.subject, event.payload["leads"]) for event in told] == [
        (f"lead:{leads[0]}", [f"lead:{leads[0]}"]),
        (f"bulk-move:{many.bulk_id}", [f"lead:{lead}" for lead in leads]),
    ]
    assert [m["reason"] for m in warehouse.moves_of(leads[0])] == [
        None, None, "taken back", None, "taken back",
    ]  # fmt: skip


def test_only_who_moved_many_and_heads_take_it_back(
    seller: Any, marketer: Any, make_person: Any
) -> None:
    lead_id = enter(seller, name="Ada").lead_id
    head = make_person("Hed Hand", team="sales", role="lead")
    for by in (seller, head):
        done = commands.move_leads(lead_ids=[lead_id], stage="Won", by=seller, at=NOW)
        with pytest.raises(PermissionDenied):
            commands.undo_bulk_move(bulk_id=done.bulk_id, by=marketer, at=NOW)
        assert commands.undo_bulk_move(bulk_id=done.bulk_id, by=by, at=NOW).moved == (lead_id,)


def test_a_bulk_move_of_which_nothing_goes_back_can_be_tried_again(seller: Any) -> None:
    lead_id = enter(seller, name="Ada").lead_id
    done = commands.move_leads(lead_ids=[lead_id], stage="Won", by=seller, at=NOW)
    commands.move_lead(lead_id=lead_id, stage="Inquiry", by=seller, at=NOW)
    assert commands.undo_bulk_move(bulk_id=done.bulk_id, by=seller, at=NOW).moved == ()
    assert "run.bulk-move-undone" not in kinds()
    commands.move_lead(lead_id=lead_id, stage="Won", by=seller, at=NOW)
    back = commands.undo_bulk_move(bulk_id=done.bulk_id, by=seller, at=NOW)
    assert back.moved == (lead_id,)


def test_no_move_leads_back_into_none(seller: Any) -> None:
    with transaction.atomic():
        record_rows(
            rows={"leads": [{"lead_id": "n", "created_at": NOW.replace(tzinfo=None)}]},
            by=None,
            at=NOW,
        )
    done = commands.move_leads(lead_ids=["n"], stage="Won", by=seller, at=NOW)
    back = commands.undo_bulk_move(bulk_id=done.bulk_id, by=seller, at=NOW)
    assert back.moved == ()
    assert back.refused == {"n": "It stood in no stage before, and no move leads into none."}


@pytest.mark.parametrize("before", [None, date(2027, 1, 1)])
def test_the_day_to_look_again_goes_back_too(seller: Any, before: date | None) -> None:
    lead_id = enter(seller, name="Ada", wake_on=str(before) if before else "").lead_id
    day = date(2027, 2, 1)
    done = commands.move_leads(lead_ids=[lead_id], stage="Later", wake_on=day, by=seller, at=NOW)
    back = commands.undo_bulk_move(bulk_id=done.bulk_id, by=seller, at=NOW)
    assert back.refused == {}
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert lead["wake_on"] == before


def test_a_stage_called_like_an_address_takes_leads(
    seller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "ask sam@x.example"
    own = Agreement(
        "Own", stages=(Stage(name, when="stage = 'New'"), Stage("Won", "won", "stage = 'Won'"))
    )
    monkeypatch.setattr(book.agree, "version_in_use", lambda *, at: (2, own.digest))
    monkeypatch.setattr(book.agree, "agreement_of_version", lambda version: own)
    entered = enter(seller, name="Ada")
    assert entered.stage == name
    commands.move_lead(lead_id=entered.lead_id, stage="Won", by=seller, at=NOW)
    commands.move_lead(lead_id=entered.lead_id, stage=name, by=seller, at=NOW)
    done = commands.move_leads(lead_ids=[entered.lead_id], stage="Won", by=seller, at=NOW)
    commands.undo_bulk_move(bulk_id=done.bulk_id, by=seller, at=NOW)
    commands.change_lead(lead_id=entered.lead_id, fields={"phone": "1"}, by=seller, at=NOW)
    assert warehouse.moves_of(entered.lead_id)[-1]["stage"] == "New"


def test_money_is_never_rounded() -> None:
    assert read_value("deal", "1.2300", "money") == Decimal("1.23")
    assert read_value("deal", 1.5, "money") == Decimal("1.5")
    with pytest.raises(BadField, match="4 after"):
        read_value("deal", "1.00005", "money")
