"""Awareness: how well known are we, before anyone becomes a lead?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period
from onefunnel.measures.steps.groups import NONE, PERIODS, UnknownGroup, group_value, name_of_period
from onefunnel.measures.steps.run import rows
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("kind", "period", "value", "unit", "change", "change_share", "n", "note")
#: What the note of a period says that still runs.
SO_FAR = "so far"
#: What awareness can be split by besides the period.
SPLITS = ("segment",)


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """One row per kind and month (or other period, or segment and month).

    value: the sum of the readings where they count people, visits or searches; their mean where
    every reading of the kind is a share (0..1); change: against the period before, change_share:
    as a share of it, both empty for the period still running ("so far"): a part of a month is not
    compared with a whole one; n: readings. Kinds are never added together: they measure different
    things.
    """
    table = readings(facts, scope)
    keys = ["kind", "period", *(["group"] if scope.by in SPLITS else [])]
    found = rows(
        table.group_by(keys)
        .agg(n=table.count(), sum=table["value"].sum(), mean=table["value"].mean())
        .order_by(keys)
    )
    is_share = shares_of(facts)
    end = scope.until if scope.until and (not scope.as_of or scope.until <= scope.as_of) else None
    running = _running(end or scope.as_of, scope)
    result: list[dict[str, Any]] = []
    before: dict[tuple[str, object], float] = {}
    for row in found:
        group = {scope.by: row["group"]} if scope.by in SPLITS else {}
        value = row["mean"] if is_share[row["kind"]] else row["sum"]
        place = (row["kind"], row.get("group"))
        is_so_far = row["period"] == running
        old = None if is_so_far else before.get(place)
        before[place] = value
        result.append(
            group
            | {"kind": row["kind"], "period": row["period"], "value": value}
            | {"unit": "share" if is_share[row["kind"]] else "count"}
            | {"change": None if old is None else value - old}
            | {"change_share": (value - old) / old if old else None}
            | {"n": row["n"], "note": _note(old, is_so_far)}
        )
    columns = (str(scope.by), *COLUMNS) if scope.by in SPLITS else COLUMNS
    notes = [
        "Awareness is read from surveys, searches and visits; it is not a cohort of leads, so "
        "no share of the aware becomes a lead."
    ]
    if scope.where and scope.where.strip() and _rule(facts, scope.where) is None:
        notes.append(f"Counted over all readings: {scope.where} is about leads, not readings.")
    return Figures(
        columns=columns, rows=tuple(result), sentence=_sentence(result), notes=tuple(notes)
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The readings behind a value (summing to it where it counts) or behind their number n."""
    if figure not in ("n", "value"):
        raise UnknownFigure("awareness", figure, ("n", "value"))
    table = readings(facts, scope)
    for name, column in (("kind", "kind"), ("period", "period"), (str(scope.by), "group")):
        if name in row and column in table.columns:
            table = table.filter(table[column] == row[name])
    is_count = figure == "value" and not shares_of(facts).get(row.get("kind", ""), False)
    return Records(table, sum_column="value" if is_count else None)


def readings(facts: Facts, scope: Scope) -> ir.Table:
    """The readings in the period with their `kind`, `period` (text) and `group` where split."""
    table = facts["awareness"]
    if scope.by is not None and scope.by not in (*PERIODS, *SPLITS):
        raise UnknownGroup(scope.by, (*SPLITS, *PERIODS))
    table = in_period(table, scope, "at")
    if scope.as_of is not None:
        table = table.filter(table["at"] <= scope.as_of)
    rule = _rule(facts, scope.where)
    if rule is not None:
        table = table.filter(rule.filter(table))
    kind = table["kind"].fill_null(NONE) if "kind" in table.columns else NONE
    table = table.mutate(kind=kind, value=table["value"].cast("float64"))
    period = scope.by if scope.by in PERIODS else "month"
    named = table.drop(*({period} & set(table.columns)))
    zone, starts = scope.zone, scope.fiscal_year_starts
    name = group_value(named, period, "at", zone=zone, fiscal_year_starts=starts)
    table = table.mutate(period=name)
    return table.mutate(group=group_value(table, "segment", "at")) if scope.by in SPLITS else table


def _rule(facts: Facts, where: str | None) -> Predicate | None:
    """The predicate, where it is about readings; None where there is none, or it is about leads."""
    if not where or not where.strip():
        return None
    own = columns_of(facts["awareness"])
    others = (facts[name] for name in ("leads", "accounts") if name in facts)
    rule = parse(where, own | columns_of(*others) | own)
    return rule if rule.columns <= set(own) else None


def shares_of(facts: Facts) -> dict[str, bool]:
    """For each kind whether all its readings are shares, between 0 and 1."""
    table = facts["awareness"]
    kind = table["kind"].fill_null(NONE) if "kind" in table.columns else NONE
    table = table.mutate(kind=kind)
    bounds = table.group_by("kind").agg(low=table["value"].min(), high=table["value"].max())
    return {row["kind"]: row["low"] >= 0 and row["high"] <= 1 for row in rows(bounds)}


def _note(old: float | None, is_so_far: bool) -> str:
    if is_so_far:
        return SO_FAR
    return "" if old is not None else "nothing before to compare with"


def _running(end: datetime | None, scope: Scope) -> str | None:
    """The period that lies only partly before the end of the data; None where none is cut.

    A period is whole once its last day has begun: data end with their last row, not at midnight.
    """
    if end is None:
        return None
    local = (end - timedelta(microseconds=1)).replace(tzinfo=UTC).astimezone(ZoneInfo(scope.zone))

    def named(day: datetime) -> str:
        by = scope.by if scope.by in PERIODS else "month"
        return name_of_period(day, str(by), fiscal_year_starts=scope.fiscal_year_starts)

    now = named(local)
    return None if named(local + timedelta(days=1)) != now else now


def _sentence(result: list[dict[str, Any]]) -> str:
    latest: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row in result:
        if row["note"] != SO_FAR:
            latest[row["kind"]] = row
    moved = [row for row in latest.values() if row.get("change_share")]
    if not moved:
        return "There are no two whole periods in which awareness changed."
    most = max(moved, key=lambda row: abs(row["change_share"]))
    direction = "rose" if most["change"] > 0 else "fell"
    return (
        f"{str(most['kind']).capitalize()} {direction} by {percent(abs(most['change_share']), 0)} "
        f"in {most['period']}, the last whole period, against the one before."
    )
