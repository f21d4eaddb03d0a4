"""Account for every source row: rows in = created + updated + skipped + refused, file by file.

A source row may make facts of several tables. One of them is the row's own: a row of jobs is a
deal, and its moves are what it tells of it. The row is created where that fact is new; updated
where it was there already and any fact of the row changed or is new; else skipped, with the reason.
It is refused where it made no fact because it was bad.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from onefunnel.facts.csv_text import for_spreadsheets
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.server.warehouse.inbox.writing import Outcome

#: Why a row whose facts were all there already was skipped, by its best outcome.
REASONS = {
    Outcome.UNCHANGED: "unchanged: it is in the workspace already",
    Outcome.REPEATED: "repeats another row of this delivery",
    Outcome.OVERTAKEN: "another row of this delivery with the same key stands",
    Outcome.NOT_WRITTEN: "not written: the import was stopped before it",
}
#: What a row of a file is, if nearly every row of the file makes one: the first that fits.
OWN = (
    "deals", "orders", "handovers", "touches", "installed", "uses", "leads", "accounts", "moves"
)  # fmt: skip
_NEARLY_EVERY = 0.8
NO_FACT = "left out by the mapping (no condition of it applies, or another row already says it)"
REFUSED_COLUMNS = ("file", "row", "column", "value", "reason", "fix")


@dataclass(frozen=True)
class SourceFile:
    """One file as it was read.

    Of its `rows` data rows, `refused` made no fact because they were bad, and `skipped` counts by
    reason those that make no fact for a good reason. All others make facts.
    """

    name: str
    rows: int
    refused: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RefusedRow:
    """One source row, or one value of it, that could not be used: a line of the download."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    fix: str
    is_whole_row: bool = False


@dataclass(frozen=True)
class FileCount:
    """What became of the rows of one file; `reasons` breaks `skipped` down."""

    name: str
    rows_in: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        return self.rows_in == self.created + self.updated + self.skipped + self.refused


def account(
    files: Sequence[SourceFile],
    tables: Iterable[tuple[Path, Path]],
    not_kept: Iterable[tuple[int, int]] = (),
) -> tuple[FileCount, ...]:
    """What became of every row of every file.

    Args:
        tables: Per table its staged file, called after the table, and, row for row beside it, its
            outcomes.
        not_kept: (file, row) of facts that could not be kept; refused unless another fact of the
            row was.
    """
    con = duckdb.connect()
    con.execute("SET threads = 1")
    names = _best(con, list(tables))
    con.execute("CREATE TABLE bad (file BIGINT, row BIGINT)")
    if bad_rows := list(not_kept):
        con.executemany("INSERT INTO bad VALUES (?, ?)", bad_rows)
    made: dict[tuple[int, int], int] = {
        (file, outcome): n
        for file, outcome, n in con.execute(
            f"SELECT file, {_outcome(con, names)} AS outcome, count(*) FROM best GROUP BY ALL"
        ).fetchall()
    }
    bad: dict[int, int] = dict(
        con.execute(
            "SELECT file, count(*) FROM (SELECT DISTINCT file, row FROM bad) "
            "ANTI JOIN best USING (file, row) GROUP BY ALL"
        ).fetchall()
    )
    con.close()
    return tuple(
        _count(file, {o: made.get((index, o), 0) for o in Outcome}, bad.get(index, 0))
        for index, file in enumerate(files)
    )


