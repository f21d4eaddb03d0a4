"""One lead, deal or account under keys spelled differently in different files: `opp 7`, `OPP-7`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onefunnel.connectors.mapping_parts import Make
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import literal
from onefunnel.facts.tables import TABLES

#: Keys by the table that describes what they name; its spelling stands.
_KEYS = {"lead_id": "leads", "deal_id": "deals", "account_id": "accounts"}
#: Next to be believed where that table has no such row.
_DESCRIBING = ("accounts", "leads", "deals", "moves")
#: Ids whose letters are told apart by case alone (15 characters, as Salesforce makes them).
_BY_CASE = "^[0-9A-Za-z]{15}$"
#: Mail addresses and domains: a point or a hyphen in them makes another one.
_ADDRESS = r"^\S+@\S+$|^[^\s.]+(\.[^\s.]+)*\.[A-Za-z]{2,}$"
#: Numbers with a sign or a decimal point are no ids that somebody wrote with other separators.
_DIGITS = r"^\d+([-_/ ]\d+)*$"


@dataclass(frozen=True)
class MadeRows:
    """Staged rows of one table, and which entry of the mapping (which files) they are from."""

    table: str
    relation: str
    make: Make
    entry: int


@dataclass(frozen=True)
class _Place:
    relation: str
    entry: int
    rank: int


def join_spellings(con: Any, schema: str, made: Sequence[MadeRows]) -> list[Finding]:
    """Write keys that differ only in case, spaces, punctuation and leading zeros of numbers as
    the describing file does.

    Keys of leads, deals and accounts in different entries are taken for the same where the tidied
    key is one key in each entry: what one entry itself tells apart stays apart. The staged rows
    are changed in place. One finding per kind of key, and none for deals where the same spellings
    were said of leads.
    """
    findings: list[Finding] = []
    told: set[tuple[str, str]] = set()
    for column, describing in _KEYS.items():
        joined, keys = _joined(con, schema, _places(made, column, describing), column)
        new = {pair: n for pair, n in joined.items() if pair not in told}
        if new:
            findings.append(_finding(describing, column, new, keys))
        told |= set(joined)
    return findings


def loose_key(text: str) -> str:
    """SQL of a key without case, spaces and punctuation; of a number, without leading zeros.

    NULL where nothing is left. What is one key by this may be two: see `join_spellings`.
    """
    bare = f"regexp_replace(lower({text}), '[^\\pL\\pN]', '', 'g')"
    return (
        f"nullif(CASE WHEN regexp_full_match({text}, '[0-9]+') THEN {_without_zeros(text)} "
        f"WHEN regexp_full_match({text}, '[0-9A-Za-z]*') THEN lower({text}) ELSE {bare} END, '')"
    )


def _without_zeros(number: str) -> str:
    return f"coalesce(nullif(ltrim({number}, '0'), ''), '0')"


def _places(made: Sequence[MadeRows], column: str, describing: str) -> list[_Place]:
    """The relations that name such keys, the one whose spelling stands first."""
    order = [describing, *(name for name in _DESCRIBING if name != describing)]
    found = []
    for rows in made:
        if column not in TABLES[rows.table].column_names:
            continue
        rank = order.index(rows.table) if rows.table in order else len(order)
        steps = range(len(rows.make.steps))
        relations = [f"{rows.relation}_step_{i}" for i in steps] or [rows.relation]
        found += [_Place(relation, rows.entry, rank) for relation in relations]
    return sorted(found, key=lambda place: (place.rank, place.entry))


def _joined(
    con: Any, schema: str, places: Sequence[_Place], column: str
) -> tuple[Mapping[tuple[str, str], int], int]:
    """The spellings replaced, (wrote, stands) with rows; and how many keys there are then."""
    entries = list(dict.fromkeys(place.entry for place in places))
    if len(entries) < 2:
        return {}, 0
    parts = " UNION ALL ".join(
        f"SELECT DISTINCT {column} AS k, {entries.index(place.entry)} AS entry, "
        f"{place.rank} AS rank FROM {place.relation} WHERE {column} IS NOT NULL"
        for place in places
    )
    keys, foreign = f"{schema}.keys_of_{column}", f"{schema}.foreign_{column}"
    con.execute(
        f"CREATE TABLE {keys} AS SELECT k, entry, min(rank) AS rank FROM ({parts}) GROUP BY ALL"
    )
    # Where one entry knows every key there is no other spelling: nothing needs to be tidied.
    con.execute(
        f"CREATE VIEW {foreign} AS SELECT DISTINCT k FROM {keys} "
        f"ANTI JOIN (SELECT k FROM {keys} WHERE entry = 0) known USING (k)"
    )
    if not con.execute(f"SELECT count(*) FROM {foreign}").fetchone()[0]:
        return {}, 0
    pairs = f"{schema}.spelled_{column}"
    con.execute(
        f"CREATE TABLE {pairs} AS WITH tidied AS MATERIALIZED (SELECT *, {_tidied('k')} AS tidy "
        f"FROM {keys}), spelled AS (SELECT tidy FROM tidied WHERE tidy IS NOT NULL GROUP BY tidy "
        "HAVING count(DISTINCT k) > 1 AND count(DISTINCT (k, entry)) = count(DISTINCT entry)), "
        "known AS (SELECT k, tidy, first_value(k) OVER (PARTITION BY tidy ORDER BY rank, entry, k) "
        "AS stands FROM tidied SEMI JOIN spelled USING (tidy)) "
        "SELECT DISTINCT k AS wrote, stands FROM known WHERE k <> stands "
        f"AND ({_digits('k')} = {_digits('stands')} OR tidy IN (lower(k), lower(stands)) "
        f"OR regexp_full_match(k || stands, '[0-9]+'))"
    )
    if not con.execute(f"SELECT count(*) FROM {pairs}").fetchone()[0]:
        return {}, 0
    counts = " UNION ALL ".join(
        f"SELECT {column} AS k FROM {place.relation} SEMI JOIN {pairs} ON wrote = {column}"
        for place in places
    )
    joined = {
        (wrote, stands): n
        for wrote, stands, n in con.execute(
            f"SELECT wrote, stands, count(*) FROM ({counts}) JOIN {pairs} ON wrote = k "
            "GROUP BY ALL ORDER BY wrote"
        ).fetchall()
    }
    for place in places:
        con.execute(
            f"UPDATE {place.relation} SET {column} = stands FROM {pairs} WHERE {column} = wrote"
        )
    (total,) = con.execute(
        f"SELECT count(DISTINCT coalesce(stands, k)) FROM {keys} LEFT JOIN {pairs} ON wrote = k"
    ).fetchone()
    return joined, int(total)


def _tidied(key: str) -> str:
    """SQL of a key as `loose_key` has it, but NULL where case or punctuation may tell keys
    apart."""
    bare = f"regexp_replace(lower({key}), '[^\\pL\\pN]', '', 'g')"
    by_case = (
        f"regexp_matches({key}, {literal(_BY_CASE)}) AND regexp_matches({key}, '[0-9]') "
        f"AND lower({key}) <> {key} AND upper({key}) <> {key}"
    )
    return (
        f"CASE WHEN {by_case} THEN NULL "
        f"WHEN regexp_full_match({key}, '[0-9]+') THEN {_without_zeros(key)} "
        f"WHEN regexp_full_match({key}, '[0-9A-Za-z]+') THEN lower({key}) "
        f"WHEN regexp_matches({key}, {literal(_ADDRESS)}) THEN lower({key}) "
        f"WHEN regexp_matches({key}, '\\pL') THEN nullif({bare}, '') "
        f"WHEN regexp_matches({key}, {literal(_DIGITS)}) THEN {bare} END"
    )


def _digits(key: str) -> str:
    """SQL of the numbers in a key: `1-23` and `12-3` are two keys."""
    return f"regexp_extract_all({key}, '\\pN+')"


def _finding(
    describing: str, column: str, joined: Mapping[tuple[str, str], int], keys: int
) -> Finding:
    n = len({stands for _, stands in joined})
    wrote, stands = next(iter(joined))
    differ = "differs" if n == 1 else "differ"
    return Finding(
        "key-spelling", describing, column, n,
        f"{n:,} of {keys:,} keys of {describing} {differ} between the files only in case, spaces, "
        f"punctuation or leading zeros: {wrote} is taken for {stands}", wrote,
        "nothing needs doing if they are the same; if not, write them in a way that differs in "
        "letters or digits too",
    )  # fmt: skip
