"""A predicate: one definition, checked once, rendered three ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from onefunnel.facts.declaration import Type

if TYPE_CHECKING:
    import ibis.expr.types as ir


class PredicateError(ValueError):
    """Why a text is not a predicate: where, what is wrong, and what to write instead.

    `position` counts characters from 0 in `text`; None where the error has no one place.
    """

    def __init__(self, text: str, position: int | None, what: str, fix: str = "") -> None:
        self.text = text
        self.position = position
        self.what = what
        self.fix = fix
        place = "" if position is None else f" at character {position + 1}"
        super().__init__(f"{what}{place}{'; ' + fix if fix else ''}")


def parse(text: str, columns: Mapping[str, Type]) -> Predicate:
    """Read SQL boolean text against columns of known types; PredicateError where it is not one."""
    raise NotImplementedError


class Predicate:
    """A checked condition over the columns of one row."""

    text: str
    columns: frozenset[str]

    def filter(self, table: ir.Table) -> ir.BooleanValue:
        """The condition as an Ibis boolean over `table`; a NULL truth counts as False."""
        raise NotImplementedError

    def matches(self, record: Mapping[str, object]) -> bool:
        """Whether one record satisfies it; an unknown truth counts as False."""
        raise NotImplementedError

    def sentence(self) -> str:
        """The condition in plain English."""
        raise NotImplementedError

    def explain(self, record: Mapping[str, object]) -> tuple[tuple[str, bool | None], ...]:
        """Each clause as a sentence with its truth for this record (None = unknown)."""
        raise NotImplementedError
