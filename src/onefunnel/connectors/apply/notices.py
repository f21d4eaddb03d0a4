"""Findings and notes of the making: missing columns, unknown lookup keys, how moves were made."""

from __future__ import annotations

from typing import Any

from onefunnel.connectors.apply.rows import JoinCount, Rows
from onefunnel.connectors.values.blanks import plain_text
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import literal


def column_findings(rows: Rows) -> list[Finding]:
    """Columns that the mapping names and the files do not have."""
    table = rows.entry.makes[0].table if rows.entry.makes else ""
    found = []
    for name, near in rows.missing.items():
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        found.append(
            Finding(
                "missing-column", table, name, 1,
                f"{', '.join(rows.entry.files)} has no column {name}{meant}", name,
                "correct the name in the mapping, or take the line out",
            )
        )  # fmt: skip
    return found


def lookup_file_findings(rows: Rows) -> list[Finding]:
    """Files that the mapping looks things up in and that are not there."""
    table = rows.entry.makes[0].table if rows.entry.makes else ""
    return [
        Finding(
            "missing-file", table, "", 1,
            f"the mapping looks things up in {name}, but no such file is there: what it would give "
            "is empty", name, "add the file, or take its `look up` out of the mapping",
        )
        for name in dict.fromkeys(rows.missing_files)
    ]  # fmt: skip


def row_number_findings(rows: Rows) -> list[Finding]:
    """Says so where the place of a row in its file stands in for an id of the lead or deal."""
    for make in rows.entry.makes:
        key = make.column("deal_id" if make.table == "deals" else "lead_id")
        if make.table in ("leads", "deals") and key is not None and key.columns == ("_row",):
            return [
                Finding(
                    "no-key", make.table, "deal_id" if make.table == "deals" else "lead_id", 1,
                    f"No column of {', '.join(rows.entry.files)} identifies a row: rows are "
                    "numbered, so an export in another order would overwrite the wrong leads.", "",
                    "Export the id of each lead or deal too, or name a column that identifies "
                    "them in the mapping.",
                )
            ]  # fmt: skip
    return []


def lookup_findings(con: Any, rows: Rows, final: str, has_deals: bool) -> list[Finding]:
    """One finding per key value that another file knows only by nearly the same name, and one for
    all values that it does not know at all."""
    found = []
    by_lookup: dict[tuple[str, str], list[JoinCount]] = {}
    for count in rows.lookups:
        if count.near:
            found.append(_near(con, rows, count, final, has_deals))
        else:
            by_lookup.setdefault((count.column, count.other_file), []).append(count)
    for (column, other), counts in by_lookup.items():
        n = sum(count.rows for count in counts)
        found.append(
            Finding(
                "unknown-key", _main_table(rows), column, n,
                f"{n:,} rows name a {column} that {other} does not have "
                f"({len(counts):,} different)", counts[0].value,
                f"add them to {other}, or correct {column}",
            )
        )  # fmt: skip
    return found


def _main_table(rows: Rows) -> str:
    names = [make.table for make in rows.entry.makes]
    return next((name for name in ("deals", "leads") if name in names), names[0] if names else "")


def _near(con: Any, rows: Rows, count: JoinCount, final: str, has_deals: bool) -> Finding:
    closed = ""
    if has_deals and any(make.table == "deals" for make in rows.entry.makes):
        value = plain_text("r." + rows.column(count.column), rows.tidiness(count.column))
        (n,) = con.execute(
            f"SELECT count(*) FROM {rows.relation} r SEMI JOIN (SELECT _file, _row FROM "
            f"{final}.deals WHERE outcome IN ('won', 'lost')) d USING (_file, _row) "
            f"WHERE {value} = {literal(count.value)}"
        ).fetchone()
        closed = f", {n:,} of them closed"
    return Finding(
        "unknown-key", _main_table(rows), count.column, count.rows,
        f"{count.column} {count.value!r} is not in {count.other_file}; nearly the same is "
        f"{count.near!r} ({count.rows:,} rows{closed})", count.value,
        f"write {count.near!r} in one of the two files; until then they are told apart",
    )  # fmt: skip
