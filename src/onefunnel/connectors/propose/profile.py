"""What a column's values look like: how many, how different, dates, numbers, mail, yes/no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.conditions import NO, YES
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import plain_text, typed_text
from onefunnel.facts.sql_text import identifier, literal

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

_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_PHONE = r"^[+(0][-\d ()/.]{6,20}$"
_DECIMAL = r"\d[.,]\d"
#: Yes and no in any letters: `SÍ` has more bytes than `sí` in no language.
_LONGEST_FLAG = 2 * max(len(word.encode()) for word in (*YES, *NO))
#: Up to so many rows the different values are counted, beyond they are estimated.
_EXACT = 2_000_000


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
    letter_share: float
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

    def plain(self, name: str) -> str:
        """SQL of a column's text, NULL where it is blank."""
        return plain_text(identifier(name), self.table.tidy.get(name, ""))

    def typed(self, name: str) -> str:
        """The same for a column of dates, numbers or flags, which has more ways to be blank."""
        return typed_text(identifier(name), self.table.tidy.get(name, ""))

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
    profile = TableProfile(table, table.rows_read, {})
    for start in range(0, len(table.columns), 40):
        names = table.columns[start : start + 40]
        cells = ", ".join(f"{profile.typed(name)} AS c{i}" for i, name in enumerate(names))
        counts = _counts(con, table, cells, len(names))
        looked = ", ".join(sql for i in range(len(names)) for sql in _looks(f"c{i}"))
        seen = con.execute(
            f"SELECT {looked} FROM (SELECT {cells} FROM {parquet_sql(table)} LIMIT {LOOKED_AT})"
        ).fetchone()
        for i, name in enumerate(names):
            filled, different = counts[i]
            n, dates, numbers, compact, emails, phones, flagged, decimals, letters, length = (
                value or 0 for value in seen[10 * i : 10 * i + 10]
            )
            of = max(n, 1)
            profile.columns[name] = ColumnProfile(
                name, filled, different, dates / of, numbers / of, compact / of,
                emails / of, phones / of, flagged / of, decimals / of, letters / of, float(length),
                _values(con, profile, name) if 0 < different <= CATEGORY else (),
            )  # fmt: skip
    return profile


def _counts(con: Any, table: TextTable, cells: str, columns: int) -> list[tuple[int, int]]:
    """How many cells of each column are filled, and how many are different.

    Of a very long table, the different are counted to the last only where they may be all.
    """
    is_long = table.rows_read > _EXACT
    different = "approx_count_distinct(c{0})" if is_long else "count(DISTINCT c{0})"
    asked = ", ".join(f"count(c{i}), {different.format(i)}" for i in range(columns))
    source = f"(SELECT {cells} FROM {parquet_sql(table)})"
    got = con.execute(f"SELECT {asked} FROM {source}").fetchone()
    found = [(got[2 * i], min(got[2 * i : 2 * i + 2])) for i in range(columns)]
    for i, (filled, about) in enumerate(found):
        if is_long and about > 0.9 * filled:
            (exact,) = con.execute(f"SELECT count(DISTINCT c{i}) FROM {source}").fetchone()
            found[i] = (filled, exact)
    return found


def _looks(cell: str) -> list[str]:
    """Aggregates over the cells that are looked at. Cheap tests stand before the patterns."""

    def cells(condition: str) -> str:
        return f"count(*) FILTER (WHERE {condition})"

    def like(pattern: str) -> str:
        return f"regexp_matches({cell}, {literal(pattern)})"

    def has(*signs: str) -> str:
        return "(" + " OR ".join(f"contains({cell}, {literal(sign)})" for sign in signs) + ")"

    flags = ", ".join(literal(word) for word in (*YES, *NO))
    return [
        f"count({cell})",
        cells(f"{has('-', '/', '.', ' ')} AND {like(_DATE)}"),
        cells(like(_NUMBER)),
        cells(f"strlen({cell}) = 8 AND {like(_COMPACT)}"),
        cells(f"{has('@')} AND {like(_EMAIL)}"),
        cells(f"ord({cell}) IN (40, 43, 48) AND {like(_PHONE)}"),
        cells(f"strlen({cell}) <= {_LONGEST_FLAG} AND lower({cell}) IN ({flags})"),
        cells(f"{has('.', ',')} AND {like(_DECIMAL)}"),
        cells(like("[A-Za-z]")),
        f"coalesce(avg(length({cell})), 0)",
    ]


def _values(con: Any, profile: TableProfile, name: str) -> tuple[tuple[str, int], ...]:
    return tuple(
        con.execute(
            f"SELECT c, count(*) FROM (SELECT {profile.typed(name)} AS c "
            f"FROM {parquet_sql(profile.table)}) WHERE c IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    )
