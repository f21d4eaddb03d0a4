"""What the pages of drafting show: the round, the drafts one may see, the differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings

from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.discrepancy import Side as Written
from onefunnel.agreement.compare.matching import Match, match_stages
from onefunnel.agreement.compare.settle import Choice
from onefunnel.agreement.compare.settle import Decision as Settled
from onefunnel.agreement.compare.together import Link, groups, links
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.yaml_text import read_yaml
from onefunnel.measures.differences import (
    Difference,
    Differences,
    Side,
    Touched,
    difference_records,
    differences,
)
from onefunnel.measures.result import Records
from onefunnel.server.agree.models import Decision, Draft, Round
from onefunnel.server.people.models import Person, Team
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

_CHOICES: dict[str, Choice] = {
    Decision.ONE: "ours", Decision.OTHER: "theirs", Decision.NEW: "new",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One discrepancy as its card shows it; `decided` is the decision that counts now."""

    discrepancy: Discrepancy
    touched: Touched | None
    one_only: Touched | None
    other_only: Touched | None
    note: str
    decided: Decision | None
    takes_words: bool
    #: Cards that this one hangs on, each with why.
    hangs_on: tuple[tuple[Card, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """The cards of one thing of the agreement, and of what hangs on it."""

    cards: tuple[Card, ...]

    @property
    def number(self) -> int:
        return self.cards[0].discrepancy.number

    @property
    def open(self) -> int:
        return sum(card.decided is None for card in self.cards)

    @property
    def where(self) -> str:
        """Its things in words, each once."""
        return ", ".join(dict.fromkeys(card.discrepancy.where for card in self.cards))


@dataclass(frozen=True)
class OneSided:
    """The open cards in which only one team wrote something; `choice` takes what it wrote."""

    choice: str
    team: str
    other: str
    cards: tuple[Card, ...]


def round_going_on() -> Round | None:
    """The round of drafting that goes on; None where none does."""
    return Round.objects.filter(is_open=True).first()


def last_ended() -> Round | None:
    """The round that ended last; None where none has."""
    ended = Round.objects.filter(is_open=None).select_related("closed_by", "version")
    return ended.order_by("-closed_at", "-pk").first()


def draft_of(going_on: Round, team: str) -> Draft | None:
    """The draft of a team in a round."""
    return going_on.drafts.filter(team=team).select_related("changed_by", "handed_in_by").first()


def are_both_in(going_on: Round) -> bool:
    """Whether both drafts are handed in, so that each side may see the other's."""
    return all(draft.handed_in_at for draft in going_on.drafts.all())


def may_see(draft: Draft, person: Person) -> bool:
    """Drafts are blind: a team sees its own, everybody sees both once both are handed in."""
    return draft.team == person.team or are_both_in(draft.round)


def sides(going_on: Round) -> tuple[Draft, Draft]:
    """The two drafts, the first team's first."""
    by_team = {draft.team: draft for draft in going_on.drafts.all()}
    return by_team[going_on.one], by_team[going_on.other]


def read(draft: Draft) -> Agreement:
    """What a draft says."""
    return _read(draft.text, f"the draft of {Team(draft.team).label}")


def compared(going_on: Round) -> tuple[tuple[Discrepancy, ...], tuple[Match, ...]]:
    """Every discrepancy between the two drafts, and which stage was taken for which."""
    found = _measured(going_on)
    return tuple(one.discrepancy for one in found.differences), found.matches


def cards(going_on: Round) -> tuple[list[Card], Differences]:
    """The discrepancies with what each touches and how it was decided."""
    found = _measured(going_on)
    decided = {one.key: one for one in going_on.decisions.select_related("decided_by")}
    return [_card(each, decided.get(each.discrepancy.key)) for each in found.differences], found


def one_sided(going_on: Round, found: Iterable[Card]) -> list[OneSided]:
    """What can be settled together: for each team what it alone wrote, if more than one."""
    teams = {Decision.ONE: Team(going_on.one).label, Decision.OTHER: Team(going_on.other).label}
    is_open = [card for card in found if card.decided is None]
    return [
        OneSided(choice, teams[choice], teams[other], mine)
        for choice, other in ((Decision.ONE, Decision.OTHER), (Decision.OTHER, Decision.ONE))
        if len(mine := tuple(c for c in is_open if c.discrepancy.only_by == _CHOICES[choice])) > 1
    ]


def of_words(found: Iterable[Card]) -> list[Card]:
    """The open cards in which both wrote words that only people read, if more than one."""
    cards = [card for card in found if card.decided is None and card.discrepancy.is_of_words]
    return cards if len(cards) > 1 else []


def grouped(going_on: Round, found: Iterable[Card]) -> list[Group]:
    """The cards by the thing they are about; what hangs on each other stands in one group."""
    by_key = {card.discrepancy.key: card for card in found}
    hanging, together = _groups(going_on, [card.discrepancy for card in by_key.values()])
    on: dict[str, list[tuple[Card, str]]] = {}
    for link in hanging:
        on.setdefault(link.one, []).append((by_key[link.other], link.why))
        on.setdefault(link.other, []).append((by_key[link.one], link.why))
    return [
        Group(tuple(replace(by_key[e.key], hangs_on=tuple(on.get(e.key, ()))) for e in group))
        for group in together
    ]


def belong_together(
    going_on: Round, chosen: Sequence[Discrepancy], side_of: Mapping[str, Written]
) -> bool:
    """Whether one reason can settle them all: they are of one thing, or in each the team whose text
    is taken is the only one that wrote, or both wrote words that only people read."""
    if all(each.is_of_words or each.only_by == side_of[each.key] for each in chosen):
        return True
    keys = {each.key for each in chosen}
    _, together = _groups(going_on, compared(going_on)[0])
    return any(keys <= {each.key for each in group} for group in together)


def _groups(
    going_on: Round, found: Sequence[Discrepancy]
) -> tuple[tuple[Link, ...], tuple[tuple[Discrepancy, ...], ...]]:
    one, other = sides(going_on)
    hanging = links(found, read(one), read(other))
    return hanging, groups(found, hanging)


def decisions_of(decisions: Iterable[Decision]) -> dict[str, Settled]:
    """The decisions that count, as the library settles by them: the last of each key."""
    return {one.key: Settled(_CHOICES[one.choice], one.text) for one in decisions}


def list_of(going_on: Round, key: str, side: Side, currency: str | None = None) -> Records:
    """The leads (or, with a currency, the deals) behind a card's number.

    Raises:
        LookupError: there is no such card, or it concerns no leads.
    """
    facts = warehouse.current_facts()
    found, _ = compared(going_on)
    discrepancy = next((each for each in found if each.key == key), None)
    if discrepancy is None:
        raise LookupError("there is no such difference between the drafts")
    one, other = sides(going_on)
    return difference_records(facts, read(one), read(other), discrepancy, side, currency=currency)


_kept = Kept(4)


def _measured(going_on: Round) -> Differences:
    one, other = sides(going_on)
    facts, version = warehouse.current_data()  # one look: the answer is kept by this version
    ours, theirs = read(one), read(other)

    def counted() -> Differences:
        if "moves" not in facts:
            return _without_leads(ours, theirs)
        return differences(facts, ours, theirs)

    return _kept.get((str(settings.WORKSPACE), version, one.text, other.text), counted)


def _without_leads(ours: Agreement, theirs: Agreement) -> Differences:
    matches = match_stages(ours, theirs)
    found: Sequence[Discrepancy] = compare(ours, theirs, matches=matches)
    return Differences(
        matches=matches,
        differences=tuple(Difference(each, None, None, None) for each in found),
        as_of=None,
        notes=("There is no data yet, so no leads and no money are counted.",),
    )


def _card(each: Difference, decided: Decision | None) -> Card:
    found = each.discrepancy
    return Card(
        discrepancy=found, touched=each.touched, one_only=each.ours_only,
        other_only=each.theirs_only, note=each.note, decided=decided,
        takes_words=bool(found.field) and found.field != "order",
    )  # fmt: skip


@lru_cache(maxsize=16)
def _read(text: str, name: str) -> Agreement:
    return read_yaml(text, name)
