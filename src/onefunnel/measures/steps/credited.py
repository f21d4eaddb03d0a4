"""Credit for what was won, under every rule at once: counted in one pass over the touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.agreement.credit_models import MODELS
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.run import batches
from onefunnel.statistics.credit_rules import Floats, Ints, Paths, sums_at, weights
from onefunnel.statistics.markov import chain, removal_effects
from onefunnel.statistics.shapley import shapley_weights

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Every rule, in the order people meet them: by place and time, then those that learn from data.
RULES = MODELS
MICROSECONDS_A_DAY = 86_400_000_000
#: What credit can be split by: what a touch says of itself.
SPLITS = ("channel", "campaign", "tactic", "content_id", "kind", "team")


@dataclass(frozen=True)
class Credited:
    """Decided opportunities and the touches before them as arrays.

    Of opportunity j (its `journey`): `account[j]` a number of its account, `is_won[j]`, `ended[j]`
    seconds since 1970 (NaN where not dated), `margin[j]` (NaN where not known), `currency[j]` a
    place in `currencies`. Of touch i, in order within its journey: `journey[i]`, `group[i]` a place
    in `groups`, `counts[i]` whether the touch lies in the period asked for, where touches are
    chosen by their own day.
    """

    account: Ints
    is_won: NDArray[np.bool_]
    ended: Floats
    margin: Floats
    currency: Ints
    currencies: tuple[str, ...]
    journey: Ints
    group: Ints
    groups: tuple[str, ...]
    age_days: Floats
    is_before_created: NDArray[np.bool_]
    is_before_opened: NDArray[np.bool_]
    counts: NDArray[np.bool_]

    @cached_property
    def won_touch(self) -> NDArray[np.bool_]:
        """The touches before something that was won."""
        return self.is_won[self.journey]

    @cached_property
    def has_touch(self) -> NDArray[np.bool_]:
        """The opportunities with a touch."""
        found = np.zeros(len(self.is_won), np.bool_)
        found[self.journey] = True
        return found

    @cached_property
    def touches_of_won(self) -> Won:
        """The touches before what was won, and which of them counts for which group."""
        chosen = self.won_touch
        return Won(self.journey[chosen], self.group[chosen], self.counts[chosen], self._won_paths)

    @cached_property
    def _won_paths(self) -> Paths:
        chosen = self.won_touch
        _, sizes = np.unique(self.journey[chosen], return_counts=True)
        starts = np.cumsum(sizes) - sizes

        def last_of(flags: NDArray[np.bool_]) -> Ints:
            before = flags[chosen].astype(np.int64)
            return np.add.reduceat(before, starts) - 1 if len(before) else before

        return Paths(
            sizes, self.age_days[chosen], last_of(self.is_before_created),
            last_of(self.is_before_opened),
        )  # fmt: skip

    def weights_of(self, rule: str) -> Floats:
        """The share of its sale that each touch before a sale is given; not for Markov, which
        shares out the sales as a whole."""
        won = self.touches_of_won
        if rule == "shapley":
            return shapley_weights(won.group, won.paths.sizes)
        return weights(rule, won.paths)

    def sums(self, rule: str, of_journey: Floats) -> Floats:
        """What each group is given of `of_journey` (1 for a count, the margin for money)."""
        won = self.touches_of_won
        count = len(self.groups)
        if rule == "markov":
            total = float(of_journey[self.is_won & self.has_touch].sum())
            effects = self.effects
            return total * effects / effects.sum() if effects.sum() else np.zeros(count)
        given = self.weights_of(rule) * of_journey[won.journey] * won.counts
        return sums_at(won.group, given, count)

    @cached_property
    def effects(self) -> Floats:
        """The removal effect of each group, by a Markov chain of order one over all journeys."""
        if not len(self.journey):
            return np.zeros(len(self.groups))
        known, sizes = np.unique(self.journey, return_counts=True)
        won = self.is_won[known].astype(np.float64)
        return removal_effects(chain(self.group, sizes, won, 1 - won, len(self.groups)))

    def by_account(self, rule: str, of_journey: Floats) -> Floats:
        """What each account (a row) gives to each group (a column) under a rule."""
        won = self.touches_of_won
        count = len(self.groups)
        given = self.weights_of(rule) * of_journey[won.journey] * won.counts
        accounts, place = np.unique(self.account[won.journey], return_inverse=True)
        flat = sums_at(place * count + won.group, given, len(accounts) * count)
        return flat.reshape(len(accounts), count)

    def won_with(self) -> Ints:
        """How many won opportunities have a touch that counts of each group."""
        won = self.touches_of_won
        pair = won.journey[won.counts].astype(np.int64) * len(self.groups) + won.group[won.counts]
        of_group = np.unique(pair) % max(len(self.groups), 1)
        return np.bincount(of_group, minlength=len(self.groups))


@dataclass(frozen=True)
class Won:
    """The touches before what was won, with the paths they make."""

    journey: Ints
    group: Ints
    counts: NDArray[np.bool_]
    paths: Paths


def credited(
    decided: ir.Table, before: ir.Table, since: datetime | None, until: datetime | None
) -> Credited:
    """The arrays of `opportunities` and of the touches `touches_before` them.

    `since` and `until` choose by the day of the touch which of them count; the others still take
    their share of the sale.
    """
    found = _read(
        decided.select(
            "journey", "key", "is_won", "currency", margin=decided["margin"].cast("float64"),
            ended=decided["ended_at"].epoch_seconds().cast("float64"),
        )
    )  # fmt: skip
    found = found.take(np.argsort(found["journey"].to_numpy()))
    accounts, _ = _coded(found["key"])
    currency, currencies = _coded(found["currency"])
    counts: Any = ibis.literal(True)
    if since is not None:
        counts = counts & (before["at"] >= since)
    if until is not None:
        counts = counts & (before["at"] < until)
    read = _read(
        before.select(
            "journey", "group", "age_us", "is_before_created", "is_before_opened", counts=counts
        )
    )
    group, groups = _coded(read["group"])
    journey, age = read["journey"].to_numpy(), read["age_us"].to_numpy()
    # what is alike in all three may stand in any order: no sum of a group depends on it
    order = np.lexsort((group, -age, journey))
    return Credited(
        account=accounts,
        is_won=_flags(found["is_won"]),
        ended=_numbers(found["ended"]),
        margin=_numbers(found["margin"]),
        currency=currency,
        currencies=currencies,
        journey=journey[order],
        group=group[order],
        groups=groups,
        age_days=age[order] / MICROSECONDS_A_DAY,
        is_before_created=_flags(read["is_before_created"])[order],
        is_before_opened=_flags(read["is_before_opened"])[order],
        counts=_flags(read["counts"])[order],
    )


def split_of(facts: Facts, scope: Scope) -> str:
    """What the credit is split by: what was asked, where touches say that, else the channel."""
    known = [name for name in SPLITS if name in facts["touches"].columns]
    if scope.by in known:
        return scope.by
    return known[0] if known else "touch_id"


def steady(values: Iterable[float]) -> list[float]:
    """Sums of shares without the last digits, which depend on what was added first."""
    return [round(float(value), 9) for value in values]


def _read(table: ir.Table) -> pa.Table:
    return pa.Table.from_batches(batches(table), schema=table.schema().to_pyarrow())


def _coded(column: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """Texts as places in the sorted list of them."""
    whole = column.combine_chunks().dictionary_encode()
    names = ["" if name is None else str(name) for name in whole.dictionary.to_pylist()]
    order = np.argsort(np.array(names, dtype=object)) if names else np.zeros(0, np.int64)
    place = np.empty(len(names) + 1, np.int64)
    place[order] = np.arange(len(names))
    place[-1] = -1
    codes = whole.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    return place[codes], tuple(names[at] for at in order)


def _numbers(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _flags(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(column.to_numpy(), dtype=np.bool_)
