"""From an untrusted syntax tree to the checked tree, by an allow-list of exact classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.refusals import REFUSALS
from onefunnel.agreement.predicates.tokens import syntax_of, too_deep
from onefunnel.agreement.predicates.values import ValueReader
from onefunnel.facts.declaration import Type

_COMPARISONS: dict[type[exp.Expression], tree.Operator] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_FLIPPED: dict[tree.Operator, tree.Operator] = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
}  # fmt: skip
_OPPOSITE: dict[tree.Operator, tree.Operator] = {
    "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
}  # fmt: skip


def read(text: str, columns: Mapping[str, Type]) -> tree.Truth:
    """The checked tree of `text`; PredicateError says where and why it is refused."""
    syntax = syntax_of(text)
    try:
        return _Reader(text, columns).truth(syntax, 0)
    except RecursionError:
        raise too_deep(text) from None


class _Reader:
    """Reads conditions; the values inside them are read by `ValueReader`."""

    def __init__(self, text: str, columns: Mapping[str, Type]) -> None:
        self.values = ValueReader(text, columns, self.truth)
        self._by_class: dict[type[exp.Expression], Callable[[exp.Expression, int], tree.Truth]] = {
            exp.Paren: lambda node, depth: self.truth(node.this, depth + 1),
            exp.And: lambda node, depth: tree.And(self._parts(node, exp.And, depth)),
            exp.Or: lambda node, depth: tree.Or(self._parts(node, exp.Or, depth)),
            exp.Not: lambda node, depth: negated(self.truth(node.this, depth + 1)),
            exp.Boolean: lambda node, depth: tree.Always(bool(node.this)),
            exp.In: self._within,
            exp.Between: self._between,
            exp.Is: self._is,
            exp.Like: self._like,
            exp.ILike: self._like,
            exp.Column: self._flag,
            exp.Coalesce: self._flag,
            **dict.fromkeys(_COMPARISONS, self._comparison),
        }

    def truth(self, node: exp.Expression, depth: int) -> tree.Truth:
        self.values.count(node, depth)
        read = self._by_class.get(type(node))
        if read is None:
            raise self._no_truth(node, depth)
        truth = read(node, depth)
        return negated(truth) if node.args.get("negate") else truth

    def _parts(
        self, node: exp.Expression, kind: type[exp.Expression], depth: int
    ) -> tuple[tree.Truth, ...]:
        """The parts of a chain of ANDs (or ORs), however it is bracketed, in written order."""
        self.values.only(node, "this", "expression")
        parts: list[tree.Truth] = []
        waiting = [node]
        while waiting:
            current = waiting.pop()
            inner = current
            while type(inner) is exp.Paren:
                inner = inner.this
            if type(inner) is kind:
                self.values.only(inner, "this", "expression")
                waiting += [inner.expression, inner.this]
            else:
                parts.append(self.truth(current, depth + 1))
        return tuple(parts)

    def _comparison(self, node: exp.Expression, depth: int) -> tree.Truth:
        self.values.only(node, "this", "expression")
        left = self.values.value(node.this, depth + 1)
        right = self.values.value(node.expression, depth + 1)
        operator = _COMPARISONS[type(node)]
        if isinstance(left, tree.Constant) and not isinstance(right, tree.Constant):
            left, right, operator = right, left, _FLIPPED[operator]
        domain, (left, right) = self.values.alike(node, left, right)
        if domain == "flag" and operator not in ("=", "<>"):
            raise self.values.error(
                node, "a flag is neither larger nor smaller", "write = TRUE or = FALSE"
            )
        if domain == "flag" and isinstance(right, tree.Constant):
            flag = tree.Flag(left)
            return flag if (operator == "=") is right.value else tree.Not(flag)
        return tree.Comparison(operator, left, right, domain)

    def _within(self, node: exp.Expression, depth: int) -> tree.Truth:
        if node.args.get("query") is not None:
            raise self.values.error(
                node, "IN needs a list of values", "write country IN ('UK', 'Ireland')"
            )
        self.values.only(node, "this", "expressions", "negate")
        value = self.values.value(node.this, depth + 1)
        options = [self.values.value(option, depth + 1) for option in node.expressions]
        if not options or not all(isinstance(option, tree.Constant) for option in options):
            raise self.values.error(
                node, "IN needs a list of values", "write country IN ('UK', 'Ireland')"
            )
        domain, (value, *alike) = self.values.alike(node, value, *options)
        if domain == "flag":
            raise self.values.error(node, "IN with a flag", "write = TRUE or = FALSE")
        constants = tuple(option for option in alike if isinstance(option, tree.Constant))
        return tree.Within(value, constants, domain)

    def _between(self, node: exp.Expression, depth: int) -> tree.Truth:
        self.values.only(node, "this", "low", "high", "negate")
        value, low, high = (
            self.values.value(part, depth + 1)
            for part in (node.this, node.args["low"], node.args["high"])
        )
        domain, (value, low, high) = self.values.alike(node, value, low, high)
        if domain == "flag":
            raise self.values.error(node, "BETWEEN with a flag", "write = TRUE or = FALSE")
        return tree.Between(value, low, high, domain)

    def _is(self, node: exp.Expression, depth: int) -> tree.Truth:
        self.values.only(node, "this", "expression", "negate")
        right = node.expression
        if type(right) is exp.Null:
            return tree.Missing(self.values.value(node.this, depth + 1))
        if type(right) is exp.Boolean:
            return tree.Surely(self.truth(node.this, depth + 1), bool(right.this))
        raise self.values.error(node, "IS", "write IS NULL, IS NOT NULL, IS TRUE or IS FALSE")

    def _like(self, node: exp.Expression, depth: int) -> tree.Truth:
        self.values.only(node, "this", "expression", "negate")
        value = self.values.value(node.this, depth + 1)
        pattern = node.expression
        if value.type != "text" or type(pattern) is not exp.Literal or not pattern.is_string:
            raise self.values.error(
                node, "LIKE needs text and a pattern", "write name LIKE 'Acme%'"
            )
        self.values.count(pattern, depth + 1)
        if "\\" in pattern.this:
            raise self.values.error(
                pattern, "a backslash in a pattern", "engines read it differently; use _ instead"
            )
        return tree.Like(value, pattern.this, type(node) is exp.ILike)

    def _flag(self, node: exp.Expression, depth: int) -> tree.Truth:
        value = self.values.value(node, depth)
        if value.type != "flag":
            raise self.values.error(
                node,
                f"{self.values.written(node)} is {self.values.said(value)}, not a condition",
                "compare it with something",
            )
        return tree.Flag(value)

    def _no_truth(self, node: exp.Expression, depth: int) -> PredicateError:
        if type(node) in REFUSALS:
            what, fix = REFUSALS[type(node)]
            return self.values.error(node, f"{what} cannot be used in a definition", fix)
        value = self.values.value(node, depth)  # raises for what is not even a value
        return self.values.error(
            node,
            f"{self.values.written(node)} is {self.values.said(value)}, not a condition",
            "compare it with something: length(phone) >= 7",
        )


def negated(truth: tree.Truth) -> tree.Truth:
    """NOT truth, in its simplest form that has the same three-valued meaning."""
    match truth:
        case tree.Not(part=part):
            return part
        case tree.Comparison(operator=operator, left=left, right=right, domain=domain):
            return tree.Comparison(_OPPOSITE[operator], left, right, domain)
        case tree.Always(value=value):
            return tree.Always(not value)
        case _:
            return tree.Not(truth)
