"""What was spent, and on which group of leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period
from onefunnel.measures.steps.groups import NONE, attributes, group_columns
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: The column of spend that says the same as a column of leads, where the names differ.
_SAME = {"source": "channel", "channel": "channel"}


@dataclass(frozen=True)
class Spent:
    """Spend by group of leads: amounts by (group, currency), and the spend's own words for each
    group. Together the amounts are all that was spent in the period, to the penny."""

    amounts: Mapping[tuple[str, str], Decimal]
    words: Mapping[str, tuple[str, ...]]
    column: str


def spend_in(facts: Facts, scope: Scope) -> ir.Table:
    """The spend of the period, up to the moment of looking; currency "" where none is said."""
    spend = in_period(facts["spend"], scope, "at")
    if scope.as_of is not None:
        spend = spend.filter(spend["at"] <= scope.as_of)
    currency = spend["currency"].fill_null("") if "currency" in spend.columns else ""
    return spend.mutate(currency=currency)


def spend_column(facts: Facts, by: str) -> str | None:
    """The column of spend that belongs to a grouping of leads; None where none does."""
    column = _SAME.get(by, by)
    return column if "spend" in facts and column in facts["spend"].columns else None


def channel_column(facts: Facts) -> str:
    """What to call a lead's channel: its source or its first touch's channel.

    The one whose values more of the spend's channels are named by; the source where that ties.
    """
    known = [name for name in ("source", "channel") if name in group_columns(facts)]
    if not known:
        return "source"
    if len(known) == 1 or spend_column(facts, "source") is None:
        return known[0]
    spent = {_key(row["channel"]) for row in rows(facts["spend"].select("channel").distinct())}
    matches = {}
    for name in known:
        values = rows(attributes(facts, [name]).select(name).distinct())
        matches[name] = len(spent & {_key(row[name]) for row in values if row[name] is not None})
    return max(known, key=lambda name: matches[name])


def spent_on(facts: Facts, scope: Scope, by: str, groups: Iterable[str]) -> Spent | None:
    """The spend of the period by group of leads, matched without regard to case and blanks.

    Spend whose word no group has keeps its own word as a group: money without leads is shown, not
    dropped. None where the facts have no spend that belongs to this grouping.
    """
    column = spend_column(facts, by)
    if column is None:
        return None
    spend = spend_in(facts, scope)
    found = rows(spend.group_by(column, "currency").agg(amount=spend["amount"].sum()))
    group_of = {_key(group): group for group in sorted(groups, reverse=True)}
    amounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    words: defaultdict[str, list[str]] = defaultdict(list)
    for row in found:
        word = str(row[column]) if row[column] is not None else ""
        group = (
            word if word in group_of.values() else group_of.get(_key(word), word.strip() or NONE)
        )
        group_of.setdefault(_key(word), group)
        amounts[group, row["currency"]] += row["amount"]
        words[group].append(word)
    return Spent(amounts, {group: tuple(dict.fromkeys(w)) for group, w in words.items()}, column)


def spend_records(facts: Facts, scope: Scope, spent: Spent, group: str, currency: str) -> ir.Table:
    """The rows of spend behind one amount."""
    spend = spend_in(facts, scope)
    word = spend[spent.column].cast("string").fill_null("")
    chosen = word.isin(list(spent.words.get(group, ()))) & (spend["currency"] == currency)
    return spend.filter(chosen)


def _key(word: object) -> str:
    text = "" if word is None else str(word).strip().casefold()
    return text or NONE
