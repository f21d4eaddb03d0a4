"""The values inside conditions: columns, constants, arithmetic and documented functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlglot import exp

from onefunnel.agreement.predicates import literals, tree
from onefunnel.agreement.predicates.errors import PredicateError, nearest
from onefunnel.agreement.predicates.functions import FAMILIES, FUNCTIONS
from onefunnel.agreement.predicates.refusals import REFUSALS
from onefunnel.agreement.predicates.tokens import DEEPEST, too_deep
from onefunnel.facts.declaration import Type

MOST_NODES = 500
MOST_POINTS = 100

_SAID: dict[Type, str] = {
    "text": "text",
    "int": "a whole number",
    "number": "a number",
    "money": "an amount",
    "time": "a time",
    "day": "a day",
    "flag": "a flag",
}
_ARITHMETIC: dict[type[exp.Expression], Literal["+", "-", "*"]] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
}
_FUNCTIONS: dict[type[exp.Expression], str] = {
    exp.Lower: "lower",
    exp.Upper: "upper",
    exp.Trim: "trim",
    exp.Length: "length",
    exp.Coalesce: "coalesce",
}


class ValueReader:
    """Reads values against columns of known types, counting nodes as it goes.

    `truth` reads the conditions inside of values.
    """

    def __init__(
        self,
        text: str,
        columns: Mapping[str, Type],
        truth: Callable[[exp.Expression, int], tree.Truth],
    ) -> None:
        self.text = text
        self._truth = truth
        self.columns = columns
        self._by_folded: dict[str, list[str]] = {}
        for name in columns:
            self._by_folded.setdefault(name.casefold(), []).append(name)
        self._counted = 0

    def value(self, node: exp.Expression, depth: int) -> tree.Value:
        self.count(node, depth)
        kind = type(node)
        if kind is exp.Paren:
            self.only(node, "this")
            return self.value(node.this, depth + 1)
        if kind is exp.Column:
            return self._column(node)
        if kind is exp.Literal:
            return self._constant(node)
        if kind is exp.Boolean:
            return tree.Constant(bool(node.this), "flag")
        if kind is exp.Neg:
            return self._negative(node, depth)
        if kind in _ARITHMETIC:
            self.only(node, "this", "expression")
            left = self.value(node.this, depth + 1)
            right = self.value(node.expression, depth + 1)
            return self._arithmetic(node, _ARITHMETIC[kind], left, right)
        if kind in _FUNCTIONS:
            self.only(node, "this", "expressions")
            given = [node.this, *(node.args.get("expressions") or [])]
            return self._call(node, _FUNCTIONS[kind], given, depth)
        if kind is exp.Anonymous:
            return self._call(node, str(node.this).lower(), node.expressions, depth)
        raise self._refused(node)

    def alike(
        self, node: exp.Expression, *values: tree.Value
    ) -> tuple[tree.Domain, list[tree.Value]]:
        """In which domain these values are compared, and the values made fit for it."""
        found = list(values)
        if any(FAMILIES[value.type] == "time" for value in found):
            found = [self._as_time(node, value) for value in found]
        types = {value.type for value in found}
        if len({FAMILIES[each] for each in types}) > 1:
            raise self._unlike(node, found)
        if types <= {"int"}:
            return "int", found
        if types <= {"int", "money"}:
            return "exact", found
        if FAMILIES[found[0].type] == "number":
            return "float", found
        if types == {"day"}:
            return "day", found
        if types <= {"time", "day"}:
            return "time", found
        return ("text" if types == {"text"} else "flag"), found

    def count(self, node: exp.Expression, depth: int) -> None:
        self._counted += 1
        if self._counted > MOST_NODES:
            raise PredicateError(
                self.text, None, f"more than {MOST_NODES} parts", "define it with fewer conditions"
            )
        if depth > DEEPEST:
            raise too_deep(self.text)

    def only(self, node: exp.Expression, *allowed: str) -> None:
        """Refuse a node that carries anything beyond the arguments we know the meaning of."""
        for name, argument in node.args.items():
            if name not in allowed and argument not in (None, False, []):
                raise self.error(
                    node, f"{self.written(node)}: {name} is not understood here", "leave it out"
                )

    def error(self, node: exp.Expression, what: str, fix: str = "") -> PredicateError:
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        return PredicateError(self.text, min(starts) if starts else None, what, fix)

    def written(self, node: exp.Expression) -> str:
        text = node.sql(dialect="duckdb", comments=False)
        return text if len(text) <= 60 else text[:57] + "..."

    @staticmethod
    def said(value: tree.Value) -> str:
        return _SAID[value.type]

    def _column(self, node: exp.Expression) -> tree.Column:
        if type(node.this) is not exp.Identifier:
            raise self.error(node, f"{self.written(node)} is not a column", "name a column")
        name = str(node.this.this)
        if {key for key, value in node.args.items() if value} != {"this"}:
            raise self.error(
                node, f"{self.written(node)}: a table in front of the column", f"write {name} only"
            )
        if name in self.columns:
            return tree.Column(name, self.columns[name])
        same = self._by_folded.get(name.casefold(), [])
        if len(same) == 1:
            return tree.Column(same[0], self.columns[same[0]])
        raise self._unknown_column(node, name)

    def _unknown_column(self, node: exp.Expression, name: str) -> PredicateError:
        close = nearest(name, self.columns)
        if node.this.args.get("quoted") and not close:
            fix = f"for a text write it in single quotes: '{name}'"
        elif close:
            fix = f"did you mean {_quoted(close[0])}?"
        elif self.columns:
            known = sorted(self.columns)
            more = f", ... ({len(known)} in all)" if len(known) > 12 else ""
            fix = f"the columns are {', '.join(known[:12])}{more}"
        else:
            fix = "there are no columns to compare"
        return self.error(node, f"there is no column {name!r}", fix)

    def _constant(self, node: exp.Expression) -> tree.Constant:
        if node.is_string:
            return tree.Constant(str(node.this), "text")
        found = literals.number(str(node.this))
        if found is None:
            raise self.error(
                node,
                f"{self.written(node)} is not a number a definition can hold",
                "at most 19 digits, 6 after the point, no exponent",
            )
        return tree.Constant(found, "int" if isinstance(found, int) else "money")

    def _negative(self, node: exp.Expression, depth: int) -> tree.Value:
        value = self.value(node.this, depth + 1)
        if isinstance(value, tree.Constant) and FAMILIES[value.type] == "number":
            assert not isinstance(value.value, str | datetime)
            return replace(value, value=-value.value)  # type: ignore[operator]
        return self._arithmetic(node, "-", tree.Constant(0, "int"), value)

    def _arithmetic(
        self,
        node: exp.Expression,
        operator: Literal["+", "-", "*"],
        left: tree.Value,
        right: tree.Value,
    ) -> tree.Value:
        families = {FAMILIES[left.type], FAMILIES[right.type]}
        if families == {"time"}:
            raise self.error(
                node, "arithmetic with times", "use days_between(from, to): days from one to other"
            )
        if families != {"number"}:
            raise self.error(node, f"{self.written(node)}: arithmetic needs numbers", "")
        gives: Type = "money"
        if operator == "*" or "number" in (left.type, right.type):
            gives = "number"
        return tree.Arithmetic(operator, left, right, gives)

    def _call(
        self, node: exp.Expression, name: str, given: list[exp.Expression], depth: int
    ) -> tree.Value:
        function = FUNCTIONS.get(name)
        if function is None:
            close = nearest(name, FUNCTIONS)
            known = ", ".join(sorted(FUNCTIONS))
            fix = f"did you mean {close[0]}?" if close else f"the functions are {known}"
            raise self.error(node, f"there is no function {name!r} in definitions", fix)
        if function.takes[0] == "condition":
            return self._points(node, given, depth)
        values = [self.value(argument, depth + 1) for argument in given]
        if function.takes == ("same", "same"):
            if len(values) < 2:
                raise self.error(node, f"{name} needs two values", f"as in {function.example}")
            domain, values = self.alike(node, *values)
            gives = _gives(domain)
        else:
            if len(values) != len(function.takes):
                raise self.error(
                    node,
                    f"{name} takes {len(function.takes)}, not {len(values)}",
                    f"as in {function.example}",
                )
            values = [
                self._as_time(node, value) if takes == "time" else value
                for value, takes in zip(values, function.takes, strict=True)
            ]
            for value, takes in zip(values, function.takes, strict=True):
                if FAMILIES[value.type] != takes:
                    raise self.error(
                        node, f"{name} needs a {takes}, not {self.said(value)}", function.example
                    )
            assert function.gives is not None
            gives = function.gives
        return tree.Call(name, tuple(values), gives)

    def _points(self, node: exp.Expression, given: list[exp.Expression], depth: int) -> tree.Points:
        example = f"as in {FUNCTIONS['points'].example}"
        if len(given) != 2:
            raise self.error(node, f"points takes a condition and a number, not {len(given)}",
                             example)  # fmt: skip
        points = self.value(given[1], depth + 1)
        if not isinstance(points, tree.Constant) or points.type != "int":
            raise self.error(node, "points are a whole number that is written out", example)
        number = int(str(points.value))
        if abs(number) > MOST_POINTS:
            raise self.error(node, f"{number:,} points", f"at most {MOST_POINTS} of them")
        return tree.Points(self._truth(given[0], depth + 1), number)

    def _as_time(self, node: exp.Expression, value: tree.Value) -> tree.Value:
        if not (isinstance(value, tree.Constant) and isinstance(value.value, str)):
            return value
        found = literals.time(value.value)
        if found is None:
            raise self.error(
                node, f"{value.value!r} is not a time", "write '2024-05-31' or '2024-05-31 09:30'"
            )
        return tree.Constant(found, "time" if isinstance(found, datetime) else "day")

    def _unlike(self, node: exp.Expression, values: list[tree.Value]) -> PredicateError:
        kinds = [self.said(value) for value in values]
        other = next(kind for kind in kinds if kind != kinds[0])
        fix = "compare like with like"
        constants = [value for value in values if isinstance(value, tree.Constant)]
        if any(value.type == "text" for value in constants):
            fix = "leave the quotation marks away" if "number" in kinds[0] else fix
        elif constants and kinds[0] == "text":
            fix = f"put the value in single quotes: '{constants[0].value}'"
        return self.error(node, f"{self.written(node)} compares {kinds[0]} with {other}", fix)

    def _refused(self, node: exp.Expression) -> PredicateError:
        what, fix = REFUSALS.get(
            type(node),
            (f"{type(node).__name__} ({self.written(node)})", "see the guide for what is allowed"),
        )
        if type(node) in (exp.And, exp.Or, exp.Not, exp.EQ, exp.In, exp.Like, exp.Is):
            what, fix = "a condition where a value is needed", "join conditions with AND and OR"
        return self.error(node, f"{what} cannot be used in a definition", fix)


def _gives(domain: tree.Domain) -> Type:
    if domain == "exact":
        return "money"
    return "number" if domain == "float" else domain


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name.islower() else f'"{name}"'
