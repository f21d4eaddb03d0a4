"""Retention: do customers come back, cohort by cohort?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.groups import group_value
from onefunnel.measures.steps.purchases import NOTE, customers, history_days, purchases
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("cohort", "age", "bought", "bought_share", "low", "high", "n", "note")
FIGURES = ("bought", "n")
#: The days of each age, by the period that cohorts are of.
AGES = {"year": 365, "quarter": 91, "month": 30}
#: So many periods of history make a period worth asking for by itself.
PERIODS_OF_HISTORY = 3
#: So many ages are told at most.
MOST_AGES = 12
#: The row of all cohorts together.
ALL = "all"
_SECONDS_A_DAY = 86_400
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
)  # fmt: skip


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per cohort and age, and one per age for all cohorts together.

    A cohort are the accounts whose first purchase lies in one year (quarter, month). Age 1 begins
    365 (91, 30) days after an account's own first purchase and lasts as long. n: accounts whose
    whole age is over at the moment of looking; younger ones are not counted, as nobody knows yet;
    bought: those of them that bought in that age; bought_share with its 95 % interval. Without
    `by`: the longest of the three periods of which the data hold three.
    """
    bought = purchases(facts, scope)
    unit = _unit(bought, scope)
    followed = _followed(bought, scope, unit)
    in_all = followed.mutate(cohort=ibis.literal(ALL))
    counted = {
        (row["cohort"], row["age"]): row
        for part in (in_all, followed)
        for row in rows(
            part.group_by("cohort", "age").agg(
                n=lambda t: t.count(), bought=lambda t: t["has_bought"].sum()
            )
        )
    }
    cohorts = sorted({cohort for cohort, _ in counted} - {ALL})
    result = tuple(
        _row(cohort, age, int(row["bought"]), int(row["n"]))
        for cohort in (ALL, *cohorts)
        for age in range(1, MOST_AGES + 1)
        if (row := counted.get((cohort, age)))
    )
    days = AGES[unit]
    return Figures(
        columns=COLUMNS,
        rows=result,
        sentence=_sentence(result, unit),
        notes=(
            NOTE,
            f"Cohorts by {unit} of the first purchase. The first age begins {days} days after an "
            f"account's own first purchase, and each lasts {days} days. An account counts in an "
            "age once that is over. A share that rises with age is no proof of loyalty: who leaves "
            "easily left early.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The accounts behind one count."""
    if figure not in FIGURES or "age" not in row:
        raise UnknownFigure("retention", figure, FIGURES)
    bought = purchases(facts, scope)
    found = _followed(bought, scope, _unit(bought, scope))
    found = found.filter(found["age"] == int(row["age"]))
    if row.get("cohort", ALL) != ALL:
        found = found.filter(found["cohort"] == row["cohort"])
    if figure == "bought":
        found = found.filter(found["has_bought"])
    return Records(found.select("account_id", "first_at"))


def _unit(bought: ir.Table, scope: Scope) -> str:
    if scope.by in AGES:
        return scope.by
    held = history_days(bought, scope.as_of)
    long = [unit for unit, days in AGES.items() if held >= PERIODS_OF_HISTORY * days]
    return long[0] if long else "month"


def _followed(bought: ir.Table, scope: Scope, unit: str) -> ir.Table:
    """A row per account and age that is over: cohort, age, has_bought."""
    length = AGES[unit] * _SECONDS_A_DAY
    found = customers(bought, scope)
    over = ibis.literal(scope.as_of).cast("timestamp").delta(found["first_at"], unit="second")
    cohort = group_value(found, unit, "first_at", zone=scope.zone,
                         fiscal_year_starts=scope.fiscal_year_starts)  # fmt: skip
    found = found.mutate(cohort=cohort, ages=(over // length - 1).clip(0, MOST_AGES))
    ages = found.mutate(age=ibis.range(1, (found["ages"] + 1).cast("int64"))).unnest("age")
    starts = found.select(_of="account_id", _first="first_at")
    times = bought.inner_join(starts, bought["account_id"] == starts["_of"])
    since = times["at"].delta(times["_first"], unit="second")
    active = times.select(_who="account_id", _age=since // length).distinct()
    joined = ages.left_join(
        active, [ages["account_id"] == active["_who"], ages["age"] == active["_age"]]
    )
    return joined.select(
        "account_id", "first_at", "cohort", "age", has_bought=joined["_who"].notnull()
    )


def _row(cohort: str, age: int, bought: int, n: int) -> dict[str, object]:
    found = rate(bought, n)
    told = found.share is not None
    return {
        "cohort": cohort,
        "age": str(age),
        "bought": bought,
        "bought_share": found.share,
        "low": found.interval.low if told else None,
        "high": found.interval.high if told else None,
        "n": n,
        "note": found.note,
    }


def _sentence(result: Iterable[Mapping[str, object]], unit: str) -> str:
    whole = [row for row in result if row["cohort"] == ALL]
    if not whole:
        return f"No customer is known for two {unit}s yet, so nobody can tell who stays."
    first, last = whole[0], next((r for r in reversed(whole) if r["bought_share"]), whole[0])
    if first["bought_share"] is None:
        return (
            f"Of {first['n']:,} customers known for two {unit}s, {first['bought']:,} bought again "
            "in the second."
        )
    said = (
        f"Of {first['n']:,} customers, {percent(first['bought_share'], 1)} bought again in the "
        f"{unit} after their first"
    )
    if last["age"] == first["age"]:
        return f"{said}."
    when = f"{_ORDINALS[int(str(last['age'])) - 1]} {unit} after it"
    return f"{said}; in the {when} {percent(last['bought_share'], 1)} did."
