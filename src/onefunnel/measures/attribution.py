"""Attribution: which touches are credited with what was won, under every rule side by side?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.attribution_words import sentence
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps import counted_wins
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.credit_list import SHOWN, given_to, summing_to, weighted
from onefunnel.measures.steps.credit_policy import Policy, policy_of
from onefunnel.measures.steps.credited import RULES, Credited, credited, split_of, steady
from onefunnel.measures.steps.groups import NONE
from onefunnel.measures.steps.opportunities import (
    opportunities,
    touches_before,
    won_opportunities,
)
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import MIN_LEADS, too_few
from onefunnel.measures.steps.worked_out import once
from onefunnel.statistics.bootstrap import middle_95, resampled_sums
from onefunnel.statistics.split import round_to_total

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: The row of what was won without any touch that is known.
UNASSIGNED = "(no touch known)"
#: Credit is told to the thousandth of an opportunity.
PLACES = 3
CREDITS = tuple(f"{rule}_credit" for rule in RULES)
COLUMNS = (
    "leads", *CREDITS, "lowest_credit", "highest_credit", "credit_share", "low", "high", "n",
    "note",
)  # fmt: skip
FIGURES = (
    "leads", *CREDITS, "lowest_credit", "highest_credit", "n", "won", "without_touch", "lost",
    *counted_wins.FIGURES,
)  # fmt: skip


#: By group and rule what was credited.
Told = Mapping[str, Mapping[str, Decimal]]
#: Which rows of a table are meant.
Only = Callable[["ir.Table"], "ir.Table"] | None


@dataclass(frozen=True)
class Made:
    """The opportunities of a question, the touches before them, and the credit of each group."""

    by: str
    policy: Policy
    decided: ir.Table
    before: ir.Table
    arrays: Credited
    credits: Mapping[str, list[Decimal]]


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per channel (or campaign, tactic, ...) and one for what was won without a touch.

    *_credit: opportunities won that the rule credits to the touches of the row, to the thousandth;
    each rule's column sums exactly to all that was won. lowest_, highest_credit: the range of the
    rules. credit_share: the row's share of what has a touch, under the agreed rule, with its 95 %
    interval by drawing accounts again. n: opportunities won with such a touch. leads: leads touched
    in the period. A period selects by the day of the win. Markov compares won with lost journeys;
    open ones are in neither.
    """
    made = make(facts, agreement, scope)
    touched = _leads(facts, scope, made.by)
    result = _rows(made, touched)
    without = int((made.arrays.is_won & ~made.arrays.has_touch).sum())
    won = int(made.arrays.is_won.sum())
    lost = int((~made.arrays.is_won & made.arrays.has_touch).sum())
    result.append(_unassigned(made.by, without))
    totals = {"won": won, "without_touch": without, "lost": lost}
    beside: tuple[str, ...] = ()
    if counted_wins.differ(facts):
        counts = _counts(facts, agreement, scope)
        totals |= {name: n for name, n in counts.items() if n or name == "won_leads"}
        beside = (counted_wins.explained(won, counts),)
    return Figures(
        columns=(made.by, *COLUMNS),
        rows=tuple(result),
        sentence=sentence(result[:-1], made.by, made.policy.rule, won),
        totals=totals,
        notes=(
            *beside,
            *made.policy.notes,
            "Credit, not cause: it says who was there before the win, not who brought it about.",
            f"By the day of the win. Markov compares with {lost:,} lost journeys; open ones are in "
            "no rule.",
        ),
    )


def _counts(facts: Facts, agreement: Agreement, scope: Scope) -> dict[str, int]:
    tables = counted_wins.wins(facts, agreement, scope)
    each = [one.aggregate(n=one.count()).mutate(part=ibis.literal(name))
            for name, one in tables.items()]  # fmt: skip
    found = {row["part"]: int(row["n"]) for row in rows(ibis.union(*each))}
    return {name: found[name] for name in tables}


