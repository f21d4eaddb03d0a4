"""Which column of one file names the rows of another: found by their values, not their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.conditions import identifier
from onefunnel.connectors.propose.naming import tokens
from onefunnel.connectors.propose.profile import TableProfile
from onefunnel.connectors.values.blanks import plain_text

#: So many different values are compared; a share of them tells whether two columns belong together.
COMPARED = 5_000


@dataclass(frozen=True)
class Link:
    """Column `ours` of table `here` names rows of table `there` by their key `theirs`.

    `share` of our different values are there as they stand, `loose_share` without case and
    punctuation.
    """

    here: int
    ours: str
    there: int
    theirs: str
    share: float
    loose_share: float


def find_links(con: Any, profiles: Sequence[TableProfile]) -> list[Link]:
    """All links between different tables whose values overlap by half or more, best first."""
    values = _Values(con, profiles)
    found = []
    for there, other in enumerate(profiles):
        for theirs in _keys(other):
            for here, own in enumerate(profiles):
                if here == there:
                    continue
                for ours, column in own.columns.items():
                    if column.is_date or column.filled == 0 or column.is_flag:
                        continue
                    if column.different < 3 and other.rows > 3:
                        continue
                    link = _link(values, profiles, here, ours, there, theirs)
                    if link is not None:
                        found.append(link)
    found.sort(key=lambda link: (-link.loose_share, link.here, link.there))
    return found


def _keys(profile: TableProfile) -> list[str]:
    """Keys worth comparing: at most the three that look most like one."""
    if profile.rows < 2:
        return []
    names = [n for n in profile.keys if profile.column(n).length <= 80]
    names.sort(key=lambda name: (not _says_id(name), list(profile.columns).index(name)))
    return names[:3]


def _says_id(name: str) -> bool:
    return bool({"id", "key", "code", "nr", "no", "number"} & set(tokens(name)))


class _Values:
    """Different values of columns, fetched once each; their loose forms beside them."""

    def __init__(self, con: Any, profiles: Sequence[TableProfile]) -> None:
        self._con, self._profiles = con, profiles
        self._some: dict[tuple[int, str], dict[str, str]] = {}
        self._all: dict[tuple[int, str], tuple[frozenset[str], frozenset[str]]] = {}

    def some(self, place: int, name: str) -> dict[str, str]:
        """Up to `COMPARED` different values, the same ones each time, with their loose form."""
        if (place, name) not in self._some:
            self._some[place, name] = {
                value: _loose(value) for value in self._fetch(place, name, COMPARED)
            }
        return self._some[place, name]

    def every(self, place: int, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """All values of a key, and all their loose forms."""
        if (place, name) not in self._all:
            values = frozenset(self._fetch(place, name, None))
            self._all[place, name] = (values, frozenset(_loose(value) for value in values))
        return self._all[place, name]

    def _fetch(self, place: int, name: str, most: int | None) -> list[str]:
        text = plain_text(identifier(name))
        limit = f"ORDER BY hash(v) LIMIT {most}" if most else ""
        return [
            row[0]
            for row in self._con.execute(
                f"SELECT DISTINCT {text} AS v FROM {parquet_sql(self._profiles[place].table)} "
                f"WHERE {text} IS NOT NULL {limit}"
            ).fetchall()
        ]


def _loose(value: str) -> str:
    return "".join(c for c in value.lower() if c.isalnum())


def _link(
    values: _Values,
    profiles: Sequence[TableProfile],
    here: int,
    ours: str,
    there: int,
    theirs: str,
) -> Link | None:
    own, other = profiles[here], profiles[there]
    mine, key = own.column(ours), other.column(theirs)
    alike = set(tokens(ours)) & set(tokens(theirs))
    # Running numbers overlap with everything: they need the names to agree as well.
    running = mine.number_share > 0.9 and key.number_share > 0.9 and key.length < 7
    if running and not _same_thing(ours, theirs, other):
        return None
    if abs(mine.length - key.length) > max(6.0, key.length) and not alike:
        return None
    some = values.some(here, ours)
    exact, loose = values.every(there, theirs)
    n = len(some)
    same = sum(value in exact for value in some)
    near = sum(form in loose for form in some.values())
    # A lookup into a much larger file may name few of its rows, but the names must agree.
    least = 0.2 if _same_thing(ours, theirs, other) else 0.5
    if n == 0 or near / n < least:
        return None
    return Link(here, ours, there, theirs, same / n, near / n)


def _same_thing(ours: str, theirs: str, other: TableProfile) -> bool:
    """`customer_id` names rows of customers.csv by `id` or `customer_id`."""
    mine, key = set(tokens(ours)), set(tokens(theirs))
    if mine == key:
        return bool(mine - {"id"}) or len(mine) > 1
    of = {word.rstrip("s") for word in tokens(other.table.name)} | {
        word.rstrip("s") for word in key
    }
    return bool(({word.rstrip("s") for word in mine} & of) - {"id", "name", "nr", "key"})
