"""Did what a form asks ever decide anything? Without each field the agreement is asked again.

A field decided about a lead where, with the field empty and all else as it is,

- "stage": a move of the lead would have entered another stage, or none;
- "required": a hand-over that the lead came to requires the field to be filled;
- "test": the acceptance test of that hand-over would have come out otherwise;
- "routing": a rule that says whose such leads are would have come out otherwise.

Leads are taken as they stand now, by the agreement given: what was decided under another version,
or with a value since corrected, is judged as if it happened today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.predicate import Predicate
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.agreement.stage import Stage
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.result import Records
from onefunnel.measures.steps.path import Path

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What a field can decide, in the order in which it is told.
KINDS = ("stage", "required", "test", "routing")


@dataclass(frozen=True)
class Decided:
    """About how many leads a field decided, and about how many of them what."""

    leads: int
    by_kind: Mapping[str, int]


def form_field_decisions(
    facts: Facts,
    agreement: Agreement,
    lead_ids: Sequence[str],
    fields: Sequence[str],
    *,
    routing: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Decided]:
    """About how many of the leads did each field decide?

    Args:
        lead_ids: The leads that came by the form; those that the facts lack decide nothing.
        fields: Columns of leads. One that the facts lack, or that no text of the agreement and no
            rule of routing names, decided nothing.
        routing: For each receiving team of a hand-over the predicates that say whose leads are.

    Raises:
        MissingFacts, NoSuccessPath: the agreement cannot be asked of these facts.
    """
    found: dict[str, Decided] = {}
    for field in fields:
        rows = _decisions(facts, agreement, lead_ids, field, routing or {})
        if rows is None:
            found[field] = Decided(0, {})
            continue
        counted = rows.group_by("decided").agg(n=rows["lead_id"].nunique()).to_pyarrow().to_pylist()
        kinds = {one["decided"]: int(one["n"]) for one in counted}
        leads = int(rows["lead_id"].nunique().to_pyarrow().as_py())
        found[field] = Decided(leads, {kind: kinds[kind] for kind in KINDS if kind in kinds})
    return found


def form_field_records(
    facts: Facts,
    agreement: Agreement,
    lead_ids: Sequence[str],
    field: str,
    *,
    routing: Mapping[str, Sequence[str]] | None = None,
) -> Records:
    """The leads behind one number of `form_field_decisions`: one row a lead."""
    rows = _decisions(facts, agreement, lead_ids, field, routing or {})
    if rows is None:
        return Records(_these([]))
    return Records(rows.select("lead_id").distinct())


def _decisions(
    facts: Facts,
    agreement: Agreement,
    lead_ids: Sequence[str],
    field: str,
    routing: Mapping[str, Sequence[str]],
) -> ir.Table | None:
    """(lead_id, decided), a row for each thing the field decided about a lead; None for nothing."""
    if "leads" not in facts or field not in facts["leads"].columns or not lead_ids:
        return None
    wanted = _these(lead_ids)
    leads = facts["leads"].semi_join(wanted, "lead_id")
    leads = leads.filter(leads[field].notnull())
    moves = facts["moves"].semi_join(leads, "lead_id")
    readable = _readable(agreement, columns_of(moves, leads))
    asked = _Asked(Path(readable), leads, moves, field)
    parts = list(asked.decisions(readable, routing))
    return reduce(lambda one, other: one.union(other), parts).distinct() if parts else None


@dataclass(frozen=True)
class _Asked:
    """The leads that have the field, their moves, and both once more without it."""

    path: Path
    leads: ir.Table
    moves: ir.Table
    field: str

    def decisions(
        self, agreement: Agreement, routing: Mapping[str, Sequence[str]]
    ) -> Iterator[ir.Table]:
        columns = columns_of(self.moves, self.leads)
        rules = [parse(one.when, columns) for one in agreement.stages if one.when.strip()]
        entered = self.path.with_state(self.moves, self.leads)
        if any(self._names(rule) for rule in rules):
            entered = entered.select(*self.moves.columns, before="state")
            again = self.path.with_state(entered, self.without())
            yield self._said(again, ~again["before"].identical_to(again["state"]), "stage")
            entered = again.rename(state="before", _after="state")
        names = {name: state for state, name in self.path.names.items()}
        for card in agreement.handovers:
            if card.at_stage not in names:
                continue
            came = entered.filter(entered["state"] == names[card.at_stage])
            if self.field in card.required:
                yield self._said(came, ibis.literal(value=True), "required")
            yield from self._otherwise(came, [card.accepted_when], "test")
            yield from self._otherwise(came, routing.get(card.to_team, ()), "routing")

    def without(self) -> ir.Table:
        """The leads with the field empty."""
        kind = self.leads[self.field].type()
        return self.leads.mutate(**{self.field: ibis.null(kind)})

    def _names(self, rule: Predicate) -> bool:
        return self.field in rule.columns and self.field not in self.moves.columns

    def _otherwise(self, came: ir.Table, texts: Sequence[str], kind: str) -> Iterator[ir.Table]:
        """Where one of the predicates comes out otherwise for the leads that came to a stage."""
        moves = came.select(*self.moves.columns)
        for text in texts:
            try:
                rule = parse(text, columns_of(self.moves, self.leads)) if text.strip() else None
            except PredicateError:
                continue  # it cannot be asked of a lead either, so it decides nothing
            if rule is None or not self._names(rule):
                continue
            with_it = self._judged(moves, self.leads, rule, "before")
            both = self._judged(with_it, self.without(), rule, "after")
            yield self._said(both, both["before"] != both["after"], kind)

    def _judged(self, moves: ir.Table, leads: ir.Table, rule: Predicate, name: str) -> ir.Table:
        named = sorted(rule.columns - set(self.moves.columns))
        wanted = leads.select("lead_id", *named).rename(_lead="lead_id")
        joined = moves.left_join(wanted, moves["lead_id"] == wanted["_lead"])
        return joined.select(*moves.columns, rule.filter(joined).name(name))

    def _said(self, rows: ir.Table, is_so: ir.BooleanValue, kind: str) -> ir.Table:
        return rows.filter(is_so).select("lead_id", decided=ibis.literal(kind)).distinct()


def _readable(agreement: Agreement, columns: Mapping[str, Type]) -> Agreement:
    """The agreement without definitions that these columns cannot be asked: no move meets them."""

    def read(stage: Stage) -> Stage:
        try:
            parse(stage.when, columns)
        except PredicateError:
            return replace(stage, when="")
        return stage

    return replace(agreement, stages=tuple(map(read, agreement.stages)))


def _these(lead_ids: Sequence[str]) -> ir.Table:
    import pyarrow as pa

    return ibis.memtable(pa.table({"lead_id": pa.array(list(lead_ids), pa.string())}))
