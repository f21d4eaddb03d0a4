"""The list behind a credit: which won opportunities gave how much of themselves to a group.

The rules again, as expressions for the engine: the definition that the arrays of `credited` are
held to in tests, and the way to a list without taking ten million touches out of the engine.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.measures.steps.credited import MICROSECONDS_A_DAY
from onefunnel.measures.steps.opportunities import in_order
from onefunnel.statistics.credit_rules import BETWEEN, HALF_LIFE_DAYS, MILESTONES

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What a list shows of each opportunity, beside its credit.
SHOWN = ("deal_id", "lead_id", "account_id", "ended_at", "margin", "currency")


def weighted(before: ir.Table, rule: str) -> ir.Table:
    """The touches before what was won with their `weight` under a rule (not Markov)."""
    won = before.filter(before["is_won"])
    whole = ibis.window(group_by="journey")
    ordered = ibis.window(group_by="journey", order_by=in_order(won))
    placed = won.mutate(
        place=ibis.row_number().over(ordered),
        size=won.count().over(whole),
        created=won["is_before_created"].cast("int64").sum().over(whole) - 1,
        opened=won["is_before_opened"].cast("int64").sum().over(whole) - 1,
        youngest=won["age_us"].min().over(whole),
    )
    shared = placed.mutate(raw=_raw(placed, rule))
    return shared.mutate(weight=shared["raw"] / shared["raw"].sum().over(whole))


def _raw(placed: ir.Table, rule: str) -> Any:
    place, size = placed["place"], placed["size"]
    if rule == "first_touch":
        return (place == 0).cast("float64")
    if rule == "last_touch":
        return (place == size - 1).cast("float64")
    if rule == "linear":
        return ibis.literal(1.0)
    if rule == "time_decay":
        days = (placed["age_us"] - placed["youngest"]) / MICROSECONDS_A_DAY
        return ibis.literal(0.5).pow(days / HALF_LIFE_DAYS)
    if rule == "shapley":
        of_group = ibis.window(group_by=["journey", "group"])
        return 1.0 / placed.count().over(of_group)
    at = (ibis.literal(0), placed["created"], placed["opened"], size - 1)
    played = [
        (share, place == there) for share, there in zip(MILESTONES[rule], at, strict=True) if share
    ]
    is_between = ~ibis.or_(*(is_here for _, is_here in played))
    others = is_between.cast("int64").sum().over(ibis.window(group_by="journey"))
    between = ibis.ifelse(is_between, BETWEEN[rule] / others, 0.0)
    return sum((is_here.cast("float64") * share for share, is_here in played), start=between)


def given_to(shares: ir.Table, group: str, of: str = "") -> ir.Table:
    """What each opportunity gave to a group, as `given`; of its margin, where `of` names that."""
    mine = shares.filter(shares["group"] == group)
    part = mine["weight"] * mine[of].cast("float64") if of else mine["weight"]
    return mine.mutate(part=part).group_by(["journey", *SHOWN]).agg(given=lambda t: t["part"].sum())


def summing_to(given: ir.Table, total: Decimal, places: int, name: str) -> ir.Table:
    """The rows with a column `name`, their `given` rounded so that they sum exactly to `total`.

    Running sums are rounded and each row is the step between two of them; the last row takes what
    is left, which is less than a unit of the last place where `given` does come to the total.
    """
    scale = 10**places
    order = ibis.window(order_by="journey")
    until = ibis.cumulative_window(order_by="journey")
    run = given.mutate(
        _sum=(given["given"].sum().over(until) * scale).round().cast("int64"),
        _place=ibis.row_number().over(order),
        _rows=given.count().over(ibis.window()),
    )
    is_last = run["_place"] == run["_rows"] - 1
    run = run.mutate(_upto=ibis.ifelse(is_last, int(total * scale), run["_sum"]))
    step = run["_upto"] - run["_upto"].lag(default=0).over(order)
    last_place = ibis.literal(Decimal(1).scaleb(-places), f"decimal(18, {places})")
    credit = step.cast(f"decimal(18, {places})") * last_place
    return run.select(*SHOWN, **{name: credit.cast(f"decimal(18, {places})")})
