"""What two definitions have in common: the same, the same with other values, or another thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.facts.declaration import Type

Columns = Mapping[str, Type]

#: Operators that draw the same boundary from the same side.
_SIDE: dict[tree.Operator, str] = {
    "=": "one of", "<>": "not", "<": "below", "<=": "below", ">": "above", ">=": "above",
}  # fmt: skip
_MIRRORED: dict[tree.Operator, tree.Operator] = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
}  # fmt: skip


class Definition:
    """A definition as two drafts compare it: by what it says, not by how it is written.

    The order of conditions joined by AND or OR, the order of a list's values, a list of one value,
    brackets and a comparison read from right to left make no difference. A text that cannot be
    read against these columns is compared as text, and `problem` says why.
    """

    def __init__(self, text: str, columns: Columns) -> None:
        self.text = " ".join(text.split())
        self.problem = ""
        self.canonical: str = self.text
        self.shape: str | None = None
        self.texts: frozenset[str] = frozenset()
        self.says = self.text or "no definition"
        if not self.text:
            return
        try:
            predicate = parse(text, columns)
        except PredicateError as error:
            self.problem = str(error)
            return
        self.canonical = _written(predicate.tree, is_shape=False)
        self.shape = _written(predicate.tree, is_shape=True)
        self.texts = frozenset(
            str(node.value)
            for node in tree.walk(predicate.tree)
            if isinstance(node, tree.Constant) and node.type == "text"
        )
        self.says = predicate.sentence()

    def same(self, other: Definition) -> bool:
        return self.canonical == other.canonical


def kind_of_difference(
    ours: Definition, theirs: Definition
) -> Literal["moved boundary", "other criterion"] | None:
    """None where both say the same; a moved boundary where they ask about the same columns in the
    same way with other values; another criterion otherwise, also where the texts they ask for have
    none in common."""
    if ours.same(theirs):
        return None
    is_moved = ours.shape is not None and ours.shape == theirs.shape
    if ours.texts and ours.texts.isdisjoint(theirs.texts):
        is_moved = False
    return "moved boundary" if is_moved else "other criterion"


def unread(texts: Mapping[str, str], columns: Columns) -> dict[str, str]:
    """Of these definitions by place, those that cannot be read, and why."""
    found = {where: Definition(text, columns).problem for where, text in texts.items()}
    return {where: problem for where, problem in found.items() if problem}


def _value(constant: tree.Constant) -> str:
    value = constant.value
    if isinstance(value, str | bool):
        return repr(value)
    text = str(value)
    is_number = constant.type in ("int", "money", "number")
    return text.rstrip("0").rstrip(".") if is_number and "." in text else text


def _written(part: tree.Node, *, is_shape: bool) -> str:
    """The tree as one text. As a shape it holds no values, and boundaries show their side only."""

    def of(inner: tree.Node) -> str:
        return _written(inner, is_shape=is_shape)

    match part:
        case tree.Constant():
            return "?" if is_shape else _value(part)
        case tree.Column(name=name):
            return f"[{name}]"
        case tree.Comparison(operator=op, left=left, right=right):
            if isinstance(left, tree.Constant) and not isinstance(right, tree.Constant):
                op, left, right = _MIRRORED[op], right, left
            sign = _SIDE[op] if is_shape or op == "=" else op
            return f"{of(left)} {sign} ({of(right)})"
        case tree.Within(value=value, options=options):
            return f"{of(value)} one of ({','.join(sorted({of(each) for each in options}))})"
        case tree.Like(value=value, pattern=pattern, ignores_case=ignores_case):
            return f"{of(value)} like {'?' if is_shape else (pattern, ignores_case)}"
        case tree.Always(value=always):
            return str(always)
        case tree.Surely(part=inner, wanted=wanted):
            return f"surely {wanted} ({of(inner)})"
        case tree.And() | tree.Or():
            joined = sorted({of(each) for each in _joined(part, type(part))})
            return f"{type(part).__name__}({';'.join(joined)})"
        case tree.Arithmetic(operator=sign, left=left, right=right):
            return f"({of(left)} {sign} {of(right)})"
        case tree.Points(part=inner, points=points):
            return f"points({of(inner)},{'?' if is_shape else points})"
        case tree.Call(function=function, arguments=arguments):
            return f"{function}({','.join(of(each) for each in arguments)})"
        case _:
            inside = ",".join(of(child) for child in tree.children(part))
            return f"{type(part).__name__}({inside})"


def _joined(part: tree.Truth, by: type[tree.And] | type[tree.Or]) -> list[tree.Truth]:
    """The conditions joined by one word, however they are bracketed."""
    if isinstance(part, by):
        return [each for inner in part.parts for each in _joined(inner, by)]
    return [part]
