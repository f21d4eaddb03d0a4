"""Which leads meet which definitions? One row per lead, one column of yes or no per definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Literal

import ibis

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.groups import attributes

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Rule:
    """Definitions that must hold together: on one move of the lead (with the lead's columns beside
    it), or on the lead itself (with its account's). No text at all is met by none."""

    over: Literal["moves", "leads"]
    texts: tuple[str, ...]


def move_columns(facts: Facts) -> dict[str, Type]:
    """What definitions of stages and acceptance tests can use."""
    return columns_of(*(facts[name] for name in ("moves", "leads") if name in facts))


def lead_columns(facts: Facts) -> dict[str, Type]:
    """What definitions of segments and personas can use."""
    return columns_of(*(facts[name] for name in ("leads", "accounts") if name in facts))


def problem_of(facts: Facts, rule: Rule) -> str:
    """Why these facts cannot answer the rule; empty where they can."""
    if rule.over == "leads" and "leads" not in facts:
        return "there is no table of leads"
    columns = move_columns(facts) if rule.over == "moves" else lead_columns(facts)
    for text in rule.texts:
        try:
            parse(text, columns)
        except PredicateError as error:
            return str(error)
    return ""


def meeting(facts: Facts, rules: Mapping[str, Rule], scope: Scope) -> ir.Table:
    """The leads of the scope with a flag for each rule: met at least once up to `as_of`.

    A rule is looked at by itself, whatever stage of an agreement would take the move. `where`,
    `since` and `until` choose leads as in the cohort reading: by entry into the funnel, the earlier
    of their creation and their first move.

    Returns:
        lead_id and one boolean column a rule, named as in `rules`.

    Raises:
        MissingFacts: there are no moves, or no leads where a rule is over leads.
        PredicateError: a rule cannot be read against these facts (see `problem_of`).
    """
    asked = {name: rule for name, rule in rules.items() if rule.texts}
    over_moves = {name: rule for name, rule in asked.items() if rule.over == "moves"}
    over_leads = {name: rule for name, rule in asked.items() if rule.over == "leads"}
    leads = _by_moves(facts, over_moves, scope.as_of)
    if over_leads:
        own = _by_leads(facts, over_leads).rename(_own="lead_id")
        joined = leads.outer_join(own, leads["lead_id"] == own["_own"])
        leads = joined.mutate(lead_id=joined["lead_id"].coalesce(joined["_own"])).drop("_own")
    flags = {
        name: leads[name].fill_null(False) if rule.texts else ibis.literal(False)
        for name, rule in rules.items()
    }
    leads = leads.mutate(**flags)
    leads = matching(leads, facts, scope.where)
    if scope.since is not None or scope.until is not None:
        leads = in_period(_with_entry(leads, facts), scope)
    return leads.select("lead_id", *rules)


def _by_moves(facts: Facts, rules: Mapping[str, Rule], as_of: datetime | None) -> ir.Table:
    moves = facts["moves"]
    if as_of is not None:
        moves = moves.filter(moves["at"].isnull() | (moves["at"] <= as_of))
    columns = move_columns(facts)
    parsed = {name: [parse(text, columns) for text in rule.texts] for name, rule in rules.items()}
    used = {column for each in parsed.values() for rule in each for column in rule.columns}
    wanted = sorted(used - set(moves.columns))
    if wanted:
        leads = facts["leads"].select("lead_id", *wanted).rename(_of="lead_id")
        moves = moves.left_join(leads, moves["lead_id"] == leads["_of"]).drop("_of")
    flags = {
        name: reduce(and_, (rule.filter(moves) for rule in each)).any()
        for name, each in parsed.items()
    }
    return moves.group_by("lead_id").agg(first_at=moves["at"].min(), **flags)


def _by_leads(facts: Facts, rules: Mapping[str, Rule]) -> ir.Table:
    columns = lead_columns(facts)
    parsed = {name: [parse(text, columns) for text in rule.texts] for name, rule in rules.items()}
    used = {column for each in parsed.values() for rule in each for column in rule.columns}
    described = attributes(facts, used)
    return described.select(
        "lead_id",
        **{
            name: reduce(and_, (rule.filter(described) for rule in each))
            for name, each in parsed.items()
        },
    )


def _with_entry(leads: ir.Table, facts: Facts) -> ir.Table:
    if "leads" not in facts or "created_at" not in facts["leads"].columns:
        return leads.mutate(entered_at=leads["first_at"])
    created = facts["leads"].select(_of="lead_id", _created="created_at")
    joined = leads.left_join(created, leads["lead_id"] == created["_of"])
    return joined.mutate(entered_at=ibis.least(joined["_created"], joined["first_at"]))