def _best(con: duckdb.DuckDBPyConnection, tables: list[tuple[Path, Path]]) -> list[str]:
    """Make `best`: for each source row its best outcome in any table and in each that may be its
    own; the names of those."""
    names = [staged.stem for staged, _ in tables if staged.stem in OWN]
    each = "".join(
        f", max(outcome) FILTER (fact = {literal(name)}) AS {identifier(name)}" for name in names
    )
    parts = [
        f"SELECT _file AS file, _row AS row, _outcome AS outcome, {literal(staged.stem)} AS fact "
        f"FROM read_parquet({literal(staged)}) POSITIONAL JOIN "
        f"read_parquet({literal(written)}) WHERE _row > 0 AND _file IS NOT NULL"
        for staged, written in tables
    ] or ["SELECT 0::BIGINT AS file, 0::BIGINT AS row, 0::UTINYINT AS outcome, '' AS fact LIMIT 0"]
    con.execute(
        f"CREATE TABLE best AS SELECT file, row, max(outcome) AS outcome{each} "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY file, row"
    )
    return names


def _outcome(con: duckdb.DuckDBPyConnection, names: list[str]) -> str:
    """SQL of what became of a row: the best of its facts, but created only where its own is."""
    if not names:
        return "outcome"
    counted = "".join(f", count({identifier(name)})" for name in names)
    own: dict[str, list[str]] = {}
    for file, rows, *having in con.execute(
        f"SELECT file, count(*){counted} FROM best GROUP BY file"
    ).fetchall():
        there = dict(zip(names, having, strict=True))
        fits = (name for name in OWN if there.get(name, 0) >= _NEARLY_EVERY * rows)
        if (name := next(fits, "")) != "":
            own.setdefault(name, []).append(str(file))
    cases = "".join(
        f"WHEN file IN ({', '.join(files)}) AND {identifier(name)} IN "
        f"({Outcome.UNCHANGED:d}, {Outcome.UPDATED:d}) "
        f"THEN least(outcome, {Outcome.UPDATED:d}) "
        for name, files in own.items()
    )
    return f"CASE {cases}ELSE outcome END" if cases else "outcome"


def _count(file: SourceFile, made: Mapping[Outcome, int], bad: int) -> FileCount:
    refused = file.refused + bad
    reasons = {REASONS[o]: n for o, n in made.items() if o in REASONS and n}
    for reason, n in file.skipped.items():
        reasons[reason] = reasons.get(reason, 0) + n
    rest = file.rows - sum(made.values()) - refused - sum(file.skipped.values())
    if rest:
        reasons[NO_FACT] = reasons.get(NO_FACT, 0) + rest
    return FileCount(
        name=file.name,
        rows_in=file.rows,
        created=made[Outcome.CREATED],
        updated=made[Outcome.UPDATED],
        skipped=sum(reasons.values()),
        refused=refused,
        reasons=reasons,
    )


def write_refused(path: Path, refused: Iterable[RefusedRow]) -> tuple[int, int]:
    """Write the refused rows and values as CSV, as they are; how many lines, how many of them
    tell of one cell that could not be read."""
    count = cells = 0
    with path.open("w", newline="", encoding="utf-8") as out:
        path.chmod(0o600)
        writer = csv.writer(out)
        writer.writerow(REFUSED_COLUMNS)
        for one in refused:
            writer.writerow((one.file, one.row, one.column, one.value, one.reason, one.fix))
            count += 1
            cells += not one.is_whole_row
    return count, cells


def for_spreadsheet(lines: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    """The same lines with no cell that a spreadsheet would run as a formula.

    Such a cell gets an apostrophe in front, which the spreadsheet takes for "this is text";
    numbers such as -5 and telephone numbers such as +44 20 stay as they are.
    """
    for line in lines:
        yield [for_spreadsheets(cell) for cell in line]


def totals(counts: Iterable[FileCount]) -> dict[str, Any]:
    """The counts of all files together."""
    total: dict[str, Any] = {
        "rows_in": 0, "created": 0, "updated": 0, "skipped": 0, "refused": 0, "reasons": {}
    }  # fmt: skip
    for count in counts:
        for name in ("rows_in", "created", "updated", "skipped", "refused"):
            total[name] += getattr(count, name)
        for reason, n in count.reasons.items():
            total["reasons"][reason] = total["reasons"].get(reason, 0) + n
    return total