def make(facts: Facts, agreement: Agreement, scope: Scope) -> Made:
    """The opportunities of the question and what each group is credited with."""
    by = split_of(facts, scope)
    policy = policy_of(agreement)
    decided = opportunities(facts, agreement, scope)
    before = touches_before(facts, decided, by, policy.window_days)
    arrays = credited(decided, before, None, None)
    with_touch = Decimal(int((arrays.is_won & arrays.has_touch).sum()))
    one = np.ones(len(arrays.is_won))
    shared = {
        rule: round_to_total(steady(arrays.sums(rule, one)), with_touch, PLACES)
        if arrays.groups and with_touch
        else [Decimal(0)] * len(arrays.groups)
        for rule in RULES
    }
    return Made(by, policy, decided, before, arrays, shared)


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The opportunities that give the credit, each with its part; or those counted, or leads."""
    if figure not in FIGURES:
        raise UnknownFigure("attribution", figure, FIGURES)
    by, group = split_of(facts, scope), row.get(split_of(facts, scope))
    if figure == "leads":
        return Records(_touched(facts, scope, by).filter(lambda t: t["group"] == group))
    if figure in counted_wins.FIGURES:
        if not counted_wins.differ(facts):
            raise UnknownFigure("attribution", figure, FIGURES)
        return Records(counted_wins.wins(facts, agreement, scope)[figure])
    window = policy_of(agreement).window_days
    if figure == "lost":
        decided = opportunities(facts, agreement, scope)
        lost = decided.filter(~decided["is_won"])
        return Records(
            lost.semi_join(touches_before(facts, decided, by, window), "journey").select(*SHOWN)
        )
    won = won_opportunities(facts, agreement, scope)
    before = touches_before(facts, won, by, window)
    if figure == "without_touch" or group == UNASSIGNED:
        return Records(won.anti_join(before, "journey").select(*SHOWN))
    if figure == "won" or group is None:
        return Records(won.select(*SHOWN))
    if figure == "n":
        return Records(with_group(won, before, group))
    given = told_of(facts, agreement, scope)
    if group not in given:
        raise UnknownFigure("attribution", f"{figure} of {group}", FIGURES)
    rule = rule_of(figure.removesuffix("_credit"), given[group])
    shares = gave(won, before, rule, group)
    listed = summing_to(shares, given[group][rule], PLACES, "credit")
    return Records(listed, sum_column="credit")


def told_of(facts: Facts, agreement: Agreement, scope: Scope) -> Told:
    """By group and rule the credit that was told of it; worked out once for the same facts."""

    def made() -> Told:
        of = make(facts, agreement, scope)
        return {
            group: {rule: of.credits[rule][place] for rule in RULES}
            for place, group in enumerate(of.arrays.groups)
        }

    return once(facts, ("attribution", agreement.digest, scope), made)


def rule_of(name: str, of_rules: Mapping[str, Decimal]) -> str:
    """The rule of a figure's name; of the lowest or highest credit the rule that gives it."""
    if name in of_rules:
        return name
    choose = {"lowest": min, "highest": max}[name]
    return choose(of_rules, key=lambda rule: of_rules[rule])


def gave(
    decided: ir.Table, before: ir.Table, rule: str, group: str, only: Only = None, of: str = ""
) -> ir.Table:
    """What each opportunity gave to a group by the touches that `only` chooses, of its `of`.

    Markov shares out each opportunity alike: by removal effect.
    """
    if rule == "markov":
        touched = decided.filter(decided["is_won"]).semi_join(before, "journey")
        return touched.select("journey", *SHOWN, given=ibis.literal(1.0))
    shares = weighted(before, rule)
    return given_to(only(shares) if only else shares, group, of)


def with_group(decided: ir.Table, before: ir.Table, group: str) -> ir.Table:
    """What was won with a touch of the group."""
    theirs = before.filter(before["group"] == group)
    return decided.filter(decided["is_won"]).semi_join(theirs, "journey").select(*SHOWN)


def _leads(facts: Facts, scope: Scope, by: str) -> dict[str, int]:
    touched = _touched(facts, scope, by)
    return {
        row["group"]: row["leads"]
        for row in rows(touched.group_by("group").agg(leads=touched.count()))
    }


def _touched(facts: Facts, scope: Scope, by: str) -> ir.Table:
    """Each lead and group once, where the group touched the lead in the period."""
    touches = in_period(facts["touches"], scope, "at")
    if scope.as_of is not None:
        touches = touches.filter(touches["at"].isnull() | (touches["at"] <= scope.as_of))
    touches = matching(touches.filter(touches["lead_id"].notnull()), facts, scope.where)
    group = touches[by].cast("string").strip().nullif("").fill_null(NONE)
    return touches.select("lead_id", group=group).distinct()


def _rows(made: Made, touched: Mapping[str, int]) -> list[dict[str, Any]]:
    arrays, rule = made.arrays, made.policy.rule
    n = arrays.won_with()
    shares = _shares(arrays, rule)
    result = []
    for place, group in enumerate(arrays.groups):
        given = {f"{one}_credit": made.credits[one][place] for one in RULES}
        result.append(
            {made.by: group, "leads": touched.get(group, 0), **given}
            | {"lowest_credit": min(given.values()), "highest_credit": max(given.values())}
            | (shares[place] if n[place] >= MIN_LEADS else dict.fromkeys(_SHARE))
            | {"n": int(n[place]), "note": "" if n[place] >= MIN_LEADS else too_few(int(n[place]))}
        )
    return sorted(result, key=lambda row: (-row[f"{rule}_credit"], row[made.by]))


_SHARE = ("credit_share", "low", "high")


def _shares(arrays: Credited, rule: str) -> list[dict[str, Any]]:
    """Each group's share of what has a touch, with its interval over accounts."""
    one = np.ones(len(arrays.is_won))
    sums = arrays.sums(rule, one)
    whole = sums.sum()
    if not whole:
        return [dict.fromkeys(_SHARE) for _ in arrays.groups]
    if rule == "markov":  # removal effects are of the whole, no account has its own part in them
        return [dict.fromkeys(_SHARE) | {"credit_share": one} for one in steady(sums / whole)]
    values = arrays.by_account(rule, one)
    drawn = resampled_sums(values)
    drawn = drawn / drawn.sum(axis=1, keepdims=True)
    found = []
    for place in range(len(arrays.groups)):
        low, high = steady(middle_95(drawn[:, place]))
        share = steady([sums[place] / whole])[0]
        found.append({"credit_share": share, "low": low, "high": high})
    return found


def _unassigned(by: str, without: int) -> dict[str, Any]:
    credit = Decimal(without)
    empty = dict.fromkeys(COLUMNS)
    given = dict.fromkeys((*CREDITS, "lowest_credit", "highest_credit"), credit)
    return {by: UNASSIGNED} | empty | given | {"leads": 0, "n": without, "note": ""}
