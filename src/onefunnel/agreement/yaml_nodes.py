"""YAML text to nodes with their places, within fixed limits and without YAML's dangerous parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

LONGEST = 500_000
DEEPEST = 12
MOST_NODES = 50_000

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a text. `line` and `column` count from 1."""

    line: int
    column: int
    what: str
    fix: str = ""


class AgreementTextError(ValueError):
    """The text is not an agreement; `problems` says where and why, in the order of the text."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        self.name = name
        self.problems = problems
        super().__init__("\n".join(self._line(problem) for problem in problems))

    def _line(self, problem: Problem) -> str:
        place = f"{self.name}, line {problem.line}, column {problem.column}"
        return f"{place}: {problem.what}{'; ' + problem.fix if problem.fix else ''}"


@dataclass
class Node:
    """A scalar (`text`), a list (`items`) or a mapping (`pairs`, keys being scalars)."""

    kind: Literal["scalar", "list", "mapping"]
    line: int
    column: int
    text: str = ""
    is_plain: bool = True
    items: list[Node] = field(default_factory=list)

    @property
    def pairs(self) -> Iterator[tuple[Node, Node]]:
        return zip(self.items[::2], self.items[1::2], strict=True)

    @property
    def is_empty(self) -> bool:
        """Nothing written after the colon (or null or ~)."""
        return self.kind == "scalar" and self.is_plain and self.text in ("", "~", "null")

    def problem(self, what: str, fix: str = "") -> Problem:
        return Problem(self.line, self.column, what, fix)


def nodes_of(text: str, name: str) -> Node | None:
    """The one document in the text as nodes; None where the text is empty.

    Raises:
        AgreementTextError: not YAML, too large, or with anchors, aliases, tags or more documents.
    """
    if len(text) > LONGEST:
        problem = Problem(1, 1, f"the text is longer than {LONGEST:,} characters", "shorten it")
        raise AgreementTextError(name, (problem,))
    try:
        return _built(text.removeprefix("\ufeff"), name)
    except yaml.MarkedYAMLError as error:
        raise AgreementTextError(name, (_syntax_problem(error),)) from error
    except yaml.reader.ReaderError as error:
        raise AgreementTextError(name, (_letter_problem(text),)) from error
    except UnicodeEncodeError as error:
        raise AgreementTextError(name, (_letter_problem(text),)) from error


def _built(text: str, name: str) -> Node | None:
    root: Node | None = None
    open_nodes: list[Node] = []
    count = 0
    for event in yaml.parse(text, Loader=_PARSER):
        mark: Any = event.start_mark
        line, column = mark.line + 1, mark.column + 1

        def refuse(what: str, fix: str, line: int = line, column: int = column) -> Exception:
            return AgreementTextError(name, (Problem(line, column, what, fix),))

        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise refuse("a second document starts here", "keep one agreement in a file, no ---")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refuse("an anchor or alias (& or *)", "write the text out, or quote it")
        if tag := getattr(event, "tag", None):
            raise refuse(f"a YAML tag ({tag})", "leave it out, or quote the text")
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            open_nodes.pop()
            continue
        node = _node(event, line, column)
        if node is None:
            continue
        count += 1
        if count > MOST_NODES:
            raise refuse(f"more than {MOST_NODES:,} entries", "shorten it")
        if open_nodes:
            parent = open_nodes[-1]
            if parent.kind == "mapping" and len(parent.items) % 2 == 0 and node.kind != "scalar":
                raise refuse("a list or mapping where a key is needed", "write key: value")
            parent.items.append(node)
        else:
            root = node
        if node.kind != "scalar":
            open_nodes.append(node)
            if len(open_nodes) > DEEPEST:
                raise refuse(f"more than {DEEPEST} levels of nesting", "write it flatter")
    return root


def _node(event: Any, line: int, column: int) -> Node | None:
    if isinstance(event, yaml.ScalarEvent):
        is_block = event.style in ("|", ">")
        text = event.value.rstrip("\n") if is_block else event.value
        return Node("scalar", line, column, text, is_plain=event.style in (None, ""))
    if isinstance(event, yaml.SequenceStartEvent):
        return Node("list", line, column)
    if isinstance(event, yaml.MappingStartEvent):
        return Node("mapping", line, column)
    return None


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    fix = "check the indentation, and put texts that hold : or # in quotation marks"
    if "\\t" in said:
        fix = "indent with blanks, not with tabs"
    return Problem(line, column, f"this is not YAML ({said})", fix)


def _letter_problem(text: str) -> Problem:
    for number, line in enumerate(text.splitlines(), start=1):
        for column, letter in enumerate(line, start=1):
            if not (letter.isprintable() or letter in "\t\ufeff") and not letter.isspace():
                return Problem(
                    number, column, f"an invisible character (U+{ord(letter):04X})", "delete it"
                )
    return Problem(1, 1, "a character that YAML does not allow", "delete it")
