"""What a standard table is: the one declaration that drives checks, docs and the import wizard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Type = Literal["text", "int", "number", "money", "time", "day", "flag"]

#: DuckDB type of each declared type. Times are UTC without a zone; money is exact.
SQL_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18,4)",
    "time": "TIMESTAMP",
    "day": "DATE",
    "flag": "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of a standard table.

    `refers_to` is "table.column" where the value is a key of another table; `personal` marks
    data about a person, which roles may be shown masked; `words` are header words other systems
    use for the same thing (lower case), which the mapping proposal looks for.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    refers_to: str = ""
    unit: str = ""
    personal: bool = False
    words: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name as people say it: "created" for created_at, "account ID" for account_id."""
        if self.name in _SAID:
            return _SAID[self.name]
        if self.name.endswith("_id"):
            return f"{self.name.removesuffix('_id')} ID".replace("_", " ")
        return self.name.removesuffix("_at").replace("_", " ")


_SAID = {"at": "date", "by": "by whom", "seq": "order at one time", "email": "e-mail"}


@dataclass(frozen=True)
class Table:
    """One standard table: its grain (what a row is), key and columns.

    `key` names the columns that identify a row; an empty key means that rows have no identity of
    their own and two equal rows are two facts. `time` is the column a period selects by.
    `is_open` tables take further columns beyond the declared ones (free attributes). `called` is
    what people call it, where that is not its name.
    """

    name: str
    grain: str
    meaning: str
    key: tuple[str, ...]
    time: str
    columns: tuple[Column, ...]
    is_open: bool = False
    called: str = ""

    @property
    def title(self) -> str:
        """The name as people say it: "Stage history" for moves."""
        return self.called or self.name.capitalize()

    def column(self, name: str) -> Column:
        """The declared column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} declares no column {name}")

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)
