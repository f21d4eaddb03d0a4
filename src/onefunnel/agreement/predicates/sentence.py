"""The checked tree in plain English: what people read and sign.

Two different definitions never share a sentence: texts that could be taken for something else
stand in quotation marks, mixed ANDs and ORs in brackets, and columns whose plain names are alike
are named as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.functions import FAMILIES
from onefunnel.facts.declaration import Type

#: How to speak of the standard columns whose name alone does not make a sentence.
_KNOWN = {
    "at": "the time of the move",
    "by": "the person who made the move",
    "created_at": "the time the lead was created",
    "from_stage": "the stage left",
    "lead_id": "the lead's id",
    "account_id": "the account's id",
    "name": "the lead's name",
    "seq": "the number of the move",
}
_COUNTED = {"employees": "the company has {} employees"}

_NUMBERS: dict[tree.Operator, str] = {
    "=": "is", "<>": "is not", ">=": "is at least", ">": "is more than",
    "<=": "is at most", "<": "is less than",
}  # fmt: skip
_COUNTS: dict[tree.Operator, str] = {
    "=": "exactly", "<>": "not exactly", ">=": "at least", ">": "more than",
    "<=": "at most", "<": "fewer than",
}  # fmt: skip
_TIMES: dict[tree.Operator, str] = {
    "=": "is", "<>": "is not", ">=": "is on or after", ">": "is after",
    "<=": "is on or before", "<": "is before",
}  # fmt: skip
_TEXTS: dict[tree.Operator, str] = {
    "=": "is", "<>": "is not", ">=": "is in the alphabet at or after",
    ">": "comes in the alphabet after", "<=": "is in the alphabet at or before",
    "<": "comes in the alphabet before",
}  # fmt: skip

#: Words the sentences are built of: a text that holds one stands in quotation marks.
_OURS = frozenset(
    """a after all alphabet always an and any anyone as at be before by calendar can capitals case
    contain contains days does either empty end ends false first for from has if in is it known
    least length less letters like match matches minus more most neither never no none nor not
    of on one or pattern plus point points small so start starts sum than that the then times to
    true unknown where with without yes""".split()  # noqa: SIM905  (read as prose, not as a list)
)
_PLAIN = re.compile(r"[^\W\d_][\w]*(?:[ .&/+'’-]{1,2}[\w]+)*")


def phrases(columns: Iterable[str]) -> dict[str, str]:
    """How each column is spoken of; columns that would sound alike keep their exact name."""
    plain = {name: _phrase(name) for name in columns}
    counts: dict[str, int] = {}
    for phrase in plain.values():
        counts[phrase.casefold()] = counts.get(phrase.casefold(), 0) + 1
    return {
        name: phrase if counts[phrase.casefold()] == 1 else f"the column “{name}”"
        for name, phrase in plain.items()
    }


def _phrase(name: str) -> str:
    if name in _KNOWN:
        return _KNOWN[name]
    words = " ".join(name.replace("_", " ").split())
    if not words or not all(
        word.isalnum() and word.casefold() not in _OURS for word in words.split()
    ):
        return f"the column “{name}”"
    if name.endswith("_at") and name.islower():
        return f"the time {words.removesuffix(' at')}"
    return f"the {words}"


class Speaker:
    """Says conditions in English, with the given phrases for columns."""

    def __init__(self, spoken: Mapping[str, str]) -> None:
        self._spoken = spoken

    def sentence(self, truth: tree.Truth) -> str:
        match truth:
            case tree.Always(value=value):
                return "always" if value else "never"
            case tree.Flag(value=value):
                return f"{self._value(value)} is yes"
            case tree.Comparison():
                return self._comparison(truth)
            case tree.Within(value=value, options=options):
                return f"{self._value(value)} {self._one_of(options, negative=False)}"
            case tree.Between():
                return self._between(truth, negative=False)
            case tree.Missing(value=value):
                return f"{self._value(value)} is not known"
            case tree.Like():
                return self._like(truth, negative=False)
            case tree.Surely(part=part, wanted=wanted):
                known = "true" if wanted else "false"
                return f"it is known and {known} that ({self.sentence(part)})"
            case tree.Not(part=part):
                return self._negation(part)
            case tree.And(parts=parts):
                return " and ".join(self._part(part) for part in parts)
            case tree.Or(parts=parts):
                return " or ".join(self._part(part) for part in parts)

    def _part(self, part: tree.Truth) -> str:
        said = self.sentence(part)
        return f"({said})" if isinstance(part, tree.And | tree.Or) else said

    def _negation(self, part: tree.Truth) -> str:
        match part:
            case tree.Flag(value=value):
                return f"{self._value(value)} is no"
            case tree.Within(value=value, options=options):
                return f"{self._value(value)} {self._one_of(options, negative=True)}"
            case tree.Between():
                return self._between(part, negative=True)
            case tree.Missing(value=value):
                return f"{self._value(value)} is known"
            case tree.Like():
                return self._like(part, negative=True)
            case _:
                return f"it is not so that ({self.sentence(part)})"

    def _comparison(self, node: tree.Comparison) -> str:
        if isinstance(node.left, tree.Column) and isinstance(node.right, tree.Constant):
            counted = _COUNTED.get(node.left.name)
            if counted and node.left.type == "int":
                return counted.format(f"{_COUNTS[node.operator]} {self._value(node.right)}")
        if (scorecard := self._scorecard(node)) is not None:
            return scorecard
        words = {"text": _TEXTS, "time": _TIMES, "day": _TIMES}.get(node.domain, _NUMBERS)
        return f"{self._value(node.left)} {words[node.operator]} {self._value(node.right)}"

    def _one_of(self, options: tuple[tree.Constant, ...], *, negative: bool) -> str:
        said = [self._value(option) for option in options]
        if len(said) == 1:
            return f"is {'none' if negative else 'one'} of only {said[0]}"
        return f"is {'none' if negative else 'one'} of {', '.join(said)}"

    def _between(self, node: tree.Between, *, negative: bool) -> str:
        is_ = "is not" if negative else "is"
        return (
            f"{self._value(node.value)} {is_} from {self._value(node.low)} "
            f"to {self._value(node.high)}"
        )

    def _like(self, node: tree.Like, *, negative: bool) -> str:
        said, pattern = self._value(node.value), node.pattern
        body = pattern.strip("%")
        starts, ends = pattern.startswith("%"), pattern.endswith("%")
        is_simple = bool(body) and not set("%_") & set(body)
        is_simple = is_simple and pattern == "%" * starts + body + "%" * ends
        tail = " (small letters and capitals alike)" if node.ignores_case else ""
        if is_simple and starts and ends:
            verb, what = ("does not contain" if negative else "contains"), body
        elif is_simple and ends:
            verb, what = ("does not start with" if negative else "starts with"), body
        elif is_simple and starts:
            verb, what = ("does not end with" if negative else "ends with"), body
        else:
            verb = "does not match the pattern" if negative else "matches the pattern"
            what = pattern
            return f"{said} {verb} {_quoted(what)}{tail}"
        return f"{said} {verb} {_text(what)}{tail}"

    def _value(self, value: tree.Value) -> str:
        match value:
            case tree.Column(name=name):
                return self._spoken[name]
            case tree.Constant(value=constant, type=type_):
                return _constant(constant, type_)
            case tree.Arithmetic(operator=op, left=left, right=right):
                word = {"+": "plus", "-": "minus", "*": "times"}[op]
                return f"{self._operand(left)} {word} {self._operand(right)}"
            case tree.Points(part=part, points=points):
                noun = "point" if points == 1 else "points"
                return f"{points} {noun} if {self._part(part)}"
            case tree.Call(function=function, arguments=arguments):
                return _called(function, [self._operand(each) for each in arguments])

    def _scorecard(self, node: tree.Comparison) -> str | None:
        """Points that are added up and compared with a number; None where it is not just that."""
        lines = list(_summands(node.left))
        if not all(isinstance(line, tree.Points) for line in lines) or node.domain == "float":
            return None
        if not isinstance(node.right, tree.Constant):
            return None
        said = "; ".join(self._value(line) for line in lines)
        return f"the sum of [{said}] {_NUMBERS[node.operator]} {self._value(node.right)}"

    def _operand(self, value: tree.Value) -> str:
        said = self._value(value)
        return said if isinstance(value, tree.Column | tree.Constant) else f"({said})"


def _summands(value: tree.Value) -> Iterator[tree.Value]:
    """What is added up, in the order it is written."""
    if isinstance(value, tree.Arithmetic) and value.operator == "+":
        yield from _summands(value.left)
        yield from _summands(value.right)
    else:
        yield value


def _called(function: str, given: list[str]) -> str:
    match function:
        case "lower":
            return f"{given[0]} in small letters"
        case "upper":
            return f"{given[0]} in capitals"
        case "trim":
            return f"{given[0]} without blanks at its ends"
        case "length":
            return f"the number of characters of {given[0]}"
        case "days_between":
            return f"the number of days from {given[0]} to {given[1]}"
        case _:
            return f"the first known of [{', '.join(given)}]"


def _constant(constant: tree.Plain, type_: Type) -> str:
    if type_ == "text":
        return _text(str(constant))
    if isinstance(constant, bool):
        return "yes" if constant else "no"
    if isinstance(constant, datetime):
        return constant.isoformat(" ", "microseconds").removesuffix(".000000")
    if isinstance(constant, date):
        return constant.isoformat()
    if isinstance(constant, Decimal) and FAMILIES[type_] == "number":
        return f"{constant:,f}"
    return f"{constant:,}" if isinstance(constant, int) else str(constant)


def _text(text: str) -> str:
    words = re.split(r"[\s.&/+'’-]+", text.casefold())
    is_plain = len(text) <= 60 and _PLAIN.fullmatch(text) and not _OURS & set(words)
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    return "“" + text.replace("”", "””") + "”"
