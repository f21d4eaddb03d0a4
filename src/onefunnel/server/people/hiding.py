"""What a reader sees of a value: itself, or a mask where it is personal and not for the role.

Everything that shows records asks here; which columns are personal is decided in facts.personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onefunnel.facts.personal import MASK, scrubbed
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may
from onefunnel.server.people.sealed import opened, seal

Row = Mapping[str, object]


@dataclass(frozen=True)
class Hiding:
    """What is hidden from one reader: these columns ("leads.mobile"), and addresses in any text."""

    columns: frozenset[str] = frozenset()
    sees_all: bool = False

    def hides(self, table: str, column: str) -> bool:
        """Whether the values of a column are hidden."""
        return f"{table}.{column}" in self.columns

    def shown(self, table: str, column: str, value: object) -> object:
        """The value as the reader sees it."""
        if self.sees_all or value in (None, ""):
            return value
        if self.hides(table, column):
            return MASK
        return scrubbed(value) if isinstance(value, str) else value

    def row(self, table: str, row: Row) -> Row:
        """The row as the reader sees it."""
        if self.sees_all:
            return row
        return {column: self.shown(table, column, value) for column, value in row.items()}

    def address(self, table: str, column: str, key: str) -> str:
        """The key as it stands in an address: sealed where it is hidden or an e-mail address."""
        return key if self.shown(table, column, key) == key else seal(key)

    def key(self, table: str, column: str, text: str) -> str | None:
        """The key that an address holds; None where the reader may know it only sealed.

        A key written out would confirm that somebody is known here, found or not.
        """
        key = opened(text)
        return key if key != text or self.address(table, column, key) == key else None

    def place(self, text: str) -> str:
        """Where a list goes on, as it stands in an address: sealed, since it says the order."""
        return text if self.sees_all else seal(text)

    def read_place(self, text: str) -> str:
        """The place an address holds; empty where the reader could only have made it up."""
        place = opened(text)
        return place if self.sees_all or place != text else ""


def hiding_from(person: Person | None, personal: frozenset[str]) -> Hiding:
    """What is hidden from a person of facts with these personal columns."""
    if may(person, "see personal data"):
        return Hiding(sees_all=True)
    return Hiding(personal)
