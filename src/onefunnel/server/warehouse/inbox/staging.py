"""Lay one delivery out as rows ready to be written: keyed, digested, sorted, on disk.

The staged file of a table is Parquet, sorted by key and then by source row, so that writing it is
one pass and the same delivery always comes in the same order. It holds `_key`, `_digest`, the typed
declared columns, `_more` (free attributes as JSON), each attribute as a typed column, and the
lineage `_file`, `_row`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis

from onefunnel.connectors.background import Tell
from onefunnel.facts.declaration import SQL_TYPES, Column, Table
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES

#: No identifier of a real system is longer; an index of PostgreSQL could not hold much more.
LONGEST_ID = 400
#: NUL is no text to PostgreSQL; the other two separate the parts of a key.
_CONTROL = (0, 30, 31)
_PLAIN_TYPES = {
    "VARCHAR": "VARCHAR",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "FLOAT": "DOUBLE",
    "DOUBLE": "DOUBLE",
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "BIGINT"
    ),
}


@dataclass(frozen=True)
class Staged:
    """One staged table: where it lies, how many rows, the types of its free attributes."""

    table: str
    path: Path
    rows: int
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class LongId:
    """A row that cannot be kept because an identifier in it is longer than LONGEST_ID."""

    file: int
    row: int
    column: str
    value: str


def stage(
    facts: Facts,
    folder: Path,
    *,
    prefix: str = "",
    pipeline: str = "",
    places: Mapping[tuple[str, str], int] | None = None,
    spellings: Mapping[str, Mapping[str, str]],
    tell: Tell = lambda done, total, what: None,
) -> tuple[dict[str, Staged], tuple[LongId, ...]]:
    """Write every table of `facts` into `folder`, sorted by key; in the order of TABLES.

    Args:
        prefix: Put before every identifier, for a source that is kept apart from others.
        pipeline: What the stages without a pipeline are of: two sources' lists stay two lists.
        places: Where each (pipeline, stage) of the source stands already; see `_in_known_places`.
        spellings: Per table, how an attribute is already spelled, by its lower-case name: one
            attribute stays one column, whatever the case of this delivery's header.
        tell: Told of each table before it is sorted.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged: dict[str, Staged] = {}
    refused: list[LongId] = []
    names = [name for name in TABLES if name in facts]
    for i, name in enumerate(names):
        tell(i, len(names), f"sorting {name}")
        table = TABLES[name]
        staged[name], long_ids = _stage_table(
            _in_known_places(_in_pipeline(facts, pipeline), places or {})
            if name == "stages"
            else facts,
            table,
            folder / f"{name}.parquet",
            prefix,
            spellings.get(name, {}),
        )
        refused += long_ids
    return staged, tuple(refused)


def _in_pipeline(facts: Facts, name: str) -> Facts:
    """The facts with a pipeline for every stage that is told to be of none."""
    stages = facts["stages"]
    if not name:
        return facts
    known = (
        stages["pipeline"].cast("string").nullif("").fill_null(name)
        if "pipeline" in stages.columns
        else name
    )
    return replace(facts, tables={**facts.tables, "stages": stages.mutate(pipeline=known)})


def _in_known_places(facts: Facts, places: Mapping[tuple[str, str], int]) -> Facts:
    """The facts with the stages where they stood, if a delivery without a list of stages of its own
    names only some of the known ones: a few later rows show no order. One that names them all says
    the order anew.
    """
    stages = facts["stages"]
    if not places or not {"pipeline", "position", "_file"} <= set(stages.columns):
        return facts
    found = stages.select("pipeline", "stage", "_file").to_pyarrow().to_pylist()
    named = {(str(row["pipeline"] or ""), str(row["stage"])) for row in found}
    if not named < places.keys() or any(row["_file"] is not None for row in found):
        return facts
    own = stages["pipeline"].cast("string").fill_null(""), stages["stage"]
    stood = [((own[0] == p) & (own[1] == s), places[p, s]) for p, s in sorted(named)]
    moved = stages.mutate(position=ibis.cases(*stood).cast(stages["position"].type()))
    return replace(facts, tables={**facts.tables, "stages": moved})


