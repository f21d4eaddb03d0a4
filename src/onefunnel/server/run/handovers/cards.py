"""The hand-over cards of the agreement: who owes what, and whether a lead meets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover as Card
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.qualify import SAID_BY_MOVES
from onefunnel.facts.declaration import Type
from onefunnel.server.agree import queries as agree
from onefunnel.server.run.tracker.book import current_book

Row = Mapping[str, object]


class NoAgreementInForce(Exception):
    """Nothing is agreed yet, so nobody can say who hands what to whom."""

    def __init__(self) -> None:
        super().__init__(
            "No version of the agreement is in use, so there is no hand-over card to go by. "
            "Put one into use under Agree first."
        )


class NoSuchCard(LookupError):
    """The version in force has no hand-over card of that name. The text says which it has."""


class CardUnreadable(Exception):
    """A condition of the card cannot be read against the columns there are."""


@dataclass(frozen=True)
class Terms:
    """The agreement in force at a moment: by which text a handover is made."""

    agreement: Agreement
    version: str
    digest: str

    def card(self, name: str) -> Card:
        """The card of that name. Raises NoSuchCard."""
        for card in self.agreement.handovers:
            if card.name == name:
                return card
        known = ", ".join(f"“{card.name}”" for card in self.agreement.handovers) or "none"
        raise NoSuchCard(f"Version {self.version} has no hand-over card “{name}”. It has: {known}.")

    def cards_at(self, stage: str) -> tuple[Card, ...]:
        """The cards that entering a stage makes due."""
        return tuple(card for card in self.agreement.handovers if card.at_stage == stage)


def terms_in_force(*, at: datetime) -> Terms:
    """The terms in force at that moment. Raises NoAgreementInForce."""
    found = agree.version_in_use(at=at)
    if found is None:
        raise NoAgreementInForce
    agreement = agree.agreement_of_version(found)
    return Terms(agreement, agreement.version, found[1])


def terms_of(digest: str) -> Terms | None:
    """The terms a handover was made under."""
    for version in agree.versions():
        if version.digest == digest:
            return Terms(agree.agreement_of(version), str(version.number), digest)
    return None


def missing(card: Card, lead: Row) -> tuple[str, ...]:
    """The required columns that hold nothing for this lead."""
    return tuple(
        column for column in card.required
        if (value := lead.get(column)) is None or (isinstance(value, str) and not value.strip())
    )  # fmt: skip


def failing(card: Card, lead: Row, *, at: datetime) -> tuple[str, ...]:
    """The clauses of the acceptance test that do not hold, in words; none where it is passed."""
    predicate = _test(card, at)
    if predicate is None:
        return ()
    record = {name: lead.get(name) for name in predicate.columns}
    try:
        if predicate.matches(record):
            return ()
        explained = predicate.explain(record)
    except (TypeError, ValueError) as wrong:
        raise CardUnreadable(
            f"The card “{card.name}” cannot be put to this lead: {wrong}"
        ) from wrong
    return tuple(said for said, holds in explained if not holds) or (predicate.sentence(),)


def clauses(terms: Terms, card: Card, *, at: datetime) -> tuple[str, ...]:
    """What a rejection can point at: the clauses of the stage's definition, of the test, and of
    the stages before it, by which the lead was qualified; met or not, for a clause that is met can
    let in what it should not. What only a move says ("the stage is MQL") is none of the latter.
    """
    return tuple(said for said, _ in _put(terms, card, {}, at))


def unmet(terms: Terms, card: Card, lead: Row, *, at: datetime) -> tuple[str, ...]:
    """Those of the clauses that do not hold for the lead."""
    return tuple(said for said, holds in _put(terms, card, lead, at) if not holds)


def _put(terms: Terms, card: Card, lead: Row, at: datetime) -> list[tuple[str, bool | None]]:
    """Each clause that can be read, once, and whether it holds."""
    stage = next((one for one in terms.agreement.stages if one.name == card.at_stage), None)
    found: dict[str, bool | None] = {}
    for text in (stage.when if stage else "", card.accepted_when):
        try:
            predicate = _parsed(text, at)
            if predicate is not None:
                record = {name: lead.get(name) for name in predicate.columns}
                found |= predicate.explain(record)
        except (PredicateError, TypeError, ValueError):
            continue
    for text in _earlier(terms.agreement, card.at_stage):
        try:
            predicate = _parsed(text, at)
            if predicate is not None:
                record = {name: lead.get(name) for name in predicate.columns}
                for said, holds, columns in predicate.conditions(record):
                    if not columns <= SAID_BY_MOVES:
                        found.setdefault(said, holds)
        except (PredicateError, TypeError, ValueError):
            continue
    return list(found.items())


def _earlier(agreement: Agreement, stage: str) -> list[str]:
    """The definitions of the stages that a lead goes through before a stage, the last one first."""
    path = list(agreement.success_path)
    names = [one.name for one in path]
    if stage not in names:
        return []
    return [one.when for one in reversed(path[: names.index(stage)])]


def holds(text: str, lead: Row, *, at: datetime) -> bool:
    """Whether a lead satisfies a condition; one that cannot be read holds for nobody."""
    try:
        predicate = _parsed(text, at)
        return predicate is None or predicate.matches(
            {name: lead.get(name) for name in predicate.columns}
        )
    except (PredicateError, TypeError, ValueError):
        return False


def check_condition(text: str, *, at: datetime) -> str:
    """The condition in words; empty for none. Raises PredicateError."""
    predicate = _parsed(text, at)
    return predicate.sentence() if predicate else ""


def _test(card: Card, at: datetime) -> Predicate | None:
    try:
        return _parsed(card.accepted_when, at)
    except PredicateError as wrong:
        raise CardUnreadable(f"The card “{card.name}” cannot be read: {wrong}") from wrong


def _parsed(text: str, at: datetime) -> Predicate | None:
    if not text.strip():
        return None
    return _kept(text, tuple(sorted(current_book(at=at).rules.columns.items())))


@lru_cache(maxsize=256)
def _kept(text: str, columns: tuple[tuple[str, Type], ...]) -> Predicate:
    return parse(text, dict(columns))
