"""What does each difference between two drafts cost: how many leads, and the money on them?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Literal

import ibis

from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.matching import Match, match_stages
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.words import Persona, Segment
from onefunnel.facts.sql_text import identifier
from onefunnel.facts.store import Facts
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.defined import (
    Rule,
    lead_columns,
    meeting,
    move_columns,
    problem_of,
)
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: `ours_only`: leads that enter by our definition and not by theirs; `touched`: all it concerns.
Side = Literal["touched", "ours_only", "theirs_only"]
SIDES: tuple[Side, ...] = ("touched", "ours_only", "theirs_only")
#: Fields whose difference lets other leads in.
_LETS_IN = frozenset({"", "when", "at_stage", "from_stage", "accepted_when", "required"})


@dataclass(frozen=True)
class Touched:
    """Leads, and their deals: how many, how many without an amount, and the amounts by currency
    ("" where none is said), to the penny. Deals are None where the facts have none."""

    leads: int
    deals: int | None = None
    unpriced: int | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """A discrepancy and what it touches; None where it concerns no leads, or where `note` says why
    they cannot be counted."""

    discrepancy: Discrepancy
    touched: Touched | None
    ours_only: Touched | None
    theirs_only: Touched | None
    note: str = ""


@dataclass(frozen=True)
class Differences:
    """Every discrepancy between two drafts with what it touches, and how stages were matched."""

    matches: tuple[Match, ...]
    differences: tuple[Difference, ...]
    as_of: datetime | None
    notes: tuple[str, ...] = ()


def shared_leads(
    facts: Facts, ours: Agreement, theirs: Agreement, scope: Scope | None = None
) -> dict[tuple[str, str], float]:
    """Of the leads that enter our stage or their stage, which share enters both (Jaccard)?

    By our stage's and their stage's name; pairs that no lead enters, and definitions that cannot
    be read against these facts, are left out.
    """
    rules = {
        (side, stage.name): Rule("moves", (stage.when,))
        for side, agreement in (("ours", ours), ("theirs", theirs))
        for stage in agreement.stages
        if stage.when.strip() and not problem_of(facts, Rule("moves", (stage.when,)))
    }
    counted = _Counted(facts, rules.values(), as_of_data(facts, scope or Scope()), with_money=False)
    shares = {}
    for (side, one), our_rule in rules.items():
        for (other_side, other), their_rule in rules.items():
            if (side, other_side) == ("ours", "theirs"):
                either = counted.touched((our_rule,), (their_rule,), "touched", is_either=True)
                only = counted.touched((our_rule,), (their_rule,), "touched", is_either=False)
                if either.leads:
                    shares[one, other] = (either.leads - only.leads) / either.leads
    return shares


def differences(
    facts: Facts,
    ours: Agreement,
    theirs: Agreement,
    *,
    scope: Scope | None = None,
    matches: Sequence[Match] | None = None,
) -> Differences:
    """Where do two drafts differ, and which leads and how much money does each difference touch?

    Stages are matched by name, definition and the leads that enter (`matches` overrides). A
    difference of definitions touches the leads that are treated otherwise: `ours_only` enter by
    our definition and never by theirs, `theirs_only` the other way round. Any other difference
    (owner, target, promise, word, order) touches every lead that enters the stage by either
    definition; it moves no lead in or out, so both sides are 0. Definitions are looked at one by
    one, whatever other stage of the draft would take the move; `replay` shows the whole. Amounts
    are those of all deals of the leads, open, won and lost, as of the moment asked.

    Raises:
        MissingFacts: there are no moves.
    """
    asked = as_of_data(facts, scope or Scope())
    columns, of_leads = move_columns(facts), lead_columns(facts)
    if matches is None:
        shared = shared_leads(facts, ours, theirs, asked)
        matches = match_stages(ours, theirs, columns=columns, shared=shared)
    found = compare(ours, theirs, columns=columns, lead_columns=of_leads, matches=matches)
    looked = {each.number: _Looked.at(each, ours, theirs) for each in found}
    problems = {number: _problem(facts, each) for number, each in looked.items()}
    counted = _Counted(
        facts,
        [rule for n, each in looked.items() if not problems[n] for rule in each.rules],
        asked,
        with_money="deals" in facts,
    )
    notes = () if "deals" in facts else ("The facts have no deals, so no money is counted.",)
    return Differences(
        matches=tuple(matches),
        differences=tuple(
            _difference(each, looked[each.number], problems[each.number], counted) for each in found
        ),
        as_of=asked.as_of,
        notes=notes,
    )


def difference_records(
    facts: Facts,
    ours: Agreement,
    theirs: Agreement,
    discrepancy: Discrepancy,
    side: Side = "touched",
    *,
    scope: Scope | None = None,
    currency: str | None = None,
) -> Records:
    """The leads behind a count; with `currency`, the deals whose amounts add up to the money.

    Raises:
        LookupError: the discrepancy concerns no leads, or they cannot be counted.
    """
    asked = as_of_data(facts, scope or Scope())
    looked = _Looked.at(discrepancy, ours, theirs)
    problem = _problem(facts, looked)
    if problem or not looked.rules:
        why = problem or "it is not about leads"
        raise LookupError(f"there is no list behind {discrepancy.where}: {why}")
    names = _names(looked.rules)
    leads = meeting(facts, {name: rule for rule, name in names.items()}, asked)
    one = _any(leads, [names[rule] for rule in looked.ours])
    other = _any(leads, [names[rule] for rule in looked.theirs])
    chosen = {
        "ours_only": one & ~other & looked.lets_in,
        "theirs_only": other & ~one & looked.lets_in,
        "touched": ((one & ~other) | (other & ~one)) if looked.lets_in else (one | other),
    }[side]
    table = leads.filter(chosen).select("lead_id")
    if currency is None:
        return Records(table)
    deals = deals_of(facts, Scope(as_of=asked.as_of))
    deals = deals.filter((deals["currency"] == currency) & deals["amount"].notnull())
    chosen_deals = deals.semi_join(table, "lead_id")
    return Records(chosen_deals, sum_column="amount")


@dataclass(frozen=True)
class _Looked:
    """Which rules tell whom a discrepancy concerns on either side. `lets_in`: it is about who is
    let in, so only leads that one side lets in and the other does not are touched."""

    ours: tuple[Rule, ...]
    theirs: tuple[Rule, ...]
    lets_in: bool

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.ours, *self.theirs)

    @classmethod
    def at(cls, discrepancy: Discrepancy, ours: Agreement, theirs: Agreement) -> _Looked:
        thing, part = discrepancy.thing, discrepancy.field
        lets_in = part in _LETS_IN and thing != "term"
        if thing in ("segment", "persona"):
            return cls(
                _group(ours, discrepancy.our_name), _group(theirs, discrepancy.their_name), lets_in
            )
        if thing == "stages":
            return cls(
                _stages(ours, discrepancy.ours), _stages(theirs, discrepancy.theirs), lets_in
            )
        one = _stages(ours, (discrepancy.our_stage,))
        other = _stages(theirs, (discrepancy.their_stage,))
        if thing == "hand-over" and part in ("accepted_when", "required"):
            # the stage itself may be another card: here all that either draft hands over are tried
            both = tuple(dict.fromkeys((*one, *other)))
            one = _with_test(both, part, discrepancy.ours)
            other = _with_test(both, part, discrepancy.theirs)
        return cls(one, other, lets_in)


def _stages(agreement: Agreement, names: object) -> tuple[Rule, ...]:
    wanted = names if isinstance(names, tuple) else ()
    return tuple(
        Rule("moves", (stage.when,) if stage.when.strip() else ())
        for stage in agreement.stages
        if stage.name in wanted
    )


def _group(agreement: Agreement, name: str | None) -> tuple[Rule, ...]:
    groups: tuple[Segment | Persona, ...] = (*agreement.segments, *agreement.personas)
    return tuple(
        Rule("leads", (group.when,) if group.when.strip() else ())
        for group in groups
        if group.name == name
    )


def _with_test(rules: tuple[Rule, ...], part: str, value: object) -> tuple[Rule, ...]:
    """The stage's rules, narrowed to the leads that pass the hand-over's own test there."""
    if part == "required":
        columns = value if isinstance(value, tuple) else ()
        tests = tuple(f"{identifier(name)} IS NOT NULL" for name in columns)
    else:
        tests = (value,) if isinstance(value, str) and value.strip() else ()
    return tuple(Rule(rule.over, (*rule.texts, *tests)) for rule in rules if rule.texts)


class _Counted:
    """Leads and money by which of the rules they meet: two small tables, then plain sums."""

    def __init__(
        self, facts: Facts, rules: Iterable[Rule], scope: Scope, *, with_money: bool
    ) -> None:
        self._names = _names(rules)
        self._with_money = with_money
        if not self._names:
            self._leads: list[dict[str, Any]] = []
            self._money: list[dict[str, Any]] = []
            return
        leads = meeting(facts, {name: rule for rule, name in self._names.items()}, scope)
        flags = list(self._names.values())
        self._leads = rows(leads.group_by(flags).agg(n=leads.count()))
        self._money = []
        if with_money:
            deals = deals_of(facts, Scope(as_of=scope.as_of))
            deals = deals.filter(deals["lead_id"].notnull())
            deals = deals.select("lead_id", "amount", _currency="currency")
            joined = deals.join(leads, "lead_id")
            self._money = rows(
                joined.group_by([*flags, "_currency"]).agg(
                    n=joined.count(),
                    amount=joined["amount"].cast("decimal(38, 4)").sum(),
                    unpriced=joined["amount"].isnull().sum(),
                )
            )

    def touched(
        self, ours: tuple[Rule, ...], theirs: tuple[Rule, ...], side: Side, *, is_either: bool
    ) -> Touched:
        """Leads and money of a side. `is_either`: all that meet a rule of either side are touched;
        else those that meet one of one side and none of the other."""
        one, other = [self._names[rule] for rule in ours], [self._names[rule] for rule in theirs]

        def is_in(row: Mapping[str, Any]) -> bool:
            by_one, by_other = any(row[n] for n in one), any(row[n] for n in other)
            if side == "ours_only":
                return by_one and not by_other and not is_either
            if side == "theirs_only":
                return by_other and not by_one and not is_either
            return (by_one or by_other) if is_either else by_one != by_other

        leads = sum(row["n"] for row in self._leads if is_in(row))
        if not self._with_money:
            return Touched(leads)
        chosen = [row for row in self._money if is_in(row)]
        amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in chosen:
            if row["amount"] is not None:
                amounts[row["_currency"]] += row["amount"]
        return Touched(
            leads=leads,
            deals=sum(row["n"] for row in chosen),
            unpriced=sum(row["unpriced"] for row in chosen),
            amounts={code: amounts[code] for code in sorted(amounts)},
        )


def _difference(
    discrepancy: Discrepancy, looked: _Looked, problem: str, counted: _Counted
) -> Difference:
    if problem:
        return Difference(discrepancy, None, None, None, f"cannot be counted: {problem}")
    if not looked.rules:
        return Difference(discrepancy, None, None, None)
    sides = {
        side: counted.touched(looked.ours, looked.theirs, side, is_either=not looked.lets_in)
        for side in SIDES
    }
    note = ""
    if not all(rule.texts for rule in looked.rules):
        note = "a draft has no definition here, so no lead enters by it"
    elif not counted.touched(looked.ours, looked.theirs, "touched", is_either=True).leads:
        note = "no lead of these facts enters here: do the definitions name what the data name?"
    return Difference(discrepancy, note=note, **sides)


def _problem(facts: Facts, looked: _Looked) -> str:
    return next(filter(None, (problem_of(facts, rule) for rule in looked.rules)), "")


def _names(rules: Iterable[Rule]) -> dict[Rule, str]:
    return {rule: f"meets_{i}" for i, rule in enumerate(dict.fromkeys(rules))}


def _any(leads: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    return reduce(or_, (leads[name] for name in names), ibis.literal(False))