def _stage_table(
    facts: Facts, table: Table, path: Path, prefix: str, spelled: Mapping[str, str]
) -> tuple[Staged, list[LongId]]:
    expression = facts[table.name]
    backend = expression.get_backend()
    view = f"staging_{table.name}"
    backend.create_view(view, expression, overwrite=True)
    con = backend.con
    found = {str(r[0]): str(r[1]) for r in con.execute(f"DESCRIBE {view}").fetchall()}
    attributes = _attributes(table, found, spelled)
    texts = [c.name for c in table.columns if c.type == "text" and c.name in found]
    texts += [name for name, (_, kind) in attributes.items() if kind == "VARCHAR"]
    odd = _with_control_characters(con, view, texts)
    selected = [
        f"{_value(column, prefix, found, odd)} AS {identifier(column.name)}"
        for column in table.columns
    ]
    selected += [
        f"{_attribute_value(name, kind, odd)} AS {identifier(shown)}"
        for name, (shown, kind) in attributes.items()
    ]
    lineage = [
        f"CAST({name if name in found else '0'} AS BIGINT) AS {name}" for name in ("_file", "_row")
    ]
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW staging_typed AS SELECT {', '.join(selected + lineage)} "
        f"FROM {view}"
    )
    kinds = dict(attributes.values())
    ids = [c.name for c in table.columns if _is_id(c)]
    long_ids = _long_ids(con, ids)
    keep = (
        " AND ".join(f"coalesce(length({identifier(i)}), 0) <= {LONGEST_ID}" for i in ids) or "true"
    )
    con.execute(
        f"COPY (SELECT * FROM ({_keyed(table, kinds, keep)}) ORDER BY _key, _file, _row) "
        f"TO {literal(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )
    rows = con.execute(f"SELECT count(*) FROM read_parquet({literal(path)})").fetchone()[0]
    con.execute("DROP VIEW staging_typed")
    path.chmod(0o600)
    return Staged(table.name, path, int(rows), kinds), long_ids


def _attributes(
    table: Table, found: Mapping[str, str], spelled: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Free attributes of this delivery: its column -> (the name kept, the type kept), by name."""
    if not table.is_open:
        return {}
    declared = {name.lower() for name in table.column_names}
    free = {
        name: (spelled.get(name.lower(), name), plain_type(kind))
        for name, kind in found.items()
        if not name.startswith("_") and name.lower() not in declared
    }
    return dict(sorted(free.items(), key=lambda item: item[1][0]))


def plain_type(kind: str) -> str:
    """The type an attribute is kept as: one of seven; anything unusual becomes text."""
    if kind.startswith("TIMESTAMP"):
        return "TIMESTAMP"
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        width, scale = int(match[1]), int(match[2])
        return "DECIMAL(18,4)" if scale <= 4 and width - scale <= 14 else "DOUBLE"
    return _PLAIN_TYPES.get(kind, "VARCHAR")


def _is_id(column: Column) -> bool:
    return column.type == "text" and column.name.endswith("_id")


def _with_control_characters(con: Any, view: str, texts: list[str]) -> frozenset[str]:
    """The text columns that have a character no key may have: hardly ever one."""
    if not texts:
        return frozenset()
    asked = ", ".join(
        "bool_or("
        + " OR ".join(f"contains(CAST({identifier(n)} AS VARCHAR), chr({c}))" for c in _CONTROL)
        + ")"
        for n in texts
    )
    row = con.execute(f"SELECT {asked} FROM {view}").fetchone()
    return frozenset(name for name, is_odd in zip(texts, row, strict=True) if is_odd)


def _value(column: Column, prefix: str, found: Mapping[str, str], odd: frozenset[str]) -> str:
    kind = SQL_TYPES[column.type]
    if column.name not in found:
        return f"CAST(NULL AS {kind})"
    value = f"CAST({identifier(column.name)} AS {kind})"
    if column.name in odd:
        # NUL is no text to PostgreSQL, and the two separators would make two keys one
        value = f"translate({value}, chr(0) || chr(30) || chr(31), '')"
    if prefix and _is_id(column):
        value = f"{literal(prefix)} || {value}"
    return value


def _attribute_value(name: str, kind: str, odd: frozenset[str]) -> str:
    value = f"CAST({identifier(name)} AS {kind})"
    if name in odd:
        return f"translate({value}, chr(0), '')"
    if kind == "DOUBLE":
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    return value


def _keyed(table: Table, attributes: Mapping[str, str], keep: str) -> str:
    more = "CAST(NULL AS VARCHAR)"
    if attributes:
        pairs = ", ".join(
            f"{literal(name)}: CAST({identifier(name)} AS VARCHAR)" for name in attributes
        )
        # the merge patch drops the empty ones: RFC 7396
        more = f"nullif(CAST(json_merge_patch('{{}}', to_json({{{pairs}}})) AS VARCHAR), '{{}}')"
    parts = [*(_part(column) for column in table.columns), "coalesce(_more, chr(30))"]
    content = f"concat_ws(chr(31), {', '.join(parts)})"
    digest = f"CAST(CAST(md5_number_lower({content}) AS HUGEINT) - 9223372036854775808 AS BIGINT)"
    key_columns = [table.column(name) for name in table.key]
    if key_columns:
        key = "concat_ws(chr(31), " + ", ".join(_part(c) for c in key_columns) + ")"
    else:
        key = (
            f"md5({content}) || '#' || row_number() "
            f"OVER (PARTITION BY md5({content}) ORDER BY _file, _row)"
        )
    inner = f"SELECT *, {more} AS _more FROM staging_typed WHERE {keep}"
    return f"SELECT {key} AS _key, {digest} AS _digest, * FROM ({inner})"


def _part(column: Column) -> str:
    """The column as text that no other value shares; an empty one is told from an empty text."""
    value = identifier(column.name)
    if column.type == "time":
        value = f"epoch_us({value})"
    if column.type != "text":
        value = f"CAST({value} AS VARCHAR)"
    return f"coalesce({value}, chr(30))"


def _long_ids(con: Any, ids: list[str]) -> list[LongId]:
    found: list[LongId] = []
    for name in ids:
        rows = con.execute(
            f"SELECT _file, _row, left({identifier(name)}, 80) FROM staging_typed "
            f"WHERE length({identifier(name)}) > {LONGEST_ID} ORDER BY ALL"
        ).fetchall()
        found += [LongId(int(file), int(row), name, str(value)) for file, row, value in rows]
    return found
