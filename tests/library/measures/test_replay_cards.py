"""Hand-over cards of two versions over the same leads: who passes, who is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.facts.store import Facts
from onefunnel.measures.replay_cards import Passed, replay_card_records, replay_cards
from tests.library.measures.log_t import agreement_of, facts_of

CARD = Handover("To sales", "marketing", "sales", "MQL")
FIGURES = get_args(Passed)


def with_card(**change: Any) -> Agreement:
    return replace(agreement_of(), handovers=(replace(CARD, **change),))


def lists(facts: Facts, before: Agreement, after: Agreement) -> list[str]:
    """The leads behind each count of the first card, as letters; each count is that of its list."""
    card, found = replay_cards(facts, before, after)[0], []
    for figure in FIGURES:
        table = replay_card_records(facts, before, after, 0, figure).table
        leads = sorted(table.to_pyarrow()["lead_id"].to_pylist())
        assert getattr(card, figure) == len(leads), figure
        found.append("".join(leads))
    return found


def test_data_and_test_of_a_card_pass_and_refuse_by_name() -> None:
    """To MQL came A, C, D, E, F and H; the old card asks for a country, the new one for the UK or
    a company."""
    facts = facts_of(country={"A": "UK", "C": "DE", "E": "UK"}, company={"A": "X", "D": "Y"})
    old, wider = with_card(required=("country",)), with_card(required=("company",))
    assert lists(facts, old, wider) == ["A", "CE", "D", "FH"]
    narrow = with_card(required=("country",), accepted_when="country = 'UK'")
    assert lists(facts, old, narrow) == ["AE", "C", "", "DFH"]
    assert lists(facts, with_card(), with_card()) == ["ACDEFH", "", "", ""]


def test_a_card_at_another_stage_is_asked_of_those_who_came_to_either() -> None:
    assert lists(facts_of(), with_card(), with_card(at_stage="SQL")) == ["ACF", "DEH", "B", ""]


def test_a_new_card_and_one_that_cannot_be_read() -> None:
    none = replace(agreement_of(), handovers=())
    (card,) = replay_cards(facts_of(), none, with_card())
    assert (card.before, card.after, card.passed_after) == (None, "To sales", 6)
    (bad,) = replay_cards(facts_of(), with_card(), with_card(required=("size",)))
    assert "there is no column 'size'" in bad.problem
    for place in (0, 1, -1):
        with pytest.raises(LookupError):
            replay_card_records(facts_of(), with_card(), with_card(required=("size",)), place,
                                "passed_both")  # fmt: skip
