"""What a column's values look like: how many, how different, dates, numbers, mail, yes/no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.conditions import NO, YES, identifier, quote
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import typed_text

#: Values are looked at in this many rows; how many are different is counted in all.
LOOKED_AT = 50_000
#: A column of at most this many different values is a category.
CATEGORY = 60

# Classes of letters (\pL) make these patterns thirty times slower than "no space, no digit".
_DATE = (
    r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})\b)"
    r"|^([^\s\d]+ )?\d{1,2}(st|nd|rd|th|\.)?[ -](de )?[^\s\d/@_-]{3,}[ -](de )?\d{2,4}\b"
    r"|^([^\s\d]+ )?[^\s\d@_/-]{3,} \d{1,2},? \d{4}|^\d{4}-\d{2}$"
)
_MARK = r"([^0-9A-Za-z\s.,()+-]|[A-Z]{1,3}[$]?)"
_NUMBER = (
    rf"^\(?[-+−]?\s?{_MARK}?\s?[-+]?\d[\d.,' \x{{00a0}}\x{{202f}}]*"
    r"\s?([^0-9A-Za-z\s.,()+-]|[A-Za-zł]{1,4}\.?)?\)?$"
)
_COMPACT = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"


@dataclass(frozen=True)
class ColumnProfile:
    """Shares are of the filled cells that were looked at; `values` are the commonest, if few."""

    name: str
    filled: int
    different: int
    date_share: float
    number_share: float
    compact_share: float
    email_share: float
    phone_share: float
    flag_share: float
    decimal_share: float
    length: float
    values: tuple[tuple[str, int], ...]

    @property
    def is_unique(self) -> bool:
        return self.filled > 0 and self.different == self.filled

    @property
    def is_date(self) -> bool:
        return self.date_share >= 0.9 or (self.compact_share >= 0.98 and self.different > 1)

    @property
    def is_number(self) -> bool:
        return not self.is_date and self.number_share >= 0.9

    @property
    def is_flag(self) -> bool:
        return self.flag_share >= 0.999 and 1 <= self.different <= 2

    @property
    def is_category(self) -> bool:
        """Few values that repeat, and no date or number."""
        few = 2 <= self.different <= CATEGORY and self.different <= max(2, self.filled / 2)
        return few and not self.is_date and self.number_share < 0.9


@dataclass(frozen=True)
class TableProfile:
    """A text table and the profile of each of its columns."""

    table: TextTable
    rows: int
    columns: dict[str, ColumnProfile]

    @property
    def name(self) -> str:
        return self.table.shown

    def column(self, name: str) -> ColumnProfile:
        return self.columns[name]

    @property
    def keys(self) -> list[str]:
        """Columns that name each row: filled everywhere and never the same twice."""
        return [
            name
            for name, column in self.columns.items()
            if column.is_unique
            and column.filled == self.rows
            and not column.is_date
            and not (column.number_share >= 0.9 and column.decimal_share > 0)
        ]


def profile_table(con: Any, table: TextTable) -> TableProfile:
    """Look at every column of a table."""
    source = parquet_sql(table)
    found: dict[str, ColumnProfile] = {}
    rows = table.rows_read
    count = "count(DISTINCT {0})" if rows <= 2_000_000 else "approx_count_distinct({0})"
    flags = ", ".join(quote(word) for word in (*YES, *NO))
    for start in range(0, len(table.columns), 40):
        names = table.columns[start : start + 40]
        cells = ", ".join(f"{typed_text(identifier(name))} AS c{i}" for i, name in enumerate(names))
        whole = ", ".join(f"count(c{i}), {count.format(f'c{i}')}" for i in range(len(names)))
        looked = ", ".join(
            f"count(c{i}), count_if(regexp_matches(c{i}, {quote(_DATE)})), "
            f"count_if(regexp_matches(c{i}, {quote(_NUMBER)})), "
            f"count_if(regexp_matches(c{i}, {quote(_COMPACT)})), "
            f"count_if(regexp_matches(c{i}, '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$')), "
            f"count_if(regexp_matches(c{i}, '^[+(0][-\\d ()/.]{{6,20}}$')), "
            f"count_if(lower(c{i}) IN ({flags})), "
            f"count_if(regexp_matches(c{i}, '\\d[.,]\\d')), coalesce(avg(length(c{i})), 0)"
            for i in range(len(names))
        )
        sums = con.execute(f"SELECT {whole} FROM (SELECT {cells} FROM {source})").fetchone()
        seen = con.execute(
            f"SELECT {looked} FROM (SELECT {cells} FROM {source} LIMIT {LOOKED_AT})"
        ).fetchone()
        for i, name in enumerate(names):
            filled, different = sums[2 * i : 2 * i + 2]
            n, dates, numbers, compact, emails, phones, flagged, decimals, length = (
                value or 0 for value in seen[9 * i : 9 * i + 9]
            )
            of = max(n, 1)
            found[name] = ColumnProfile(
                name, filled, min(different, filled), dates / of, numbers / of, compact / of,
                emails / of, phones / of, flagged / of, decimals / of, float(length),
                _values(con, source, name) if 0 < different <= CATEGORY else (),
            )  # fmt: skip
    return TableProfile(table, rows, {name: found[name] for name in table.columns})


def _values(con: Any, source: str, name: str) -> tuple[tuple[str, int], ...]:
    cell = typed_text(identifier(name))
    return tuple(
        con.execute(
            f"SELECT c, count(*) FROM (SELECT {cell} AS c FROM {source}) WHERE c IS NOT NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    )
