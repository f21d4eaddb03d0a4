"""Conditions on the text columns of a file: `stage in (Won, Lost) and is_deleted is not yes`.

The grammar is small on purpose. A test names a column (in "double quotes" when it is not one
word) and says `is empty`, `is not empty`, `is yes`, `is not yes`, `is no`, `is not no`, `= value`,
`!= value`, `in (a, b)`, `not in (a, b)`, `starts with value`, or compares numbers with
`< <= > >=`. Tests are joined by and, or, not and brackets. Text is compared trimmed and without
case; a number without quotes is compared as a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from onefunnel.facts.sql_text import literal

YES = ("true", "t", "yes", "y", "1", "on", "wahr", "ja", "oui", "vrai", "si", "sí", "sim", "tak")
NO = ("false", "f", "no", "n", "0", "off", "falsch", "nein", "non", "faux", "não", "nao", "nie",
      "nee", "nej", "nei")  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:(?P<column>"(?:[^"]|"")*")|(?P<text>'(?:[^']|'')*')|(?P<sign><=|>=|!=|<>|[=<>(),])
    |(?P<word>[^\s"'()<>=!,]+))""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DEPTH = 40


class ConditionError(ValueError):
    """A condition that cannot be read: what is wrong and at which character (from 1)."""

    def __init__(self, text: str, position: int, what: str) -> None:
        self.text, self.position, self.what = text, position, what
        super().__init__(f"{what} at character {position} of the condition {text!r}")


@dataclass(frozen=True)
class Condition:
    """A checked condition: the columns it names, and its DuckDB SQL."""

    text: str
    columns: tuple[str, ...]
    _tree: Callable[[Callable[[str], str]], str]

    def sql(self, column: Callable[[str], str]) -> str:
        """A DuckDB boolean, never NULL; `column` turns a name of the file into SQL."""
        return self._tree(column)


def parse_condition(text: str) -> Condition:
    """Read a condition; ConditionError with the position where it goes wrong."""
    parser = _Parser(text)
    tree = parser.either(0)
    if parser.peek() is not None:
        raise parser.error("expected and, or, or the end")
    return Condition(text, tuple(dict.fromkeys(parser.columns)), tree)


_Tree = Callable[[Callable[[str], str]], str]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.columns = text, list[str]()
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise ConditionError(text, position + 1, "cannot read this")
            kind = match.lastgroup
            self.tokens.append((kind, match.group(kind), match.start(kind) + 1))
            position = match.end()
        self.at = 0

    def peek(self) -> tuple[str, str, int] | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def error(self, what: str) -> ConditionError:
        token = self.peek()
        return ConditionError(self.text, token[2] if token else len(self.text) + 1, what)

    def takes(self, *words: str) -> bool:
        """Step over these words or signs when they come next."""
        ahead = self.tokens[self.at : self.at + len(words)]
        found = [value.lower() for kind, value, _ in ahead if kind in ("word", "sign")]
        if found != list(words):
            return False
        self.at += len(words)
        return True

    def either(self, depth: int) -> _Tree:
        return self._joined("or", self.both, depth)

    def both(self, depth: int) -> _Tree:
        return self._joined("and", self.one, depth)

    def _joined(self, word: str, part: Callable[[int], _Tree], depth: int) -> _Tree:
        if depth > _DEPTH:
            raise self.error("too deeply nested")
        parts = [part(depth)]
        while self.takes(word):
            parts.append(part(depth))
        if len(parts) == 1:
            return parts[0]
        return lambda column: "(" + f" {word.upper()} ".join(p(column) for p in parts) + ")"

    def one(self, depth: int) -> _Tree:
        if self.takes("not"):
            if depth > _DEPTH:
                raise self.error("too deeply nested")
            inner = self.one(depth + 1)
            return lambda column: f"NOT {inner(column)}"
        if self.takes("("):
            inner = self.either(depth + 1)
            if not self.takes(")"):
                raise self.error("expected )")
            return inner
        return self.test()

    def test(self) -> _Tree:
        token = self.peek()
        if token is None or token[0] not in ("word", "column"):
            raise self.error("expected the name of a column")
        name = token[1][1:-1].replace('""', '"') if token[0] == "column" else token[1]
        self.at += 1
        self.columns.append(name)
        for words, tree in _STATES:
            if self.takes(*words):
                return lambda column: tree(_text(column(name)))
        if self.takes("starts", "with"):
            start = self.value()[1]
            return lambda column: f"starts_with({_text(column(name))}, lower({literal(start)}))"
        negated = self.takes("not")
        if self.takes("in"):
            values = self.listed()
            tests = [self.equal(name, value) for value in values]
            sign = "NOT " if negated else ""
            return lambda column: sign + "(" + " OR ".join(t(column) for t in tests) + ")"
        for sign in ("<=", ">=", "!=", "<>", "=", "<", ">"):
            if self.takes(sign):
                return self.compared(name, sign)
        raise self.error(f"expected a test of {name}: is empty, is yes, =, in (...), <")

    def listed(self) -> list[tuple[str, str]]:
        if not self.takes("("):
            raise self.error("expected (")
        values = [self.value()]
        while self.takes(","):
            values.append(self.value())
        if not self.takes(")"):
            raise self.error("expected , or )")
        return values

    def value(self) -> tuple[str, str]:
        token = self.peek()
        if token is None or token[0] == "sign":
            raise self.error("expected a value")
        self.at += 1
        kind, text, _ = token
        return kind, text[1:-1].replace(text[0] * 2, text[0]) if kind != "word" else text

    def compared(self, name: str, sign: str) -> _Tree:
        value = self.value()
        if sign in ("=", "!=", "<>"):
            equal = self.equal(name, value)
            return equal if sign == "=" else lambda column: f"NOT {equal(column)}"
        if not _NUMBER.fullmatch(value[1]):
            raise self.error(f"{sign} compares numbers, {value[1]!r} is none")
        number = value[1]
        return lambda column: f"coalesce({_number(column(name))} {sign} {number}, false)"

    def equal(self, name: str, value: tuple[str, str]) -> _Tree:
        kind, text = value
        if kind == "word" and _NUMBER.fullmatch(text):
            return lambda column: f"coalesce({_number(column(name))} = {text}, false)"
        return lambda column: f"({_text(column(name))} = lower({literal(text.strip())}))"


def _text(column: str) -> str:
    return f"lower(trim(coalesce({column}, '')))"


def _number(column: str) -> str:
    return f"TRY_CAST(trim({column}) AS DOUBLE)"


def _among(values: tuple[str, ...]) -> str:
    return "(" + ", ".join(map(literal, values)) + ")"


_STATES: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("is", "not", "empty"), lambda text: f"({text} <> '')"),
    (("is", "empty"), lambda text: f"({text} = '')"),
    (("is", "not", "yes"), lambda text: f"({text} NOT IN {_among(YES)})"),
    (("is", "yes"), lambda text: f"({text} IN {_among(YES)})"),
    (("is", "not", "no"), lambda text: f"({text} NOT IN {_among(NO)})"),
    (("is", "no"), lambda text: f"({text} IN {_among(NO)})"),
)
