"""Definitions that can be run and that nothing in the data has ever met, and why that may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.errors import nearest
from onefunnel.agreement.predicates.parse import parse
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.defined import (
    Rule,
    lead_columns,
    meeting,
    move_columns,
    problem_of,
)
from onefunnel.measures.steps.run import rows

#: Of a column with more values than this (names, ids) it is not said which values it has.
_MOST_VALUES = 500


def never_met(facts: Facts, rules: Mapping[str, Rule]) -> dict[str, str]:
    """Why no lead meets a rule, for each rule that none ever did, by its name.

    Rules without text, and those that cannot be read against these facts, are left out. The reason
    names the first value asked for that no row has, and the one most like it.
    """
    if "moves" not in facts:
        return {}
    asked = {
        name: rule
        for name, rule in rules.items()
        if any(text.strip() for text in rule.texts) and not problem_of(facts, rule)
    }
    if not asked:
        return {}
    numbered = {f"rule_{place}": rule for place, rule in enumerate(asked.values())}
    met = meeting(facts, numbered, Scope())
    (row,) = rows(met.agg(**{name: met[name].any() for name in numbered}))
    return {
        name: _reason(facts, asked[name])
        for number, name in zip(numbered, asked, strict=True)
        if not row[number]
    }


def _reason(facts: Facts, rule: Rule) -> str:
    columns = move_columns(facts) if rule.over == "moves" else lead_columns(facts)
    there: dict[str, set[str]] = {}
    for text in rule.texts:
        read = parse(text, columns)
        for column, value in _asked_for(read.tree):
            if column not in there:
                there[column] = _values(facts, rule, column)
            if there[column] and value not in there[column]:
                close = nearest(value, there[column])
                meant = f" Did you mean “{close[0]}”?" if close else ""
                return f"Nothing in the data has “{value}” as {read.spoken(column)}.{meant}"
    return "Nothing in the data has ever met it."


def _asked_for(node: tree.Node) -> Iterator[tuple[str, str]]:
    """Each column that is asked for texts, with each of them; what it must not be is not asked."""
    match node:
        case tree.Not() | tree.Surely(wanted=False):
            return
        case tree.Comparison(operator="=", left=tree.Column(name), right=tree.Constant(str(value))):
            yield name, value
        case tree.Within(value=tree.Column(name), options=options):
            yield from ((name, one.value) for one in options if isinstance(one.value, str))
        case _:
            for below in tree.children(node):
                yield from _asked_for(below)


def _values(facts: Facts, rule: Rule, column: str) -> set[str]:
    """The values of a column of texts, in the table where the rule reads it; none where they are
    too many to be a list."""
    for name in ("moves", "leads") if rule.over == "moves" else ("leads", "accounts"):
        if name in facts and column in facts[name].columns:
            found = rows(facts[name].select(value=column).distinct().limit(_MOST_VALUES + 1))
            texts = {row["value"] for row in found if row["value"] is not None}
            return texts if len(found) <= _MOST_VALUES else set()
    return set()
