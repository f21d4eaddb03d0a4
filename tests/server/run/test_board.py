"""The board: columns are the stages, counts and money are those of the list each opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest

from onefunnel.agreement.duties import Promise
from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import NONE, wanted
from onefunnel.server.run.board import Board, Column, board_of, more_cards
from onefunnel.server.run.leads import leads_page
from tests.server.run.tiny import AGREEMENT, LEADS, MOVES, basis_of, day
from tests.trust.page_walk import read

pytestmark = pytest.mark.django_db
ALL = Hiding(sees_all=True)
#: A Saturday, five days after the data's last row: near enough to count time up to now.
AT = datetime(2026, 3, 21, 12, tzinfo=UTC)


def deal(key: str, lead: str, amount: str, outcome: str, currency: str | None = "EUR") -> Any:
    return {"deal_id": key, "lead_id": lead, "amount": Decimal(amount), "outcome": outcome,
            "currency": currency}  # fmt: skip


DEALS = [
    deal("d1", "a", "100.50", "open"),
    deal("d2", "a", "40", "lost"),  # a is still in: its lost deal is no money of the column
    deal("d3", "a", "7", "won", None),
    deal("d4", "l", "30", "lost"),  # l is lost: what was lost with it
    deal("d5", "nobody", "9", "open"),
]
LOST = {"lead_id": "l", "at": day(5), "stage": "Lost", "reason": "price", "seq": 1}


@pytest.fixture
def basis() -> Basis:
    leads = [*LEADS, {**LEADS[0], "lead_id": "l"}]
    entered = {**MOVES[0], "lead_id": "l"}
    made = basis_of(leads=leads, moves=[*MOVES, entered, LOST], deals=DEALS)
    return replace(made, agreement=replace(AGREEMENT, status="in use"))


def board(basis: Basis, hiding: Hiding = ALL, **words: str) -> Board:
    return board_of(basis, wanted(words), hiding, at=AT)


def columns(found: Board) -> dict[str, Column]:
    return {column.name: column for column in found.columns}


def test_each_column_is_a_stage_and_its_numbers_are_those_of_its_list(basis: Basis) -> None:
    found = board(basis)
    assert {name: one.count for name, one in columns(found).items()} == {
        "Lead": 1, "Qualified": 1, "Won": 0, "Lost": 1, "In no stage": 1,
    }  # fmt: skip
    assert found.count == 4
    for column in found.columns:
        assert [card.lead.key for card in column.cards] == [
            line.key
            for line in leads_page(basis, wanted(_words(column.query)), hiding=ALL).lines
        ]  # fmt: skip
        for money in column.money:
            words = {**_words(column.query), "currency": money.currency}
            assert leads_page(basis, wanted(words), hiding=ALL).total == money.amount


def _words(query: str) -> dict[str, str]:
    return dict(parse_qsl(query))


def test_lost_deals_are_money_only_where_the_lead_is_out(basis: Basis) -> None:
    found = columns(board(basis))
    money = {
        name: {one.currency: (one.amount, one.words) for one in column.money}
        for name, column in found.items()
    }
    assert money["Qualified"] == {
        NONE: (Decimal("7"), "7"), "EUR": (Decimal("100.50"), "EUR 100.50"),
    }  # fmt: skip
    assert money["Lost"] == {"EUR": (Decimal("30"), "EUR 30")}
    page = leads_page(basis, wanted({"currency": "EUR"}), hiding=ALL)
    assert {line.key: line.value for line in page.lines} == {
        "a": Decimal("100.50"), "l": Decimal("30"),
    }  # fmt: skip
    assert leads_page(basis, wanted({"currency": "USD"}), hiding=ALL).total == 0


def test_words_of_the_address_narrow_every_column(basis: Basis) -> None:
    found = columns(board(basis, source="Fair"))
    assert {name: one.count for name, one in found.items() if one.count} == {"In no stage": 1}
    assert found["Lost"].money == ()
    one = board(basis, stage="Lost")
    assert [column.name for column in one.columns if column.count] == ["Lost"]


def test_a_promise_makes_cards_late_in_working_hours(basis: Basis) -> None:
    def late(hours: float) -> list[bool]:
        promise = Promise("Answer", by_team="sales", from_stage="Qualified", within_hours=hours)
        own = replace(basis, agreement=replace(basis.agreement, promises=(promise,)))
        return [card.is_late for card in columns(board(own))["Qualified"].cards]

    # since Monday 2 March, noon: by Saturday the 21st there were 5 + 9 + 5 x 8... 117 hours
    assert (late(116), late(118)) == ([True], [False])
    assert not any(card.is_late for column in board(basis).columns for card in column.cards)


def test_time_is_counted_up_to_the_data_where_that_is_old(basis: Basis) -> None:
    stays = columns(board(basis))["Qualified"].cards[0].stays
    assert stays == "19 days"
    late = board_of(basis, wanted({}), ALL, at=AT + timedelta(days=365))
    assert columns(late)["Qualified"].cards[0].stays == "18 days"
    assert columns(late)["Lead"].cards[0].stays == ""  # entered, nobody knows when


def test_a_viewer_sees_masks(basis: Basis) -> None:
    hiding = Hiding(basis.personal)
    card = columns(board(basis, hiding))["Qualified"].cards[0].lead
    assert (card.title, card.company) == ("a", "Ash Ltd")
    assert "owner" not in {c.split(".")[1] for c in basis.personal}


def test_fifty_cards_a_column_and_the_rest_follow() -> None:
    many = [{**LEADS[0], "lead_id": f"{n:03}", "created_at": day(1 + n % 3)} for n in range(120)]
    moves = [{**MOVES[0], "lead_id": one["lead_id"], "at": one["created_at"]} for one in many]
    basis = basis_of(leads=many, moves=moves)
    column = columns(board(basis))["Lead"]
    assert (column.count, len(column.cards)) == (120, 50)
    keys, after = [card.lead.key for card in column.cards], column.after
    while after:
        cards, after = more_cards(basis, wanted({"stage": "Lead"}), ALL, after, at=AT)
        keys += [card.lead.key for card in cards]
    assert sorted(keys) == [one["lead_id"] for one in many]


# --- the page -----------------------------------------------------------------------------------
def test_every_figure_of_the_page_opens_its_list(demo: Any, signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    page = read(client, "/run/board/?segment=Dairy")
    assert len(page.figures) > 12
    assert any(one.kind == "money" for one in page.figures)
    for one in page.figures:
        assert [Decimal(total) for total in read(client, one.href).of_list] == [
            Decimal(one.list_total)
        ], one.href
    assert page.loose == []


def test_a_proposed_agreement_is_read_only(demo: Any, see: Any) -> None:
    text = see("/run/board/")
    assert "nobody has agreed on them" in text
    assert "#move" not in text
    assert "run/board.js" not in text
