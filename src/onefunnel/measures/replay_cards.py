"""Which leads would the hand-over cards of another version have passed, and which refused?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import ibis

from onefunnel.agreement.compare.pairing import folded, paired
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.facts.sql_text import identifier
from onefunnel.facts.store import Facts
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data
from onefunnel.measures.steps.defined import Rule, meeting, problem_of
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

Passed = Literal["passed_both", "passed_before", "passed_after", "refused_both"]


@dataclass(frozen=True)
class CardReplay:
    """A card under both versions, over the leads that came to the stage of either; a name is None
    where a version has no such card.

    Each lead is in one count: it passed both cards (required data and acceptance test), the old
    one only, the new one only, or neither. `problem` says why they cannot be counted.
    """

    before: str | None
    after: str | None
    passed_both: int = 0
    passed_before: int = 0
    passed_after: int = 0
    refused_both: int = 0
    problem: str = ""


@dataclass(frozen=True)
class _Rules:
    """What brings a lead to a card, and what lets it pass."""

    due: Rule
    passed: Rule


def replay_cards(
    facts: Facts, before: Agreement, after: Agreement, *, scope: Scope | None = None
) -> tuple[CardReplay, ...]:
    """Each card of either version, in order, with what both would have done to the leads.

    A lead came to a card if a move of it enters the card's stage, and passed if at such a move the
    required data are known and the acceptance test holds; data are those known now.

    Raises:
        MissingFacts: there are no moves.
    """
    asked = as_of_data(facts, scope or Scope())
    return tuple(
        _counted(facts, before, after, one, other, asked) for one, other in _pairs(before, after)
    )


def replay_card_records(
    facts: Facts,
    before: Agreement,
    after: Agreement,
    place: int,
    figure: Passed,
    *,
    scope: Scope | None = None,
) -> Records:
    """The leads behind a count of the card at that place. Raises LookupError."""
    pairs = _pairs(before, after)
    if not 0 <= place < len(pairs):
        raise LookupError("the replay has no such card")
    rules = [_rules(side, card) for side, card in zip((before, after), pairs[place], strict=True)]
    if _problem(facts, rules):
        raise LookupError("its leads cannot be counted")
    leads = _judged(facts, rules, as_of_data(facts, scope or Scope()))
    return Records(leads.filter(leads["judged"] == figure).select("lead_id"))


def _pairs(before: Agreement, after: Agreement) -> list[tuple[Handover | None, Handover | None]]:
    def name(card: Handover) -> str:
        return folded(card.name)

    def sides(card: Handover) -> tuple[str, str]:
        return folded(card.from_team), folded(card.to_team)

    found = paired(before.handovers, after.handovers, [(name, name), (sides, sides)])
    return [(pair.ours, pair.theirs) for pair in found]


def _rules(agreement: Agreement, card: Handover | None) -> _Rules:
    stage = next((one for one in agreement.stages if card and one.name == card.at_stage), None)
    if card is None or stage is None or not stage.when.strip():
        return _Rules(Rule("moves", ()), Rule("moves", ()))
    due = (stage.when,)
    known = tuple(f"{identifier(column)} IS NOT NULL" for column in card.required)
    test = (card.accepted_when,) if card.accepted_when.strip() else ()
    return _Rules(Rule("moves", due), Rule("moves", (*due, *known, *test)))


def _problem(facts: Facts, rules: Sequence[_Rules]) -> str:
    return next((why for one in rules if (why := problem_of(facts, one.passed))), "")


def _judged(facts: Facts, rules: Sequence[_Rules], scope: Scope) -> ir.Table:
    """The leads that came to either card, each with the one figure it counts in."""
    asked = {
        f"{what}_{side}": getattr(one, what)
        for side, one in zip(("before", "after"), rules, strict=True)
        for what in ("due", "passed")
    }
    leads = meeting(facts, asked, scope)
    leads = leads.filter(leads["due_before"] | leads["due_after"])
    before, after = leads["passed_before"], leads["passed_after"]
    judged = ibis.cases(
        (before & after, "passed_both"), (before, "passed_before"), (after, "passed_after"),
        else_="refused_both",
    )  # fmt: skip
    return leads.select("lead_id", judged=judged)


def _counted(
    facts: Facts,
    before: Agreement,
    after: Agreement,
    one: Handover | None,
    other: Handover | None,
    scope: Scope,
) -> CardReplay:
    found = CardReplay(one.name if one else None, other.name if other else None)
    rules = [_rules(before, one), _rules(after, other)]
    if why := _problem(facts, rules):
        return replace(found, problem=why)
    leads = _judged(facts, rules, scope)
    counts = {row["judged"]: int(row["n"]) for row in rows(
        leads.group_by("judged").agg(n=leads.count())
    )}  # fmt: skip
    return replace(
        found,
        passed_both=counts.get("passed_both", 0),
        passed_before=counts.get("passed_before", 0),
        passed_after=counts.get("passed_after", 0),
        refused_both=counts.get("refused_both", 0),
    )
