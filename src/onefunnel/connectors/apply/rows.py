"""The text rows that one entry of a mapping works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onefunnel.connectors.apply.names import find_column, near_names
from onefunnel.connectors.conditions import parse_condition
from onefunnel.connectors.mapping_parts import FileMap
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import Tidy, least_tidy, plain_text
from onefunnel.facts.sql_text import identifier, literal


@dataclass(frozen=True)
class JoinCount:
    """One value of ours that a lookup did not find as it stands: `near` is what it may mean."""

    column: str
    other_file: str
    other_column: str
    value: str
    rows: int
    near: str


@dataclass
class Rows:
    """The text rows of one mapping entry: a relation with `columns`, `_file` and `_row`."""

    entry: FileMap
    relation: str
    columns: tuple[str, ...]
    files: tuple[int, ...]
    missing: dict[str, list[str]] = field(default_factory=dict)
    missing_files: list[str] = field(default_factory=list)
    lookups: list[JoinCount] = field(default_factory=list)
    looked_up: set[int] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    tidy: dict[str, Tidy] = field(default_factory=dict)
    sorting: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """SQL of a column by its name in the mapping; NULL (and noted) where there is none."""
        if name == "_row":
            return self._row_number()
        found = find_column(name, self.columns)
        if found is None:
            self.missing.setdefault(name, near_names(name, self.columns))
            return "CAST(NULL AS VARCHAR)"
        return identifier(found)

    def tidiness(self, name: str) -> Tidy:
        """How tidy the cells of a column are known to be."""
        if name == "_row":
            return "typed"
        found = find_column(name, self.columns)
        return "typed" if found is None else self.tidy.get(found, "")

    def plain(self, name: str) -> str:
        """SQL of a column's text, NULL where it is blank."""
        return plain_text(self.column(name), self.tidiness(name))

    def _row_number(self) -> str:
        """The row's place in its file, which stands in for a missing id."""
        if len(self.files) == 1:
            return "CAST(_row AS VARCHAR)"
        return "(CAST(_file AS VARCHAR) || '-' || CAST(_row AS VARCHAR))"

    def where(self, condition: str) -> str:
        """SQL of a condition of the mapping ('true' for none)."""
        return parse_condition(condition).sql(self.column) if condition else "true"


def parquet_sql(table: TextTable) -> str:
    return f"read_parquet({literal(table.parquet)})"


def union_sql(tables: Sequence[TextTable], places: Sequence[int]) -> str:
    """The files one below the other: their columns, `_file` and `_row`."""
    return " UNION ALL BY NAME ".join(
        f"SELECT *, {place}::INTEGER AS _file FROM {parquet_sql(tables[place])}" for place in places
    )


def tidiness_of(tables: Sequence[TextTable], places: Sequence[int]) -> dict[str, Tidy]:
    """How tidy each column is in all of these files."""
    return {
        name: least_tidy(
            tables[place].tidy.get(name, "") for place in places if name in tables[place].columns
        )
        for name in columns_of(tables, places)
    }


def columns_of(tables: Sequence[TextTable], places: Sequence[int]) -> tuple[str, ...]:
    """The columns of these files, each once, in order."""
    names = [name for place in places for name in tables[place].columns]
    return tuple(dict.fromkeys(names))
