"""Returns: what comes back for what was spent on a channel, campaign or tactic?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.attribution import UNASSIGNED, gave, rule_of, with_group
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.returns_words import notes, sentence
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period
from onefunnel.measures.steps.credit_list import SHOWN, summing_to
from onefunnel.measures.steps.credit_policy import policy_of
from onefunnel.measures.steps.credited import split_of
from onefunnel.measures.steps.earned import CENT, DATED, Earned, always
from onefunnel.measures.steps.opportunities import touches_before, won_opportunities
from onefunnel.measures.steps.shares import MIN_LEADS, too_few
from onefunnel.measures.steps.spend import spend_records
from onefunnel.measures.steps.worked_out import once
from onefunnel.statistics.bootstrap import middle_95
from onefunnel.statistics.returns import months_to_pay_back, return_on

if TYPE_CHECKING:
    import ibis.expr.types as ir

MARGINS = tuple(f"{rule}_margin" for rule in DATED)
COSTS = tuple(f"{rule}_cost" for rule in DATED)
COLUMNS = (
    "currency", "spend", *MARGINS, "lowest_margin", "highest_margin", "margin_missing",
    "return_share", "low", "high", *COSTS, "payback_months", "n", "note",
)  # fmt: skip
FIGURES = (*MARGINS, "lowest_margin", "highest_margin", "margin_missing", "spend", "n")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per channel (or campaign, tactic, ...) and currency that was spent or earned there.

    spend: of the period, exactly; *_margin: margin of what was won, credited to the touches of the
    period under each rule, to the penny; lowest_, highest_margin: the range of the rules;
    margin_missing: opportunities won with such a touch whose margin is not known, in no sum;
    return_share: (margin - spend) / spend under the agreed rule, with its 95 % interval by drawing
    accounts again; *_cost: spend by the wins credited; payback_months: months of what a
    customer brings afterwards (margin of orders) that the cost takes; n: opportunities won with
    such a touch. Without a signed credit policy no money is credited, and the rows say so.
    """
    earned = Earned(facts, agreement, scope)
    result = _rows(earned)
    return Figures(
        columns=(earned.by, *COLUMNS),
        rows=tuple(result),
        sentence=sentence(result, earned),
        notes=notes(result, earned),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The opportunities that give the margin, each with its part; those counted; rows of spend."""
    by, group = split_of(facts, scope), row.get(split_of(facts, scope), "")
    currency = row.get("currency", "")
    if figure not in FIGURES or not group:
        raise UnknownFigure("returns", figure, FIGURES)
    if figure == "spend":
        return _spent(Earned(facts, agreement, scope), group, currency)
    won = won_opportunities(facts, agreement, always(scope))
    before = touches_before(facts, won, by, policy_of(agreement).window_days)
    if group == UNASSIGNED:
        alone = _without_touch(won, before, scope).filter(lambda t: t["currency"] == currency)
        if figure.endswith("_margin"):
            return Records(alone.filter(alone["margin"].notnull()).select(*SHOWN), "margin")
        return Records((alone if figure == "n" else _unknown(alone)).select(*SHOWN))
    if figure in ("n", "margin_missing"):
        found = with_group(won, in_period(before, scope, "at"), group)
        return Records(found if figure == "n" else _unknown(found))
    told = told_of(facts, agreement, scope).get((group, currency))
    if told is None:
        raise UnknownFigure("returns", f"{figure} of {group}", FIGURES)

    def known(touches: ir.Table) -> ir.Table:
        is_known = touches["margin"].notnull() & (touches["currency"] == currency)
        return in_period(touches.filter(is_known), scope, "at")

    rule = rule_of(figure.removesuffix("_margin"), told)
    given = gave(won, before, rule, group, known, "margin")
    return Records(summing_to(given, told[rule], 2, "credited"), sum_column="credited")


def told_of(
    facts: Facts, agreement: Agreement, scope: Scope
) -> Mapping[tuple[str, str], Mapping[str, Decimal]]:
    """By group and currency the margin each rule was told to give; worked out once."""

    def made() -> dict[tuple[str, str], dict[str, Decimal]]:
        earned = Earned(facts, agreement, scope)
        return {
            (group, currency): {rule: given[rule][place] for rule in DATED}
            for currency, given in earned.margins.items()
            for place, group in enumerate(earned.arrays.groups)
        }

    return once(facts, ("returns", agreement.digest, scope), made)


def _spent(earned: Earned, group: str, currency: str) -> Records:
    if earned.spent is None:
        raise UnknownFigure("returns", "spend", FIGURES)
    table = spend_records(earned.facts, earned.scope, earned.spent, group, currency)
    return Records(table, sum_column="amount")


def _unknown(opportunities_: ir.Table) -> ir.Table:
    return opportunities_.filter(opportunities_["margin"].isnull())


def _without_touch(won: ir.Table, before: ir.Table, scope: Scope) -> ir.Table:
    """What was won without any touch that is known; it is dated by the win."""
    return in_period(won.anti_join(before, "journey"), scope, "ended_at")


#: Wins are counted whatever their currency: where a group has two, one of them has no cost a win.
_MIXED: dict[str, Any] = dict.fromkeys((*(f"{rule}_cost" for rule in DATED), "payback_months")) | {
    "note": "in several currencies: no cost of a win"
}


def _rows(earned: Earned) -> list[dict[str, Any]]:
    arrays, spent = earned.arrays, earned.spent
    amounts = dict(spent.amounts) if spent else {}
    n = dict(zip(arrays.groups, arrays.won_with().tolist(), strict=True))
    places = set(amounts)
    for currency, counted in earned.with_margin.items() if not earned.policy.refusal else ():
        places |= {(arrays.groups[at], currency) for at in np.flatnonzero(counted)}
    listed = {group for group, _ in places}
    places |= {
        (group, earned.agreement.currency) for group in n if n[group] and group not in listed
    }
    missing = _missing(earned)
    currencies = Counter(group for group, _ in places)
    made = [
        _row(earned, group, currency, amounts.get((group, currency)), n.get(group, 0), missing)
        | (_MIXED if currencies[group] > 1 else {})
        for group, currency in places
    ]
    made.sort(key=lambda row: (-(row["spend"] or 0), -row["n"], row[earned.by], row["currency"]))
    return [*made, *_unassigned(earned)]


def _row(
    earned: Earned,
    group: str,
    currency: str,
    spend: Decimal | None,
    n: int,
    missing: Mapping[str, int],
) -> dict[str, Any]:
    row: dict[str, Any] = {earned.by: group} | dict.fromkeys(COLUMNS)
    row |= {"currency": currency, "spend": spend, "n": n, "margin_missing": missing.get(group, 0)}
    row["note"] = "" if n >= MIN_LEADS else too_few(n)
    is_known = group in earned.arrays.groups and currency in earned.arrays.currencies
    if earned.policy.refusal or not is_known:
        return row
    place = earned.arrays.groups.index(group)
    of_rules = {f"{rule}_margin": earned.margins[currency][rule][place] for rule in DATED}
    row |= of_rules
    row |= {"lowest_margin": min(of_rules.values()), "highest_margin": max(of_rules.values())}
    if spend is None or n < MIN_LEADS:
        return row
    cost = float(spend)
    row["return_share"] = return_on(float(of_rules[f"{earned.rule}_margin"]), cost)
    if row["return_share"] is not None:
        low, high = middle_95(earned.drawn(currency)[:, place])
        row |= {"low": (low - cost) / cost, "high": (high - cost) / cost}
    wins = {rule: earned.wins[rule][place] for rule in DATED}
    row |= {
        f"{rule}_cost": (spend / Decimal(won)).quantize(CENT)
        for rule, won in wins.items()
        if won > 0
    }
    if wins[earned.rule] > 0:
        row["payback_months"] = _payback(earned, place, cost / wins[earned.rule])
    return row


def _payback(earned: Earned, place: int, cost: float) -> float | None:
    """Months that the cost of a win takes, at what those credited to the group bring a month."""
    if earned.monthly is None:
        return None
    brought, months = (float(earned.arrays.sums(earned.rule, of)[place]) for of in earned.monthly)
    return months_to_pay_back(cost, brought / months) if months > 0 else None


def _missing(earned: Earned) -> dict[str, int]:
    """By group, what was won with its touch and has no margin that is known."""
    arrays, won = earned.arrays, earned.arrays.touches_of_won
    chosen = won.counts & np.isnan(arrays.margin)[won.journey]
    count = max(len(arrays.groups), 1)
    pair = np.unique(won.journey[chosen] * count + won.group[chosen])
    counted = np.bincount(pair % count, minlength=count)
    return {group: int(counted[at]) for at, group in enumerate(arrays.groups)}


def _unassigned(earned: Earned) -> list[dict[str, Any]]:
    made = []
    for currency in earned.arrays.currencies:
        n, known, margin = earned.without_touch(currency)
        if not n:
            continue
        row: dict[str, Any] = {earned.by: UNASSIGNED} | dict.fromkeys(COLUMNS)
        row |= {"currency": currency, "n": n, "margin_missing": n - known, "note": ""}
        if known and not earned.policy.refusal:
            row |= dict.fromkeys((*MARGINS, "lowest_margin", "highest_margin"), margin)
        made.append(row)
    return sorted(made, key=lambda row: -row["n"])
