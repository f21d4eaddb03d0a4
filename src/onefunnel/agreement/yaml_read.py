"""Nodes of a YAML text to the dataclasses of an agreement, with every problem's place."""

from __future__ import annotations

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import InvalidOperation
from functools import cache
from math import isfinite
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from onefunnel.agreement.predicates.errors import nearest
from onefunnel.agreement.yaml_nodes import Node, Problem

#: So many problems are told at once; the rest shows when these are mended.
MOST_PROBLEMS = 20
_YES, _NO = ("yes", "true", "on"), ("no", "false", "off")


class Reader:
    """Reads nodes as declared types and collects what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, kind: Any, node: Node, what: str) -> Any:
        """The node as a value of `kind`; None (and a problem noted) where it cannot be one."""
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            inner = next(each for each in get_args(kind) if each is not type(None))
            return None if node.is_empty else self.read(inner, node, what)
        if origin is tuple:
            return self._tuple(get_args(kind)[0], node, what)
        if origin is Literal:
            return self._choice(get_args(kind), node, what)
        if is_dataclass(kind):
            return self._record(kind, node, what)
        if node.kind != "scalar":
            return self._note(
                node, f"{what} is one value, not a {node.kind}", "write it in one line"
            )
        return self._scalar(kind, node, what)

    def _note(self, node: Node, what: str, fix: str = "") -> Any:
        """Note a problem; always None, which stands for the value that cannot be read."""
        self.problems.append(node.problem(what, fix))
        return None

    def _record(self, kind: Any, node: Node, what: str) -> Any:
        declared, hints = _declared(kind)
        if node.kind == "scalar" and not node.is_empty:
            # A bare text stands for the record's first field: `- marketing` for a signatory.
            first = next(iter(declared))
            node = Node(
                "mapping", node.line, node.column,
                items=[Node("scalar", node.line, node.column, first), node],
            )  # fmt: skip
        if node.kind == "list":
            return self._note(node, f"{what} is not a list", f"write {', '.join(declared)} as keys")
        values: dict[str, Any] = {}
        seen: dict[str, int] = {}
        for key, value in node.pairs:
            if key.text in seen:
                first_line = seen[key.text]
                self._note(
                    key, f"{key.text!r} stands twice (first in line {first_line})", "keep one"
                )
            elif key.text not in declared:
                self._unknown_key(key, what, tuple(declared))
            else:
                seen[key.text] = key.line
                values[key.text] = self.read(hints[key.text], value, key.text)
        for name, field in declared.items():
            is_needed = field.default is MISSING and field.default_factory is MISSING
            if is_needed and not values.get(name):
                if not any(problem.line == node.line for problem in self.problems):
                    self._note(node, f"{what} has no {name}", f"add {name}: ...")
                return None
        return kind(**{key: value for key, value in values.items() if value is not None})

    def _unknown_key(self, key: Node, what: str, known: tuple[str, ...]) -> None:
        close = nearest(key.text, known)
        fix = f"did you mean {close[0]}?" if close else f"the keys are {', '.join(known)}"
        self._note(key, f"{what} has no key {key.text!r}", fix)

    def _tuple(self, item: Any, node: Node, what: str) -> tuple[Any, ...]:
        if node.is_empty:
            return ()
        # One item may be written without the list's dash.
        nodes = node.items if node.kind == "list" else [node]
        singular = what.removesuffix("s").replace("glossary", "term")
        found, names = [], dict[str, int]()
        for each in nodes:
            value = self.read(item, each, singular)
            name = getattr(value, "name", None)
            if name is not None and name in names:
                self._note(
                    each,
                    f"{singular} {name!r} stands twice (first in line {names[name]})",
                    "keep one",
                )
            elif value is not None:
                found.append(value)
                names[name or ""] = each.line
        return tuple(found)

    def _choice(self, choices: tuple[str, ...], node: Node, what: str) -> Any:
        if node.kind == "scalar" and node.text in choices:
            return node.text
        close = nearest(node.text, choices)
        known = ", ".join(filter(None, choices))
        fix = f"did you mean {close[0]}?" if close else f"write one of {known}"
        return self._note(node, f"{what} cannot be {node.text!r}", fix)

    def _scalar(self, kind: Any, node: Node, what: str) -> Any:
        text = node.text
        if kind is str:
            return "" if node.is_plain and text == "" else text
        if kind is bool:
            if text.lower() in _YES + _NO:
                return text.lower() in _YES
            return self._note(node, f"{what} is {text!r}, not yes or no", "write yes or no")
        if kind is date:
            try:
                return date.fromisoformat(text)
            except ValueError:
                return self._note(node, f"{what} is {text!r}, not a day", "write it as 2026-12-31")
        return self._number(kind, node, what)

    def _number(self, kind: Any, node: Node, what: str) -> Any:
        plain = node.text.replace("_", "")
        try:
            value = kind(plain)
            if isinstance(value, int) or (
                isfinite(value) if isinstance(value, float) else value.is_finite()
            ):
                return value
        except (ValueError, InvalidOperation):
            pass
        examples = {int: "a whole number, such as 120", float: "a number, such as 0.25"}
        wanted = examples.get(kind, "an amount, such as 250000.00")
        return self._note(node, f"{what} is {node.text!r}, not {wanted}", "no signs or units")


@cache
def _declared(kind: Any) -> tuple[dict[str, Field[Any]], dict[str, Any]]:
    return {field.name: field for field in fields(kind)}, get_type_hints(kind)
