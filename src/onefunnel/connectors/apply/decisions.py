"""Whole-column decisions of one entry: how its dates and numbers are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.counting import count_dates, count_numbers
from onefunnel.connectors.apply.expressions import typed_cell
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.mapping_parts import Make, Source
from onefunnel.connectors.values.blanks import ZERO_DATES
from onefunnel.connectors.values.dates import DateCounts, decide_dates
from onefunnel.connectors.values.numbers import NumberCounts, decide_numbers
from onefunnel.facts.declaration import Type
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import literal
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
        self._dates = {key: self._count_dates(source) for key, source in dated.items()}
        self._numbers = {key: self._count_numbers(source) for key, source in numeric.items()}
        self._date_hint = self._hint_dates()
        self._number_hint = self._hint_numbers()
        self._known: dict[tuple[str, ...], Written] = {}

    def names_currencies(self, source: Source) -> bool:
        """Do cells of this source hold more than a number?"""
        counts = self._numbers.get(source_key(source))
        return counts is not None and counts.with_currency > 0

    def _count_dates(self, source: Source) -> DateCounts:
        found = count_dates(self._con, self._rows.relation, typed_cell(self._rows, source))
        n = found.values
        return found if found.plain_iso < n else DateCounts(n, year_first=n, plain_iso=n)

    def _count_numbers(self, source: Source) -> NumberCounts:
        found = count_numbers(self._con, self._rows.relation, typed_cell(self._rows, source))
        if found.certain < found.values:
            return found
        n, point = found.values, found.pointed
        return NumberCounts(values=n, numbers=n, simple=n, plain=n - point, point=point)

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
        self.findings += self._zeros(source, table, column)
        return Written(style, why, problem, counts.values, counts.form)

    def _zeros(self, source: Source, table: str, column: str) -> list[Finding]:
        """A note on cells that say a date of zeros: they are taken for empty."""
        names = [n for n in source.columns if self._rows.tidiness(n) != "typed"]
        if not names:  # every cell was looked at: none is a word for nothing
            return []
        words = ", ".join(map(literal, ZERO_DATES))
        cells = ", ".join(self._rows.plain(name) for name in names)
        n, example = self._con.execute(
            f"SELECT count(c), min(c) FROM (SELECT unnest([{cells}]) AS c "
            f"FROM {self._rows.relation}) WHERE c IN ({words})"
        ).fetchone()
        if not n:
            return []
        said = "cell says" if n == 1 else "cells say"
        return [
            Finding(
                "zero-dates", table, column, n,
                f"{_named(source)}: {n:,} {said} {example}, which is taken for no date",
                example,
                "nothing to do where the source writes so what has no date; else correct it there",
                "note",
            )
        ]  # fmt: skip

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
