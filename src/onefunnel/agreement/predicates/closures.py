"""The checked tree as closures over one record, with three-valued truth.

A record is a mapping of column name to value: text str, whole numbers int, numbers float, money
Decimal, times datetime (UTC when it has no zone), days date, flags bool, None when not known. A
missing key is not known; so is a number that is not finite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.patterns import matcher
from onefunnel.agreement.predicates.record_values import CALLS, GETTERS, into_domain

Record = Mapping[str, Any]
TruthOf = Callable[[Record], bool | None]
ValueOf = Callable[[Record], Any]

_OPERATORS: dict[tree.Operator, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def truth_of(truth: tree.Truth) -> TruthOf:
    """A function from one record to True, False or None (unknown)."""
    match truth:
        case tree.Always(value=always):
            return lambda record: always
        case tree.Flag(value=value):
            return value_of(value)
        case tree.Comparison(operator=op, left=left, right=right, domain=domain):
            return _comparison(_OPERATORS[op], _within_domain(left, domain), right, domain)
        case tree.Within(value=value, options=options, domain=domain):
            return _within(_within_domain(value, domain), options, domain)
        case tree.Between(value=value, low=low, high=high, domain=domain):
            at_least = tree.Comparison(">=", value, low, domain)
            at_most = tree.Comparison("<=", value, high, domain)
            return _and((truth_of(at_least), truth_of(at_most)))
        case tree.Missing(value=value):
            get = value_of(value)
            return lambda record: get(record) is None
        case tree.Like(value=value, pattern=pattern, ignores_case=ignores_case):
            return _like(value_of(value), matcher(pattern, ignores_case=ignores_case))
        case tree.Surely(part=part, wanted=wanted):
            inner = truth_of(part)
            return lambda record: inner(record) is wanted
        case tree.Not(part=part):
            return _not(truth_of(part))
        case tree.And(parts=parts):
            return _and(tuple(truth_of(part) for part in parts))
        case tree.Or(parts=parts):
            return _or(tuple(truth_of(part) for part in parts))


def value_of(value: tree.Value) -> ValueOf:
    """A function from one record to the value, None where it is not known."""
    match value:
        case tree.Column(name=name, type=type_):
            return partial(GETTERS[type_], name)
        case tree.Constant(value=constant):
            return lambda record: constant
        case tree.Arithmetic(operator=op, left=left, right=right, type=type_):
            domain: tree.Domain = "float" if type_ == "number" else "exact"
            return _arithmetic(
                _ARITHMETIC[op],
                _within_domain(left, domain),
                _within_domain(right, domain),
                into_domain("float", "number") if domain == "float" else None,
            )
        case tree.Points(part=part, points=points):
            inner = truth_of(part)
            return lambda record: points if inner(record) else 0
        case tree.Call(function="coalesce", arguments=arguments, type=type_):
            domain = domain_of(type_)
            return _coalesce(tuple(_within_domain(each, domain) for each in arguments))
        case tree.Call(function=function, arguments=arguments):
            return _call(CALLS[function], tuple(value_of(each) for each in arguments))


def domain_of(type_: str) -> tree.Domain:
    """In which domain values of a type live."""
    domains: dict[str, tree.Domain] = {"number": "float", "money": "exact"}
    return domains.get(type_, type_)  # type: ignore[arg-type]


def _within_domain(value: tree.Value, domain: tree.Domain) -> ValueOf:
    """The value as its domain compares it: constants turned once, columns at each record."""
    turn = into_domain(domain, value.type)
    get = value_of(value)
    if turn is None:
        return get
    if isinstance(value, tree.Constant):
        constant = turn(value.value)
        return lambda record: constant

    def turned(record: Record) -> Any:
        found = get(record)
        return None if found is None else turn(found)

    return turned


def _comparison(
    compare: Callable[[Any, Any], bool], left: ValueOf, right: tree.Value, domain: tree.Domain
) -> TruthOf:
    if isinstance(right, tree.Constant):
        constant = _within_domain(right, domain)({})

        def with_constant(record: Record) -> bool | None:
            value = left(record)
            return None if value is None else compare(value, constant)

        return with_constant
    other = _within_domain(right, domain)

    def with_value(record: Record) -> bool | None:
        value = left(record)
        if value is None:
            return None
        against = other(record)
        return None if against is None else compare(value, against)

    return with_value


def _within(get: ValueOf, options: tuple[tree.Constant, ...], domain: tree.Domain) -> TruthOf:
    allowed = frozenset(_within_domain(option, domain)({}) for option in options)

    def within(record: Record) -> bool | None:
        value = get(record)
        return None if value is None else value in allowed

    return within


def _like(get: ValueOf, matches: Callable[[str], bool]) -> TruthOf:
    def like(record: Record) -> bool | None:
        value = get(record)
        return None if value is None else matches(value)

    return like


def _not(part: TruthOf) -> TruthOf:
    def negation(record: Record) -> bool | None:
        truth = part(record)
        return None if truth is None else not truth

    return negation


def _and(parts: tuple[TruthOf, ...]) -> TruthOf:
    def conjunction(record: Record) -> bool | None:
        answer: bool | None = True
        for part in parts:
            truth = part(record)
            if truth is None:
                answer = None
            elif not truth:
                return False
        return answer

    return conjunction


def _or(parts: tuple[TruthOf, ...]) -> TruthOf:
    def disjunction(record: Record) -> bool | None:
        answer: bool | None = False
        for part in parts:
            truth = part(record)
            if truth is None:
                answer = None
            elif truth:
                return True
        return answer

    return disjunction


def _arithmetic(
    compute: Callable[[Any, Any], Any],
    left: ValueOf,
    right: ValueOf,
    finish: Callable[[Any], Any] | None,
) -> ValueOf:
    def result(record: Record) -> Any:
        a = left(record)
        if a is None:
            return None
        b = right(record)
        if b is None:
            return None
        value = compute(a, b)
        return value if finish is None else finish(value)

    return result


def _coalesce(getters: tuple[ValueOf, ...]) -> ValueOf:
    def first_known(record: Record) -> Any:
        for get in getters:
            value = get(record)
            if value is not None:
                return value
        return None

    return first_known


def _call(function: Callable[..., Any], getters: tuple[ValueOf, ...]) -> ValueOf:
    if len(getters) == 1:
        (only,) = getters

        def of_one(record: Record) -> Any:
            value = only(record)
            return None if value is None else function(value)

        return of_one

    def of_many(record: Record) -> Any:
        values = [get(record) for get in getters]
        return None if any(value is None for value in values) else function(*values)

    return of_many
