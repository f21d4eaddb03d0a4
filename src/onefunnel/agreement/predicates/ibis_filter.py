"""The checked tree as an Ibis expression, for whole tables on any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.predicates import tree
from onefunnel.agreement.predicates.closures import domain_of
from onefunnel.agreement.predicates.functions import small_letters
from onefunnel.agreement.predicates.record_values import midnight
from onefunnel.agreement.predicates.table_columns import type_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Exact numbers: 14 digits and cents of a cent, and any 64-bit whole number, fit and add up.
_EXACT = "decimal(38, 6)"


def filter_of(truth: tree.Truth, table: ir.Table) -> ir.BooleanValue:
    """The condition over `table` as an Ibis boolean that is never NULL (unknown is False).

    Raises:
        KeyError: the table lacks a column of the predicate, or has it with another type.
    """
    for node in tree.walk(truth):
        if isinstance(node, tree.Column):
            _check_column(node, table)
    return _truth(truth, table).fill_null(False)


def _check_column(column: tree.Column, table: ir.Table) -> None:
    if column.name not in table.columns:
        raise KeyError(
            f"the table has no column {column.name!r}, which the definition uses; "
            f"it has {', '.join(table.columns)}"
        )
    found = type_of(table[column.name].type())
    if found != column.type:
        raise KeyError(
            f"column {column.name!r} is {found or 'of no usable type'} in the table, "
            f"but the definition takes it for {column.type}"
        )


def _truth(truth: tree.Truth, table: ir.Table) -> Any:
    match truth:
        case tree.Always(value=value):
            return _literal(value, "boolean")
        case tree.Flag(value=value):
            return _value(value, table, "flag")
        case tree.Comparison(operator=op, left=left, right=right, domain=domain):
            return _compare(op, _value(left, table, domain), _value(right, table, domain))
        case tree.Within(value=value, options=options, domain=domain):
            return _value(value, table, domain).isin(
                [_value(option, table, domain) for option in options]
            )
        case tree.Between(value=value, low=low, high=high, domain=domain):
            return _value(value, table, domain).between(
                _value(low, table, domain), _value(high, table, domain)
            )
        case tree.Missing(value=value):
            return _value(value, table, domain_of(value.type)).isnull()
        case tree.Like(value=value, pattern=pattern, ignores_case=ignores_case):
            text = _value(value, table, "text")
            if ignores_case:
                return text.lower().like(small_letters(pattern))
            return text.like(pattern)
        case tree.Surely(part=part, wanted=wanted):
            inner = _truth(part, table)
            return (inner if wanted else ~inner).fill_null(False)
        case tree.Not(part=part):
            return ~_truth(part, table)
        case tree.And(parts=parts):
            return _balanced([_truth(part, table) for part in parts], lambda a, b: a & b)
        case tree.Or(parts=parts):
            return _balanced([_truth(part, table) for part in parts], lambda a, b: a | b)


def _value(value: tree.Value, table: ir.Table, domain: tree.Domain) -> Any:
    """The value as its domain compares it."""
    match value:
        case tree.Constant(value=constant):
            return _constant(constant, domain)
        case tree.Column(name=name, type=type_):
            return _into(domain, type_, _known(table[name], type_))
        case tree.Arithmetic(operator=op, left=left, right=right, type=type_):
            inner: tree.Domain = "float" if type_ == "number" else "exact"
            a, b = _value(left, table, inner), _value(right, table, inner)
            result = a + b if op == "+" else a - b if op == "-" else a * b
            return _into(domain, type_, _known(result, type_))
        case tree.Points(part=part, points=points):
            given = _truth(part, table).fill_null(False)
            gives = given.ifelse(_literal(points, "int64"), _literal(0, "int64"))
            return _into(domain, "int", gives)
        case tree.Call(function="coalesce", arguments=arguments, type=type_):
            inner = domain_of(type_)
            first, *rest = [_value(each, table, inner) for each in arguments]
            return _into(domain, type_, first.coalesce(*rest))
        case tree.Call(function=function, arguments=arguments, type=type_):
            given = [_value(each, table, domain_of(each.type)) for each in arguments]
            return _into(domain, type_, _CALLS[function](*given))


def _known(number: Any, type_: str) -> Any:
    """Floating point without NaN and infinity: such a number is not known."""
    if type_ != "number":
        return number
    number = number.cast("float64")
    for odd in ("nan", "inf", "-inf"):
        number = number.nullif(_literal(float(odd), "float64"))
    return number


def _into(domain: tree.Domain, type_: str, value: Any) -> Any:
    if domain == "float" and type_ != "number":
        return value.cast("float64")
    if domain == "exact":
        return value.cast(_EXACT)
    if domain == "time" and type_ == "day":
        return value.cast("timestamp")
    return value


def _constant(constant: tree.Plain, domain: tree.Domain) -> Any:
    match domain:
        case "float":
            return _literal(float(constant), "float64")  # type: ignore[arg-type]
        case "exact":
            return _literal(Decimal(constant), _EXACT)  # type: ignore[arg-type]
        case "int":
            return _literal(constant, "int64")
        case "time":
            assert isinstance(constant, date)
            moment = constant if isinstance(constant, datetime) else midnight(constant)
            return _literal(moment, "timestamp")
        case "day":
            return _literal(constant, "date")
        case "flag":
            return _literal(constant, "boolean")
        case "text":
            return _literal(constant, "string")


def _literal(value: object, type_: str) -> Any:
    import ibis

    return ibis.literal(value, type=type_)


def _compare(op: tree.Operator, left: Any, right: Any) -> Any:
    match op:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right


def _balanced(parts: Sequence[Any], join: Callable[[Any, Any], Any]) -> Any:
    """Join a long chain as a balanced tree: engines refuse expressions hundreds of levels deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return join(_balanced(parts[:middle], join), _balanced(parts[middle:], join))


def _method(name: str, value: Any) -> Any:
    return getattr(value, name)()


def _days_between(start: Any, end: Any) -> Any:
    return end.cast("date").delta(start.cast("date"), unit="day")


_CALLS: dict[str, Callable[..., Any]] = {
    "lower": partial(_method, "lower"),
    "upper": partial(_method, "upper"),
    "trim": partial(_method, "strip"),
    "length": partial(_method, "length"),
    "days_between": _days_between,
}
