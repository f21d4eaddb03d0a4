"""The margin that comes back: opportunities, touches and spend of a question, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.credit_policy import Policy, policy_of
from onefunnel.measures.steps.credited import RULES, Credited, credited, split_of, steady
from onefunnel.measures.steps.monthly_margin import margin_and_months
from onefunnel.measures.steps.opportunities import opportunities, touches_before
from onefunnel.measures.steps.spend import Spent, spent_on
from onefunnel.statistics.bootstrap import resampled_sums
from onefunnel.statistics.credit_rules import Floats, Ints
from onefunnel.statistics.split import round_to_total

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Rules whose credit can be told by the day of each touch; Markov's cannot.
DATED = tuple(rule for rule in RULES if rule != "markov")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Earned:
    """Opportunities, touches and spend of a question, and the margin each group is credited with.

    Only touches of the period count; what they lead to may be won later.
    """

    facts: Facts
    agreement: Agreement
    scope: Scope

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.agreement)

    @cached_property
    def by(self) -> str:
        return split_of(self.facts, self.scope)

    @cached_property
    def rule(self) -> str:
        """The agreed rule; where that is Markov, Shapley stands in, as touches have days."""
        return self.policy.rule if self.policy.rule in DATED else "shapley"

    @cached_property
    def decided(self) -> ir.Table:
        return opportunities(self.facts, self.agreement, always(self.scope))

    @cached_property
    def before(self) -> ir.Table:
        return touches_before(self.facts, self.decided, self.by, self.policy.window_days)

    @cached_property
    def arrays(self) -> Credited:
        return credited(self.decided, self.before, self.scope.since, self.scope.until)

    @cached_property
    def spent(self) -> Spent | None:
        """Spend is not kept by lead, so it cannot follow a `where`."""
        if self.scope.where:
            return None
        return spent_on(self.facts, self.scope, self.by, self.arrays.groups)

    @cached_property
    def monthly(self) -> tuple[Floats, Floats] | None:
        """What each win brought since, and in how many months."""
        size = len(self.arrays.is_won)
        return margin_and_months(self.facts, self.decided, self.scope.as_of, size)

    def margin_of(self, currency: str) -> Floats:
        """The known margin of each opportunity in the currency; 0 for all others."""
        arrays = self.arrays
        if currency not in arrays.currencies:
            return np.zeros(len(arrays.is_won))
        there = arrays.currency == arrays.currencies.index(currency)
        return np.where(there & ~np.isnan(arrays.margin), arrays.margin, 0.0)

    @cached_property
    def margins(self) -> Mapping[str, Mapping[str, list[Decimal]]]:
        """By currency and rule the margin credited to each group, to the penny."""
        return {currency: self._split(currency) for currency in self.arrays.currencies}

    def _split(self, currency: str) -> dict[str, list[Decimal]]:
        of = self.margin_of(currency)
        sums = {rule: steady(self.arrays.sums(rule, of)) for rule in DATED}
        total = {rule: Decimal(sum(part)).quantize(CENT) for rule, part in sums.items()}
        return {rule: round_to_total(part, total[rule], 2) for rule, part in sums.items()}

    @cached_property
    def wins(self) -> Mapping[str, list[float]]:
        """By rule, how many wins are credited to the touches of each group."""
        one = np.ones(len(self.arrays.is_won))
        return {rule: steady(self.arrays.sums(rule, one)) for rule in DATED}

    def drawn(self, currency: str) -> Floats:
        """Margins of each group by the agreed rule, over accounts drawn again."""
        if currency not in self._drawn:
            of_accounts = self.arrays.by_account(self.rule, self.margin_of(currency))
            self._drawn[currency] = resampled_sums(of_accounts)
        return self._drawn[currency]

    @cached_property
    def _drawn(self) -> dict[str, Floats]:
        return {}

    def without_touch(self, currency: str) -> tuple[int, int, Decimal]:
        """Of what was won in the currency without a known touch, in the period: how many, of how
        many the margin is known, and their margin."""
        arrays = self.arrays
        alone = arrays.is_won & ~arrays.has_touch
        alone &= arrays.currency == arrays.currencies.index(currency)
        for bound, is_in in ((self.scope.since, np.greater_equal), (self.scope.until, np.less)):
            if bound is not None:
                alone &= is_in(arrays.ended, bound.replace(tzinfo=UTC).timestamp())
        margin = arrays.margin[alone]
        known = margin[~np.isnan(margin)]
        return len(margin), len(known), Decimal(str(round(float(known.sum()), 4)))

    @cached_property
    def with_margin(self) -> Mapping[str, Ints]:
        """By currency, in how many won opportunities with a known margin each group was."""
        won = self.arrays.touches_of_won
        count = len(self.arrays.groups)
        found = {}
        for place, currency in enumerate(self.arrays.currencies):
            known = (self.arrays.currency == place) & ~np.isnan(self.arrays.margin)
            chosen = won.counts & known[won.journey]
            pair = np.unique(won.journey[chosen] * count + won.group[chosen])
            found[currency] = np.bincount(pair % max(count, 1), minlength=count)
        return found


def always(scope: Scope) -> Scope:
    """The scope without its period: touches are chosen by it, not the wins they led to."""
    return replace(scope, since=None, until=None)
