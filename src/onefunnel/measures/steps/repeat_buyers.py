"""Who buys again, how often and for how much: customers as models of repeat buying see them.

Times are weeks. A customer is an account in one currency; purchases on one day are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.followed import fetched
from onefunnel.measures.steps.shares import MIN_LEADS
from onefunnel.measures.steps.worked_out import once
from onefunnel.statistics.repeat_buying import Buying, draws_of, fit_buying, fit_spending

if TYPE_CHECKING:
    import ibis.expr.types as ir

Floats = NDArray[np.float64]
Three = tuple[float, float, float]
WEEK = 7.0
YEAR_WEEKS = 365 / WEEK
HORIZON_YEARS = 3
DISCOUNT = 0.10
#: Gamma-gamma takes how much for independent of how often; beyond this correlation it is not.
MOST_CORRELATED = 0.3
#: Margin is used where so large a share of the repeat purchases has one.
ENOUGH_MARGIN = 0.8
#: The last third of the history is kept back to see whether what is expected comes.
KEPT_BACK = 1 / 3
#: The upper end of an interval beyond so many times the lower tells nothing.
MAX_RATIO = 4.0
DRAWS = 200
SEED = 20_260_101


@dataclass(frozen=True)
class Buyers:
    """The customers of one currency.

    `often`, `last` and `age` (weeks) are what BG/NBD knows of each, `value` and `valued_days` the
    mean worth of a repeat purchase and of how many it is known; `unlike` is the variance of one
    purchase's worth, and `unsure` that of their mean over all, both by its square. `early` are the
    first three until `tested_from`, of those who had bought by then, and `tested` their purchase
    days since.
    """

    worth: str
    often: Floats
    last: Floats
    age: Floats
    value: Floats
    valued_days: Floats
    unlike: float
    unsure: float
    early: tuple[Floats, Floats, Floats]
    tested_from: date
    tested_weeks: float
    tested: int

    @property
    def count(self) -> int:
        return len(self.often)

    @property
    def again(self) -> int:
        return int((self.often > 0).sum())

    @property
    def purchases(self) -> int:
        return int(self.often.sum())

    @property
    def valued(self) -> int:
        """Of how many customers the worth of a repeat purchase is known and above zero."""
        return int(self.is_valued.sum())

    @property
    def is_valued(self) -> NDArray[np.bool_]:
        return (self.valued_days > 0) & (self.value > 0)


@dataclass(frozen=True)
class Expected:
    """What is to come: estimate, low and high of each; None where it cannot be told."""

    purchases: Three
    each: float | None
    worth: Three | None
    new_worth: Three | None
    tested: Three | None
    correlation: float | None


def buyers_of(bought: ir.Table, scope: Scope) -> dict[str, Buyers]:
    """The customers of each currency."""
    if scope.as_of is None:
        return {}
    today = scope.as_of.date()
    bought = bought.mutate(day=bought["at"].date())
    days = bought.group_by("account_id", "currency", "day").agg(
        **{f"{worth}_{part}": found for worth in ("amount", "margin")
           for part, found in (("sum", bought[worth].sum().cast("float64")),
                               ("unknown", bought.count(where=bought[worth].isnull())))},
    )  # fmt: skip
    firsts = days.group_by("account_id", "currency").agg(first=days["day"].min())
    days = days.inner_join(firsts, ["account_id", "currency"])
    table = fetched(
        days.select(
            "currency", "account_id", "day", "first",
            "amount_sum", "amount_unknown", "margin_sum", "margin_unknown",
        ).order_by("currency", "account_id", "day")
    )  # fmt: skip
    found: dict[str, Buyers] = {}
    for currency in sorted({str(one) for one in table["currency"].unique().to_pylist()}):
        part = table.filter(pa.compute.equal(table["currency"], currency))
        found[currency] = _buyers(part, today)
    return found


def _buyers(table: pa.Table, today: date) -> Buyers:
    day = np.asarray(table["day"].to_numpy(), "datetime64[D]").astype(np.int64)
    first = np.asarray(table["first"].to_numpy(), "datetime64[D]").astype(np.int64)
    _, who = np.unique(table["account_id"].to_numpy(), return_inverse=True)
    now = int(np.datetime64(today).astype(np.int64))
    is_repeat = day > first
    start = np.zeros(int(who.max()) + 1, np.int64)
    start[who] = first
    often, last = _often(who, day, first, len(start))
    worth = "margin" if _is_enough(table, is_repeat) else "amount"
    known = is_repeat & (np.asarray(table[f"{worth}_unknown"].to_numpy()) == 0)
    sums = np.nan_to_num(np.asarray(table[f"{worth}_sum"].to_numpy(), np.float64))
    valued: Floats = np.bincount(who[known], minlength=len(start)).astype(np.float64)
    weighed = np.bincount(who[known], weights=sums[known], minlength=len(start))
    total: Floats = weighed.astype(np.float64)
    kept = int((now - int(start.min())) * KEPT_BACK)
    until = now - kept
    early = day <= until
    there = start <= until
    early_often, early_last = _often(who[early], day[early], first[early], len(start))
    return Buyers(
        worth=worth,
        often=often,
        last=last / WEEK,
        age=(now - start) / WEEK,
        value=np.divide(total, valued, out=np.zeros_like(total), where=valued > 0),
        valued_days=valued,
        **_of_worth(sums[known], total, valued),
        early=(early_often[there], early_last[there] / WEEK, (until - start[there]) / WEEK),
        tested_from=today - timedelta(days=kept),
        tested_weeks=kept / WEEK,
        tested=int((~early & there[who]).sum()),
    )


def _often(
    who: NDArray[np.int64], day: NDArray[np.int64], first: NDArray[np.int64], count: int
) -> tuple[Floats, Floats]:
    """How many days after the first each bought on, and how many days after it was the last."""
    often = np.bincount(who[day > first], minlength=count).astype(np.float64)
    last = np.zeros(count)
    np.maximum.at(last, who, (day - first).astype(np.float64))
    return often, last


def _of_worth(sums: Floats, total: Floats, valued: Floats) -> dict[str, float]:
    """How unlike purchases are, and how unsure their mean is when whole customers are drawn."""
    mean = float(sums.mean()) if len(sums) else 0.0
    if mean <= 0:
        return {"unlike": 0.0, "unsure": 0.0}
    spread = float(((total - mean * valued) ** 2).sum()) / valued.sum() ** 2
    return {"unlike": float(sums.var()) / mean**2, "unsure": spread / mean**2}


def _is_enough(table: pa.Table, is_repeat: NDArray[np.bool_]) -> bool:
    known = np.asarray(table["margin_unknown"].to_numpy())[is_repeat] == 0
    return bool(len(known)) and float(known.mean()) >= ENOUGH_MARGIN


def expected(facts: Facts, scope: Scope, currency: str, found: Buyers) -> Expected | None:
    """What the customers are expected to buy; None where too few came back to tell."""
    key = ("repeat buying", currency, scope.where, scope.since, scope.until, scope.as_of)
    return once(facts, key, lambda: _expected(found))


def _expected(found: Buyers) -> Expected | None:
    purchases = _ahead(found.often, found.last, found.age, YEAR_WEEKS)
    if purchases is None:
        return None
    told, drawn, fits, each_customer = purchases
    worth = _worth(found)
    correlation = _correlation(found)
    early = _ahead(*found.early, found.tested_weeks) if found.tested_weeks > 0 else None
    each = worth[0] if worth else None
    next_year = new = None
    if worth is not None:
        scale = float(each_customer @ worth[1]) / max(told[0], 1e-9)
        rng = np.random.default_rng(SEED + 1)
        error = np.sqrt(found.unsure + found.unlike / max(told[0], 1.0))
        next_year = _three(told[0] * scale, drawn * scale * _times(rng, error, len(drawn)))
        new = _new(fits, worth[0], _times(rng, np.sqrt(found.unsure), DRAWS))
    return Expected(told, each, next_year, new, early[0] if early else None, correlation)


def _ahead(
    often: Floats, last: Floats, age: Floats, weeks: float
) -> tuple[Three, Floats, list[Buying], Floats] | None:
    """Purchases within so many weeks: with their interval, drawn, the fits drawn, by customer."""
    if (often > 0).sum() < MIN_LEADS:
        return None
    alike, place, many = np.unique(
        np.stack([often, np.round(last), np.round(age)]), axis=1,
        return_inverse=True, return_counts=True,
    )  # fmt: skip
    x, tx, t = alike
    fit = fit_buying(x, np.minimum(tx, t), t, many)
    drawn = draws_of(fit, x, np.minimum(tx, t), t, many, draws=DRAWS)
    by_kind = fit.expected(x, np.minimum(tx, t), t, weeks)
    ahead = [float(many @ one.expected(x, np.minimum(tx, t), t, weeks)) for one in drawn]
    total = float(many @ by_kind)
    # the purchases come by chance, too: how many of each customer, and who is still there
    rng = np.random.default_rng(SEED)
    chance = rng.standard_normal(len(ahead)) * np.sqrt(
        float(many @ _spread(fit, x, tx, t, by_kind))
    )
    told = _three(total, np.maximum(ahead + chance, 0.0))
    if told is None:
        return None
    return told, np.maximum(ahead + chance, 0.0), [fit, *drawn], by_kind[place.ravel()]


def _three(estimate: float, drawn: Floats) -> Three | None:
    """An estimate and its 95 % interval; None where that is too wide to be of use."""
    if not np.isfinite(estimate) or not np.isfinite(drawn).all():
        return None
    low, high = (float(one) for one in np.quantile(drawn, (0.025, 0.975)))
    return (estimate, low, high) if 0 < high <= MAX_RATIO * low else None


def _times(rng: np.random.Generator, error: float, draws: int) -> Floats:
    return np.maximum(1 + error * rng.standard_normal(draws), 0.0)


def _spread(fit: Buying, x: Floats, tx: Floats, t: Floats, ahead: Floats) -> Floats:
    """The variance of the purchases of each customer: a gamma rate if still there, else none."""
    there = np.clip(fit.alive(x, np.minimum(tx, t), t), 1e-12, 1.0)
    if_there = ahead / there
    return ahead + there * if_there**2 / (fit.r + x) + there * (1 - there) * if_there**2


def _correlation(found: Buyers) -> float | None:
    chosen = found.is_valued
    if chosen.sum() < MIN_LEADS or np.ptp(found.often[chosen]) == 0:
        return None
    return float(np.corrcoef(found.often[chosen], found.value[chosen])[0, 1])


def _worth(found: Buyers) -> tuple[float, Floats] | None:
    """What a repeat purchase is worth over all, and of each customer."""
    chosen, correlation = found.is_valued, _correlation(found)
    if chosen.sum() < MIN_LEADS or (correlation is not None and abs(correlation) > MOST_CORRELATED):
        return None
    fit = fit_spending(found.valued_days[chosen], found.value[chosen])
    if not np.isfinite(fit.mean):
        return None
    value = np.where(chosen, found.value, 0.0)
    return fit.mean, fit.expected(np.where(chosen, found.valued_days, 0.0), value)


def _new(fits: list[Buying], each: float, times: Floats) -> Three | None:
    """What a new customer buys again within the horizon, each year discounted from its middle."""
    years = np.arange(1, HORIZON_YEARS + 1)
    discount = (1 + DISCOUNT) ** -(years - 0.5)

    def of(fit: Buying) -> float:
        until = [fit.expected_new(float(year) * YEAR_WEEKS) for year in years]
        return each * float(np.diff([0.0, *until]) @ discount)

    return _three(of(fits[0]), times * np.array([of(fit) for fit in fits[1:]]))
