"""One row per key: exact duplicates once, of contradicting rows the latest, and both reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onefunnel.connectors.apply.spellings import MadeRows
from onefunnel.connectors.mapping_parts import Make
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import identifier
from onefunnel.facts.tables import TABLES

_OWN = ("_file", "_row", "_make", "_step", "_latest")


def union_makes(con: Any, schema: str, table: str, made: Sequence[tuple[str, Make]]) -> str:
    """All makes of one table, one below the other, with the declared columns first."""
    name = f"{schema}.all_{table}"
    parts = " UNION ALL BY NAME ".join(f"SELECT * FROM {relation}" for relation, _ in made)
    con.execute(f"CREATE VIEW {name} AS {parts}")
    return name


def one_row_per_key(
    con: Any, schema: str, table: str, relation: str, made: Sequence[tuple[str, Make]],
    quiet: frozenset[int], silent: frozenset[int] = frozenset(),
) -> tuple[str, list[Finding]]:  # fmt: skip
    """Keep one row per key and give the relation and findings.

    An earlier make goes before a later one, silently (they tell of the same thing). Within a make
    an exact repetition is dropped and counted; contradicting rows: the latest by `latest by`, else
    the last of the files. `quiet` makes repeat their keys by nature (several deals of one lead):
    the earliest row stands and nothing is reported; of `silent` ones (deals told again by each row
    of their history) the latest stands, and nothing is reported either. Losers go to
    `<schema>.losers`.
    """
    keys = ", ".join(identifier(key) for key in TABLES[table].key)
    # Only keys that are there twice are ranked: ranking sorts, and most keys are there once.
    twice = f"{schema}.twice_{table}"
    con.execute(
        f"CREATE TABLE {twice} AS SELECT {keys} FROM {relation} GROUP BY {keys} HAVING count(*) > 1"
    )
    if not con.execute(f"SELECT count(*) FROM {twice}").fetchone()[0]:
        return relation, []
    names = [row[0] for row in con.execute(f"DESCRIBE {relation}").fetchall()]
    content = "hash(" + ", ".join(identifier(n) for n in names if n not in _OWN) + ")"
    loud = f"_make NOT IN ({', '.join(map(str, sorted(quiet)))})" if quiet else "true"
    time = TABLES[table].time
    started = f"CASE WHEN NOT ({loud}) THEN {identifier(_start(table))} END ASC NULLS LAST, "
    ranked = f"{schema}.ranked_{table}"
    con.execute(
        f"CREATE TABLE {ranked} AS SELECT *, {content} AS _content, row_number() OVER ("
        f"PARTITION BY {keys} ORDER BY _make, {started if time else ''}"
        f"_latest DESC NULLS LAST, CASE WHEN {loud} THEN _file END DESC, "
        f"CASE WHEN {loud} THEN _row END DESC, _file, _row) AS _rank FROM {relation} r "
        f"SEMI JOIN {twice} t ON {_same('r', 't', table)}"
    )
    told = f"_make NOT IN ({', '.join(map(str, sorted(quiet | silent)))})" if silent else loud
    findings = _repeated(con, ranked, table, keys, told)
    con.execute(
        f"INSERT INTO {schema}.losers SELECT DISTINCT '{table}', l._file, l._row "
        f"FROM (SELECT * FROM {ranked} WHERE {loud}) l JOIN {ranked} w ON {_same('l', 'w', table)} "
        f"WHERE l._rank > 1 AND w._rank = 1 AND l._make = w._make"
    )
    kept = f"{schema}.kept_{table}"
    con.execute(
        f"CREATE VIEW {kept} AS SELECT * EXCLUDE (_rank, _content) FROM {ranked} WHERE _rank = 1 "
        f"UNION ALL BY NAME SELECT * FROM {relation} r ANTI JOIN {twice} t "
        f"ON {_same('r', 't', table)}"
    )
    return kept, findings


def exact_only(findings: Sequence[Finding], made: Sequence[MadeRows]) -> list[Finding]:
    """Without "repeats exactly" of rows that differ in another table made of the same file.

    Rows of deals may be alike as leads and differ in their amounts: those only contradict. Where
    rows of both kinds are there, the table with fewer exact repetitions tells of them.
    """
    exact = {f.table: f.count for f in findings if f.kind == "duplicate-row"}
    differing = {f.table for f in findings if f.kind == "contradicting-rows"}

    def stands(finding: Finding) -> bool:
        if finding.kind != "duplicate-row":
            return True
        entries = {rows.entry for rows in made if rows.table == finding.table}
        beside = {rows.table for rows in made if rows.entry in entries} - {finding.table}
        return all(finding.count <= exact.get(other, 0) for other in beside & differing)

    return [finding for finding in findings if stands(finding)]


def _start(table: str) -> str:
    return {"leads": "created_at", "deals": "opened_at"}.get(table, TABLES[table].time)


def _same(left: str, right: str, table: str) -> str:
    return " AND ".join(
        f"{left}.{identifier(key)} IS NOT DISTINCT FROM {right}.{identifier(key)}"
        for key in TABLES[table].key
    )


def _repeated(con: Any, ranked: str, table: str, keys: str, loud: str) -> list[Finding]:
    """How many rows repeat another exactly, and how many keys have rows that contradict."""
    key = TABLES[table].key[0]
    exact, contradicting, exact_key, other_key = con.execute(
        f"SELECT coalesce(sum(n - kinds), 0), coalesce(sum(kinds - 1), 0), "
        f"min(CASE WHEN n > kinds THEN k END), min(CASE WHEN kinds > 1 THEN k END) FROM ("
        f"SELECT count(*) AS n, count(DISTINCT _content) AS kinds, "
        f"CAST(min({identifier(key)}) AS VARCHAR) AS k FROM {ranked} WHERE {loud} "
        f"GROUP BY _make, {keys})"
    ).fetchone()
    findings = []
    if exact:
        findings.append(
            Finding(
                "duplicate-row", table, key, int(exact),
                f"{exact:,} rows of {table} repeat another row exactly; each counts once",
                str(exact_key), "nothing needs doing; export without repetitions to be rid of this",
                "note",
            )
        )  # fmt: skip
    if contradicting:
        findings.append(
            Finding(
                "contradicting-rows", table, key, int(contradicting),
                f"{contradicting:,} rows of {table} share a {key} with a later row that says "
                "something else; the later stands",
                str(other_key),
                f"check that {key} is mapped to a column that identifies the row, or set "
                "`latest by` to the column that says which row is newer",
            )
        )  # fmt: skip
    return findings
