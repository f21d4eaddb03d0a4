"""Seeded predicates and records that try hard to make the three renderings disagree."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from onefunnel.facts.declaration import Type

COLUMNS: dict[str, Type] = {
    "country": "text",
    "name": "text",
    "Lead Source": "text",
    "employees": "int",
    "visits": "int",
    "score": "number",
    "weight": "number",
    "amount": "money",
    "margin": "money",
    "at": "time",
    "created_at": "time",
    "due": "day",
    "is_customer": "flag",
}
BY_TYPE: dict[str, list[str]] = {}
for _name, _type in COLUMNS.items():
    BY_TYPE.setdefault(_type, []).append(f'"{_name}"' if " " in _name else _name)

TEXTS = [
    "UK", "uk", "Ireland", "é", "É", "Zoë", "ZOË", "straße", "STRASSE", "ß", "ẞ", "İ", "i", "ı",
    "ΑΣ", "ας", "", " ", " UK ", "a_b", "a%b", "50%", "100", "O'Brien", '"quoted"', "a,b",
    "UK, Ireland", "and", "not UK", "日本", "😀", "e\u0301", "x\ty", "a”b", "is known", "ab", "aab",
    "ba", "null", "true",
]  # fmt: skip
PATTERNS = [
    "%", "", "_", "__", "U%", "%K", "%e%", "é%", "%é%", "_é", "a_b", "a%b", "%a%b%", "%%", "_%",
    "%_", "UK", "%0%", "O'%", "%a_", "s%e", "%ß%", "%i%", "%UK, I%", "%日%", "%_a_%", "e_", "ab%ab",
    "a%a",
]  # fmt: skip
NUMBERS = [
    "0",
    "1",
    "-1",
    "2",
    "50",
    "49",
    "0.5",
    "-0.25",
    "100.10",
    "0.1",
    "0.3",
    "1000000",
    "3.5",
]
INTS = [0, 1, -1, 2, 3, 49, 50, 51, 100, 1_000_000, 2**53 + 1, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 0.1, 0.5, 0.30000000000000004, 1.0, -1.0, 3.5, 50.0, 1e300, -1e300, 1e-300,
          float("nan"), float("inf"), float("-inf"), 100.1]  # fmt: skip
MONEY = [
    "0",
    "0.1",
    "0.3",
    "100.10",
    "100.1000",
    "-5.5",
    "50",
    "0.0001",
    "99999999999999.9999",
    "1",
]
START = datetime(2024, 2, 28, 23, 59, 59, 999999)


def predicate(rng: random.Random, depth: int = 0) -> str:
    """The text of a random predicate."""
    roll = rng.random()
    if depth < 3 and roll < 0.45:
        parts = [predicate(rng, depth + 1) for _ in range(rng.randint(2, 3))]
        joined = rng.choice([" AND ", " OR "]).join(f"({part})" for part in parts)
        return f"NOT ({joined})" if rng.random() < 0.2 else joined
    if depth < 3 and roll < 0.55:
        return f"NOT ({predicate(rng, depth + 1)})"
    if depth < 3 and roll < 0.6:
        return f"({predicate(rng, depth + 1)}) IS {rng.choice(['', 'NOT '])}TRUE"
    return rng.choice(_LEAVES)(rng)


def record(rng: random.Random) -> dict[str, object]:
    """One record, with many unknown values."""

    def maybe(value: object) -> object:
        return None if rng.random() < 0.2 else value

    moment = START + timedelta(seconds=rng.choice([0, 1, 3600, 86400, 86401, 30 * 86400, -1]))
    return {
        "country": maybe(rng.choice(TEXTS)),
        "name": maybe(rng.choice(TEXTS)),
        "Lead Source": maybe(rng.choice(TEXTS)),
        "employees": maybe(rng.choice(INTS)),
        "visits": maybe(rng.choice(INTS)),
        "score": maybe(rng.choice(FLOATS)),
        "weight": maybe(rng.choice(FLOATS)),
        "amount": maybe(Decimal(rng.choice(MONEY))),
        "margin": maybe(Decimal(rng.choice(MONEY))),
        "at": maybe(moment),
        "created_at": maybe(START + timedelta(days=rng.randint(-400, 400))),
        "due": maybe(date(2024, 2, 27) + timedelta(days=rng.randint(0, 4))),
        "is_customer": maybe(rng.random() < 0.5),
    }


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(rng: random.Random, depth: int = 0) -> str:
    column = rng.choice(BY_TYPE["text"])
    roll = rng.random()
    if depth < 2 and roll < 0.3:
        return f"{rng.choice(['lower', 'upper', 'trim'])}({_text(rng, depth + 1)})"
    if depth < 2 and roll < 0.4:
        return f"coalesce({column}, {_text(rng, depth + 1)}, {_quoted(rng.choice(TEXTS))})"
    return column


def _number(rng: random.Random, depth: int = 0) -> str:
    roll = rng.random()
    if depth < 2 and roll < 0.35:
        operator = rng.choice("+-*")
        return f"({_number(rng, depth + 1)} {operator} {_number(rng, depth + 1)})"
    if depth < 2 and roll < 0.45:
        return f"coalesce({_number(rng, depth + 1)}, {rng.choice(NUMBERS)})"
    if roll < 0.55:
        return f"length({_text(rng)})"
    if roll < 0.65:
        return f"days_between({_time(rng)}, {_time(rng)})"
    if roll < 0.7:
        return rng.choice(NUMBERS)
    if depth < 2 and roll < 0.76:
        return f"points({predicate(rng, 3)}, {rng.choice(['2', '-1', '0', '100'])})"
    return rng.choice(BY_TYPE["int"] + BY_TYPE["number"] + BY_TYPE["money"])


def _time(rng: random.Random) -> str:
    return rng.choice(BY_TYPE["time"] + BY_TYPE["day"])


def _time_literal(rng: random.Random) -> str:
    return rng.choice(["'2024-02-28'", "'2024-02-29'", "'2024-02-28 23:59:59.999999'",
                       "'2024-03-01 00:00'", "'2024-02-29 00:00:01'", "'2023-12-31'"])  # fmt: skip


def _compared(value: Callable[[random.Random], str], other: Callable[[random.Random], str]):
    def leaf(rng: random.Random) -> str:
        sides = [value(rng), other(rng)]
        rng.shuffle(sides)
        return f"{sides[0]} {rng.choice(['=', '<>', '<', '<=', '>', '>=', '!='])} {sides[1]}"

    return leaf


def _within(rng: random.Random) -> str:
    negated = rng.choice(["", "NOT "])
    if rng.random() < 0.5:
        options = ", ".join(_quoted(t) for t in rng.sample(TEXTS, rng.randint(1, 4)))
        return f"{_text(rng)} {negated}IN ({options})"
    if rng.random() < 0.3:
        return f"{_time(rng)} {negated}IN ({_time_literal(rng)}, {_time_literal(rng)})"
    return f"{_number(rng)} {negated}IN ({', '.join(rng.sample(NUMBERS, rng.randint(1, 4)))})"


def _between(rng: random.Random) -> str:
    negated = rng.choice(["", "NOT "])
    if rng.random() < 0.3:
        return f"{_time(rng)} {negated}BETWEEN {_time_literal(rng)} AND {_time(rng)}"
    if rng.random() < 0.3:
        low, high = _quoted(rng.choice(TEXTS)), _quoted(rng.choice(TEXTS))
        return f"{_text(rng)} {negated}BETWEEN {low} AND {high}"
    return f"{_number(rng)} {negated}BETWEEN {rng.choice(NUMBERS)} AND {_number(rng)}"


def _like(rng: random.Random) -> str:
    verb = rng.choice(["LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE"])
    return f"{_text(rng)} {verb} {_quoted(rng.choice(PATTERNS))}"


def _null(rng: random.Random) -> str:
    value = rng.choice([_text, _number, _time])(rng)
    return f"{value} IS {rng.choice(['', 'NOT '])}NULL"


def _flag(rng: random.Random) -> str:
    return rng.choice(["is_customer", "is_customer = TRUE", "is_customer <> TRUE", "TRUE", "FALSE",
                       "coalesce(is_customer, FALSE)", "is_customer IS NULL"])  # fmt: skip


_LEAVES = [
    _compared(_text, lambda rng: _quoted(rng.choice(TEXTS))),
    _compared(_text, _text),
    _compared(_number, lambda rng: rng.choice(NUMBERS)),
    _compared(_number, _number),
    _compared(_time, _time_literal),
    _compared(_time, _time),
    _within,
    _between,
    _like,
    _null,
    _flag,
]
