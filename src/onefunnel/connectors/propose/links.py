"""Which column of one file names the rows of another: found by their values, not their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.apply.spellings import loose_key
from onefunnel.connectors.propose.naming import tokens
from onefunnel.connectors.propose.profile import TableProfile

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


def find_links(
    con: Any, profiles: Sequence[TableProfile], chosen: Sequence[str] = ()
) -> list[Link]:
    """All links between different tables whose values overlap by half or more, best first.

    `chosen` are the columns taken for the keys of the tables, whole or nearly ("" where none is).
    """
    pairs = [
        _Pair(here, ours, there, theirs)
        for there, other in enumerate(profiles)
        for theirs in _keys(other, chosen[there] if chosen else "")
        for here, own in enumerate(profiles)
        if here != there
        for ours, column in own.columns.items()
        if not (column.is_date or column.filled == 0 or column.is_flag)
        and not (column.different < 3 and other.rows > 3)
        and _may_be(profiles, here, ours, there, theirs)
    ]
    if not pairs:
        return []
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_SOME} (of INTEGER, v VARCHAR, loose VARCHAR)")
    try:
        found = _compared(con, profiles, pairs)
    finally:
        con.execute(f"DROP TABLE IF EXISTS {_SOME}")
    found.sort(key=lambda link: (-link.loose_share, link.here, link.there))
    return found


#: Up to `COMPARED` different values of each column that may name rows of another file.
_SOME = "values_to_compare"


@dataclass(frozen=True)
class _Pair:
    here: int
    ours: str
    there: int
    theirs: str


def _compared(con: Any, profiles: Sequence[TableProfile], pairs: Sequence[_Pair]) -> list[Link]:
    columns = {column: i for i, column in enumerate(dict.fromkeys((p.here, p.ours) for p in pairs))}
    sizes = {
        column: _take_some(con, profiles[column[0]], column[1], i) for column, i in columns.items()
    }
    keys: dict[tuple[int, str], dict[int, tuple[int, int]]] = {}
    for there, theirs in dict.fromkeys((pair.there, pair.theirs) for pair in pairs):
        asked = [columns[p.here, p.ours] for p in pairs if (p.there, p.theirs) == (there, theirs)]
        keys[there, theirs] = _overlaps(con, profiles[there], theirs, asked)
    found = []
    for pair in pairs:
        n = sizes[pair.here, pair.ours]
        overlaps = keys[pair.there, pair.theirs]
        same, near = overlaps.get(columns[pair.here, pair.ours], (0, 0))
        # A lookup into a much larger file may name few of its rows, but the names must agree.
        least = 0.2 if _same_thing(pair.ours, pair.theirs, profiles[pair.there]) else 0.5
        if n and near / n >= least:
            found.append(Link(pair.here, pair.ours, pair.there, pair.theirs, same / n, near / n))
    return found


def _keys(profile: TableProfile, own: str) -> list[str]:
    """Keys worth comparing: at most the three that look most like one, and the one chosen."""
    if profile.rows < 2:
        return []
    names = [n for n in profile.keys if profile.column(n).length <= 80]
    names.sort(key=lambda name: (not _says_id(name), list(profile.columns).index(name)))
    return list(dict.fromkeys((*names[:3], *([own] if own in profile.columns else []))))


def _says_id(name: str) -> bool:
    return bool({"id", "key", "code", "nr", "no", "number"} & set(tokens(name)))


def _may_be(
    profiles: Sequence[TableProfile], here: int, ours: str, there: int, theirs: str
) -> bool:
    """Are the two columns alike enough for their values to be compared?"""
    own, other = profiles[here], profiles[there]
    mine, key = own.column(ours), other.column(theirs)
    # Running numbers overlap with everything: they need the names to agree as well. `D-003` looks
    # like money with its currency, but its letter says of what it is the number.
    running = mine.number_share > 0.9 and key.number_share > 0.9 and key.length < 7
    running = running and not (mine.letter_share > 0.9 and key.letter_share > 0.9)
    if running and not _same_thing(ours, theirs, other):
        return False
    alike = set(tokens(ours)) & set(tokens(theirs))
    return bool(alike) or abs(mine.length - key.length) <= max(6.0, key.length)


def _take_some(con: Any, profile: TableProfile, name: str, number: int) -> int:
    """Put up to `COMPARED` different values of a column aside, the same ones each time."""
    text, source = profile.plain(name), parquet_sql(profile.table)
    # Those with the smallest hashes: where there are many, only these need be told apart.
    most = min(4 * COMPARED / max(profile.column(name).different, 1), 1.0)
    for share in dict.fromkeys((most, 1.0)):
        under = f"AND hash(v) <= {int(share * (2**64 - 1))}" if share < 1.0 else ""
        values = (
            f"SELECT DISTINCT v FROM (SELECT {text} AS v FROM {source}) WHERE v IS NOT NULL {under}"
        )
        (n,) = con.execute(
            f"INSERT INTO {_SOME} SELECT {number}, v, {loose_key('v')} FROM ({values} "
            f"ORDER BY hash(v) LIMIT {COMPARED})"
        ).fetchone()
        if n == COMPARED or share == 1.0:
            return int(n)
        con.execute(f"DELETE FROM {_SOME} WHERE of = {number}")
    raise AssertionError("the whole column was looked at last")


def _overlaps(
    con: Any, profile: TableProfile, key: str, columns: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """How many of the values put aside are values of this key, as they stand and loosely."""
    keys = f"SELECT {profile.plain(key)} AS k FROM {parquet_sql(profile.table)}"
    some = f"SELECT rowid AS i, of, v, loose FROM {_SOME} WHERE of IN ({_listed(columns)})"
    return {
        of: (same, same + near)
        for of, same, near in con.execute(
            f"WITH taken AS MATERIALIZED ({some}), "
            f"same AS MATERIALIZED (SELECT DISTINCT i FROM taken JOIN ({keys}) ON k = v), "
            f"rest AS MATERIALIZED (SELECT * FROM taken ANTI JOIN same USING (i)), "
            f"near AS MATERIALIZED (SELECT DISTINCT i FROM rest JOIN "
            f"(SELECT {loose_key('k')} AS k FROM ({keys}) WHERE k IS NOT NULL) ON k = loose) "
            "SELECT of, count(*) FILTER (i IN (SELECT i FROM same)), "
            "count(*) FILTER (i IN (SELECT i FROM near)) FROM taken GROUP BY of"
        ).fetchall()
    }


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _same_thing(ours: str, theirs: str, other: TableProfile) -> bool:
    """`customer_id` names rows of customers.csv by `id` or `customer_id`."""
    mine, key = set(tokens(ours)), set(tokens(theirs))
    if mine == key:
        return bool(mine - {"id"}) or len(mine) > 1
    of = {_singular(word) for word in (*tokens(other.table.name), *key)}
    return bool(({_singular(word) for word in mine} & of) - {"id", "name", "nr", "key"})


def _singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.rstrip("s")
