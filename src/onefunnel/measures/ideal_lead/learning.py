"""Who is the ideal lead? What leads that were won had in common when they came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.ideal_lead.choosing import Card, choose
from onefunnel.measures.ideal_lead.judged import CutPoint, Judged, RuleResult, curve, cut, judge
from onefunnel.measures.ideal_lead.judged import result_of as rule_result
from onefunnel.measures.ideal_lead.leaks import leaks
from onefunnel.measures.ideal_lead.sample import Sample, TooFewWins, sample_of, told_leads
from onefunnel.measures.ideal_lead.traits import Trait, candidates
from onefunnel.measures.scope import Scope
from onefunnel.statistics.calibration import auc, stability_index

#: So many wins are needed to learn, and so many among the later leads to judge.
FEWEST_WINS, FEWEST_LATER = 40, 15
#: The part of the leads that is learnt from, by time.
LEARN_SHARE = 0.7
#: A rule in force that lets through between these shares says at which volume to cut.
_NARROW, _WIDE = 0.02, 0.98
_SEED = 20_260_101
_FAIR = ("country", "region", "segment")
_FOUR_FIFTHS = 0.8
_FEWEST_OF_A_GROUP = 30


@dataclass(frozen=True)
class Line:
    """One line of the card: `of` the leads that have the trait `won`, of the `others` `others_won`;
    over all leads of the sample."""

    trait: Trait
    points: int
    of: RuleResult
    others: RuleResult


@dataclass(frozen=True)
class Fairness:
    """How a group of leads fares: which share has the points, and its ratio to the largest such
    share; `is_low` where that is below four fifths (a screen, not a verdict)."""

    column: str
    group: str
    n: int
    through_share: float
    ratio: float
    is_low: bool


@dataclass(frozen=True)
class IdealLead:
    """What was learnt.

    Attributes:
        sample: The leads it rests on.
        split: Which of them were learnt from, and which judge.
        refused: Columns that were not learnt from, and why.
        lines: The card: empty where no trait tells winners from losers.
        least: So many points make an ideal lead. `rule` is that as a definition.
        judged: The card on leads that came later than those it was learnt from.
        random_auc: The same at random instead of later: what would have been shown by mistake.
        curve: Volume against precision, on the later leads.
        drift: The stability index of the points, of later leads against those learnt from.
        fairness: Groups of country, region and segment.
        notes: What it cannot tell.
    """

    sample: Sample
    split: Split
    refused: Mapping[str, str]
    card: Card | None
    lines: tuple[Line, ...]
    least: int
    rule: str
    judged: Judged | None
    random_auc: float | None
    curve: tuple[CutPoint, ...]
    drift: float | None
    fairness: tuple[Fairness, ...]
    notes: tuple[str, ...]


def ideal_lead(
    facts: Facts,
    agreement: Agreement,
    scope: Scope | None = None,
    *,
    stage: str = "",
    days: int | None = None,
    allowed: Collection[str] = (),
) -> IdealLead:
    """What leads that were won had in common when they came into a stage.

    See `told_leads` for which leads and how long they have; `allowed` are columns that are known in
    time although they look as if they were not.

    Raises:
        TooFewWins: there is too little to learn from; MissingFacts; KeyError: no such stage.
    """
    told = told_leads(facts, agreement, scope or Scope(), stage=stage, days=days)
    return learn(sample_of(facts, told), allowed)


def learn(sample: Sample, allowed: Collection[str] = ()) -> IdealLead:
    """The card of a sample: learnt from the earlier leads, judged by the later ones.

    A lead is learnt from only if its outcome was known before the first of the later ones came;
    accounts that were learnt from do not judge.

    Raises:
        TooFewWins: too few were won, or all.
    """
    wins = int(sample.won.sum())
    rare = min(wins, len(sample) - wins)
    if rare < FEWEST_WINS:
        what = "leads were won in time" if wins == rare else "leads were not won"
        raise TooFewWins(rare, FEWEST_WINS, what)
    refused = leaks(sample, allowed)
    usable = [name for name in sample.columns if name not in refused]
    split, notes = _split(sample)
    early, later = split.parts(sample)
    if later is None:
        notes = (*notes, _NOT_JUDGED)
    card = choose(early, candidates(early, usable))
    if card is None:
        nothing = "No trait tells winners from losers: what they have in common is not in the data."
        return IdealLead(
            sample, split, refused, None, (), 0, "", None, None, (), None, (), (*notes, nothing)
        )
    now = float(early.passed.mean())
    volume = now if _NARROW < now < _WIDE else None
    least = cut(curve(card, early), volume)
    judged = None
    if later is not None:
        judged = judge(card, least, later)
    lines = tuple(
        Line(trait, points, *_with_and_without(trait, sample))
        for trait, points in zip(card.traits, card.points, strict=True)
    )
    return IdealLead(
        sample=sample,
        split=split,
        refused=refused,
        card=card,
        lines=lines,
        least=least,
        rule=card.rule(least),
        judged=judged,
        random_auc=_at_random(sample, usable),
        curve=curve(card, later if later is not None else sample),
        drift=_drift(card, early, later),
        fairness=_fairness(card, least, sample),
        notes=(*notes, _SELECTED),
    )


_SELECTED = (
    "What became of a lead is known only of those somebody worked: what leads that were turned "
    "away would have become is not in the data."
)


@dataclass(frozen=True)
class Split:
    """Leads that came up to `learnt_to` are learnt from, those from `later_from` on judge."""

    learnt_to: datetime
    later_from: datetime

    def parts(self, sample: Sample) -> tuple[Sample, Sample | None]:
        """The leads to learn from and those to judge by; None where these are too few."""
        early = sample.part(sample.at <= np.datetime64(self.learnt_to, "us"))
        is_late = sample.at >= np.datetime64(self.later_from, "us")
        later = sample.part(is_late & ~np.isin(sample.account, early.account))
        rare = min(int(later.won.sum()), int((~later.won).sum()))
        return early, later if rare >= FEWEST_LATER else None


_NOT_JUDGED = (
    "Too few of the later leads were won, or were not, to tell how the points fare on them: they "
    "are not judged."
)
_SHORT = (
    "History is short: some outcomes that were learnt from were not known yet when the later leads "
    "came in."
)


def _split(sample: Sample) -> tuple[Split, tuple[str, ...]]:
    """Where time is cut; and a note where history is too short to wait for the outcomes."""
    edge: datetime = sample.at[int(len(sample) * LEARN_SHARE)].item()
    known = edge - timedelta(days=sample.days)
    if int(sample.won[sample.at <= np.datetime64(known, "us")].sum()) >= FEWEST_WINS:
        return Split(known, edge), ()
    return Split(edge - timedelta(microseconds=1), edge), (_SHORT,)


def _with_and_without(trait: Trait, sample: Sample) -> tuple[RuleResult, RuleResult]:
    holds = trait.holds(sample)
    return rule_result(holds, sample.won), rule_result(~holds, sample.won)


def _at_random(sample: Sample, usable: list[str]) -> float | None:
    """The AUC of a card that is learnt from accounts at random and judged by the others."""
    accounts = np.unique(sample.account)
    draw = np.random.default_rng(_SEED).permutation(accounts)[: int(len(accounts) * LEARN_SHARE)]
    inside = np.isin(sample.account, draw)
    learnt, other = sample.part(inside), sample.part(~inside)
    rare = min(int(other.won.sum()), int((~other.won).sum()))
    if rare < FEWEST_LATER or not 0 < int(learnt.won.sum()) < len(learnt):
        return None
    card = choose(learnt, candidates(learnt, usable))
    return auc(card.sums(other), other.won) if card is not None else None


def _drift(card: Card, early: Sample, later: Sample | None) -> float | None:
    if later is None:
        return None
    levels = np.unique(np.r_[card.sums(early), card.sums(later)])
    shares = [
        np.bincount(np.searchsorted(levels, card.sums(part)), minlength=len(levels)) / len(part)
        for part in (early, later)
    ]
    return stability_index(*shares)[0]


def _fairness(card: Card, least: int, sample: Sample) -> tuple[Fairness, ...]:
    through = card.sums(sample) >= least
    found: list[Fairness] = []
    for name in _FAIR:
        column = sample.columns.get(name)
        if column is None or column.type != "text":
            continue
        texts = np.where(column.known, column.values, "").astype(str)
        groups, counts = np.unique(texts, return_counts=True)
        shares = {
            str(group): (int(n), float(through[texts == group].mean()))
            for group, n in zip(groups, counts, strict=True)
            if group and n >= _FEWEST_OF_A_GROUP
        }
        top = max((share for _, share in shares.values()), default=0.0)
        if len(shares) < 2 or top == 0:
            continue
        found += [
            Fairness(name, group, n, share, share / top, share / top < _FOUR_FIFTHS)
            for group, (n, share) in sorted(shares.items(), key=lambda one: one[1][1])
        ]
    return tuple(found)
