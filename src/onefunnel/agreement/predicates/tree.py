"""The checked tree of a predicate: all that a definition may say, and nothing else.

Every rendering walks this tree and no other, so what is not here cannot be run. Values carry
their type; truths follow SQL's three-valued logic (true, false, unknown).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from onefunnel.facts.declaration import Type

Plain = str | int | float | Decimal | bool | datetime | date
Operator = Literal["=", "<>", "<", "<=", ">", ">="]

#: In which kind of value two sides are compared: whole numbers as such; money and decimal
#: literals exactly; anything with a floating-point column in floating point.
Domain = Literal["text", "int", "exact", "float", "time", "day", "flag"]


@dataclass(frozen=True)
class Column:
    """A column of the row."""

    name: str
    type: Type


@dataclass(frozen=True)
class Constant:
    """A value written in the predicate."""

    value: Plain
    type: Type


@dataclass(frozen=True)
class Arithmetic:
    """Left plus, minus or times right. Exact unless a side is floating point or it is times."""

    operator: Literal["+", "-", "*"]
    left: Value
    right: Value
    type: Type


@dataclass(frozen=True)
class Points:
    """So many points where the condition is true, else none: one line of a scorecard."""

    part: Truth
    points: int

    @property
    def type(self) -> Type:
        return "int"


@dataclass(frozen=True)
class Call:
    """One of the documented functions applied to values."""

    function: str
    arguments: tuple[Value, ...]
    type: Type


Value = Column | Constant | Arithmetic | Points | Call


@dataclass(frozen=True)
class Always:
    """TRUE or FALSE, whatever the row says."""

    value: bool


@dataclass(frozen=True)
class Flag:
    """A flag column (or coalesce of flags) used as a condition."""

    value: Value


@dataclass(frozen=True)
class Comparison:
    operator: Operator
    left: Value
    right: Value
    domain: Domain


@dataclass(frozen=True)
class Within:
    """Value is one of the constants."""

    value: Value
    options: tuple[Constant, ...]
    domain: Domain


@dataclass(frozen=True)
class Between:
    """Low <= value <= high."""

    value: Value
    low: Value
    high: Value
    domain: Domain


@dataclass(frozen=True)
class Missing:
    """Value is not known (NULL)."""

    value: Value


@dataclass(frozen=True)
class Like:
    """Text matches a pattern: % is any text, _ any one character."""

    value: Value
    pattern: str
    ignores_case: bool


@dataclass(frozen=True)
class Surely:
    """The truth is `wanted`, and known: never unknown itself (IS TRUE, IS FALSE)."""

    part: Truth
    wanted: bool


@dataclass(frozen=True)
class Not:
    part: Truth


@dataclass(frozen=True)
class And:
    parts: tuple[Truth, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Truth, ...]


Truth = (
    Always | Flag | Comparison | Within | Between | Missing | Like | Surely | Not | And | Or
)  # fmt: skip
Node = Value | Truth


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
        case Flag(value=value) | Missing(value=value) | Like(value=value):
            return (value,)
        case Within(value=value, options=options):
            return (value, *options)
        case Between(value=value, low=low, high=high):
            return (value, low, high)
        case Surely(part=part) | Not(part=part) | Points(part=part):
            return (part,)
        case And(parts=parts) | Or(parts=parts):
            return parts
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(children(current))


def clauses(truth: Truth) -> Iterator[Truth]:
    """The conditions joined by AND and OR, in the order they are written."""
    if isinstance(truth, And | Or):
        for part in truth.parts:
            yield from clauses(part)
    else:
        yield truth
