"""Whole-column decisions of one entry: how its dates and numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.expressions import text_sql
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.conditions import quote
from onefunnel.connectors.mapping_parts import Make, Source
from onefunnel.connectors.values.blanks import typed_text
from onefunnel.connectors.values.dates import PLAIN_DATE, DateCounts, date_counts_sql, decide_dates
from onefunnel.connectors.values.numbers import (
    PLAIN_NUMBER,
    NumberCounts,
    decide_numbers,
    digits_sql,
    number_counts_sql,
)
from onefunnel.facts.declaration import Type
from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES

NUMERIC: tuple[Type, ...] = ("money", "number", "int")


@dataclass(frozen=True)
class Written:
    """How a column is written: date style or decimal sign, and the values there are."""

    style: str
    why: str
    problem: str
    values: int
    form: str = ""


class Decisions:
    """Decides how each dated or numeric source of an entry is written, once per entry.

    Sources that read the same columns share one decision. A style given in the mapping stands;
    where the values contradict it there is a finding.
    """

    def __init__(self, con: Any, rows: Rows, makes: tuple[Make, ...]) -> None:
        self.findings: list[Finding] = []
        self._con, self._rows = con, rows
        dated, numeric = _typed_sources(makes)
        self._dates = self._count(dated, date_counts_sql, DateCounts)
        self._numbers = self._count(numeric, number_counts_sql, NumberCounts)
        self._date_hint = self._hint_dates()
        self._number_hint = self._hint_numbers()
        self._known: dict[tuple[str, ...], Written] = {}

    def _count(self, sources: Mapping[str, Source], counts_sql: Any, shape: Any) -> dict[str, Any]:
        """Counts by source; columns that are wholly plain need no second, costly look."""
        plain = self._plain(sources, shape)
        sources = {key: source for key, source in sources.items() if key not in plain}
        if not sources:
            return plain
        names, columns, counts = list(sources), list[str](), list[str]()
        for i, key in enumerate(names):
            columns.append(f"{typed_text(text_sql(self._rows, sources[key]))} AS c{i}")
            counts += [f"{sql} AS c{i}_{name}" for name, sql in counts_sql(f"c{i}").items()]
        digits = "".join(
            f", {digits_sql(f'c{i}')} AS c{i}_digits"
            for i in range(len(names))
            if shape is NumberCounts
        )
        values = self._con.execute(
            f"SELECT {', '.join(counts)} FROM (SELECT *{digits} FROM (SELECT "
            f"{', '.join(columns)} FROM {self._rows.relation}))"
        ).fetchone()
        fields, result = list(counts_sql("x")), {}
        for i, key in enumerate(names):
            part = zip(fields, values[i * len(fields) : (i + 1) * len(fields)], strict=True)
            # a count over an always empty column is NULL: the shape's own zero stands
            result[key] = shape(**{name: count for name, count in part if count is not None})
        return plain | result

    def _plain(self, sources: Mapping[str, Source], shape: Any) -> dict[str, Any]:
        """Counts of the columns whose every value is an ISO date or plain digits with a point."""
        if not sources:
            return {}
        pattern = PLAIN_DATE if shape is DateCounts else PLAIN_NUMBER
        names = list(sources)
        cells = [f"{typed_text(text_sql(self._rows, s))} AS c{i}" for i, s in enumerate(
            sources.values())]  # fmt: skip
        asked = ", ".join(
            f"count(c{i}), count_if(regexp_matches(c{i}, {quote(pattern)})), "
            f"count_if(contains(c{i}, '.'))"
            for i in range(len(names))
        )
        got = self._con.execute(
            f"SELECT {asked} FROM (SELECT {', '.join(cells)} FROM {self._rows.relation})"
        ).fetchone()
        found: dict[str, Any] = {}
        for i, key in enumerate(names):
            n, plain, pointed = (value or 0 for value in got[3 * i : 3 * i + 3])
            if plain < n:
                continue
            if shape is DateCounts:
                found[key] = DateCounts(values=n, year_first=n, plain_iso=n)
            else:
                found[key] = NumberCounts(
                    values=n, numbers=n, simple=n, plain=n - pointed, point=pointed
                )
        return found

    def _hint_dates(self) -> str:
        """The order that other date columns of the file prove."""
        day = sum(counts.only_day_first for counts in self._dates.values())
        month = sum(counts.only_month_first for counts in self._dates.values())
        return "" if day == month else ("day-first" if day > month else "month-first")

    def _hint_numbers(self) -> str:
        comma = sum(c.comma + c.comma_zero for c in self._numbers.values())
        point = sum(c.point + c.point_zero for c in self._numbers.values())
        return "" if comma == point else ("," if comma > point else ".")

    def written(self, source: Source, type_: Type, table: str, column: str) -> Written:
        """How the values of this source are written; findings are kept in `findings`."""
        key = (source_key(source), "date" if type_ in ("time", "day") else "number")
        if type_ == "text" or type_ == "flag":
            return Written("", "", "", 0)
        if key not in self._known:
            made = (
                self._date(source, table, column)
                if key[1] == "date"
                else self._number(source, table, column)
            )
            self._known[key] = made
        return self._known[key]

    def _date(self, source: Source, table: str, column: str) -> Written:
        counts: DateCounts = self._dates[source_key(source)]
        decided = decide_dates(counts, hint=self._date_hint)
        style, problem, why = decided.style, decided.problem, decided.why
        if source.date:
            against = {"day-first": counts.only_month_first, "month-first": counts.only_day_first}
            n = against.get(source.date, 0)
            other = "month-first" if source.date == "day-first" else "day-first"
            style, problem = source.date, "contradicted-dates" if n else ""
            why = f"{n:,} of {counts.values:,} can only be {other}" if n else "the mapping says so"
        if problem and counts.values:
            self.findings.append(_date_finding(problem, why, style, counts, table, column, source))
        return Written(style, why, problem, counts.values, counts.form)

    def _number(self, source: Source, table: str, column: str) -> Written:
        counts: NumberCounts = self._numbers[source_key(source)]
        decided = decide_numbers(counts, hint=self._number_hint)
        sign, problem, why = decided.decimal, decided.problem, decided.why
        if source.decimal:
            n = counts.point if source.decimal == "," else counts.comma
            sign, problem = source.decimal, "contradicted-numbers" if n else ""
            other = "point" if source.decimal == "," else "comma"
            why = f"{n:,} of {counts.values:,} can only have a decimal {other}"
        if problem and counts.values:
            fix = f"set `decimal:` of {column} in the mapping to '.' or ',' and read again"
            read = "comma" if sign == "," else "point"
            self.findings.append(
                Finding(
                    problem, table, column, counts.values,
                    f"{_named(source)}: {why}; read with a decimal {read}", _named(source), fix,
                )
            )  # fmt: skip
        return Written(sign, why, problem, counts.values, counts.form)


def _date_finding(
    problem: str, why: str, style: str, counts: DateCounts, table: str, column: str, source: Source
) -> Finding:
    fixes = {
        "mixed-dates": "correct the file: one column holds both orders; dates that do not fit "
        "the order read were refused",
        "ambiguous-dates": f"if these dates are month-first, set `date: month-first` of {column} "
        "in the mapping and read again",
        "contradicted-dates": f"change `date:` of {column} in the mapping; what does not fit was "
        "refused",
    }
    number = {
        "mixed-dates": min(counts.only_day_first, counts.only_month_first),
        "ambiguous-dates": counts.parts,
        "contradicted-dates": max(counts.only_day_first, counts.only_month_first),
    }
    return Finding(
        problem,
        table,
        column,
        number[problem],
        f"{_named(source)}: {why}; read {style}",
        _named(source),
        fixes[problem],
        "error" if problem == "contradicted-dates" else "warning",
    )


def source_key(source: Source) -> str:
    """Sources that read the same texts are written the same way."""
    return repr((source.columns, source.value, source.cases, source.glue, source.date,
                 source.decimal))  # fmt: skip


def _named(source: Source) -> str:
    names = [*source.columns, *(case.column for case in source.cases if case.column)]
    return " / ".join(dict.fromkeys(names)) or "a constant"


def _typed_sources(makes: tuple[Make, ...]) -> tuple[dict[str, Source], dict[str, Source]]:
    dated, numeric = {}, {}
    for make in makes:
        steps = (column for step in make.steps for column in step.columns)
        for name, source in (*make.columns, *steps):
            type_ = TABLES[make.table].column(name).type
            if type_ in ("time", "day"):
                dated[source_key(source)] = source
            elif type_ in NUMERIC:
                numeric[source_key(source)] = source
    return dated, numeric
