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
COMPARED = 20_000


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
                    link = _link(con, profiles, here, ours, there, theirs)
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


def _link(
    con: Any, profiles: Sequence[TableProfile], here: int, ours: str, there: int, theirs: str
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
    loose = "regexp_replace(lower({0}), '[^\\pL\\pN]', '', 'g')"
    our, their = plain_text(identifier(ours)), plain_text(identifier(theirs))
    n, exact, near = con.execute(
        f"WITH o AS (SELECT DISTINCT {our} AS v FROM {parquet_sql(own.table)} "
        f"WHERE {our} IS NOT NULL ORDER BY hash(v) LIMIT {COMPARED}), "
        f"t AS (SELECT DISTINCT {their} AS v FROM {parquet_sql(other.table)}), "
        f"tl AS (SELECT DISTINCT {loose.format('v')} AS l FROM t) "
        f"SELECT count(*), count_if(v IN (SELECT v FROM t)), "
        f"count_if({loose.format('v')} IN (SELECT l FROM tl)) FROM o"
    ).fetchone()
    # A lookup into a much larger file may name few of its rows, but the names must agree.
    least = 0.2 if _same_thing(ours, theirs, other) else 0.5
    if n == 0 or near / n < least:
        return None
    return Link(here, ours, there, theirs, exact / n, near / n)


def _same_thing(ours: str, theirs: str, other: TableProfile) -> bool:
    """`customer_id` names rows of customers.csv by `id` or `customer_id`."""
    mine, key = set(tokens(ours)), set(tokens(theirs))
    if mine == key:
        return bool(mine - {"id"}) or len(mine) > 1
    of = {word.rstrip("s") for word in tokens(other.table.name)} | {
        word.rstrip("s") for word in key
    }
    return bool(({word.rstrip("s") for word in mine} & of) - {"id", "name", "nr", "key"})
