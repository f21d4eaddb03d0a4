"""The columns a definition may use when no data is at hand: those every funnel has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onefunnel.facts.declaration import Type
from onefunnel.facts.tables import TABLES


def _declared(*names: str) -> Iterator[tuple[str, Type]]:
    for name in names:
        for column in TABLES[name].columns:
            yield column.name, column.type


#: A move joined with its lead: on a clash of names the move's column wins.
PREDICATE_COLUMNS: Mapping[str, Type] = dict([*_declared("leads"), *_declared("moves")])

#: A lead alone: what segments and personas are defined over.
LEAD_COLUMNS: Mapping[str, Type] = dict(_declared("leads"))
