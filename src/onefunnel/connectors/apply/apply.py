"""A mapping and text tables -> the standard tables on one DuckDB connection, and the account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onefunnel.connectors.apply.account import account_files, refusals
from onefunnel.connectors.apply.decisions import Decisions
from onefunnel.connectors.apply.keys import exact_only, one_row_per_key, union_makes
from onefunnel.connectors.apply.lookups import open_rows
from onefunnel.connectors.apply.making import make_rows, open_refused
from onefunnel.connectors.apply.moves import depends_on_stages, order_moves
from onefunnel.connectors.apply.names import assign
from onefunnel.connectors.apply.notices import (
    column_findings,
    lookup_file_findings,
    lookup_findings,
    row_number_findings,
)
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.apply.spellings import MadeRows, join_spellings
from onefunnel.connectors.mapping_parts import Make, Mapping
from onefunnel.connectors.reading.tables import ReadingStopped, TextTable
from onefunnel.connectors.report import FileReport, Refused
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

_OWN = ("_make", "_step", "_latest")


@dataclass(frozen=True)
class Applied:
    """What a mapping made: standard tables, findings of the making, notes, the account."""

    tables: Map[str, ir.Table]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    files: tuple[FileReport, ...]
    refused: tuple[Refused, ...]
    refused_count: int
    refused_table: ir.Table
    mapping: Mapping


#: A better mapping for the tables that one made, such as one with its stages in another order.
Reconsider = Callable[[Mapping, Map[str, "ir.Table"]], Mapping]


def apply_mapping(
    mapping: Mapping,
    tables: Sequence[TextTable],
    connection: Any,
    *,
    progress: Callable[[int, int, str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    reconsider: Reconsider | None = None,
) -> Applied:
    """Make the standard tables that `mapping` says out of `tables`.

    `reconsider` may, once the tables are there, say that the stages stand in another order: then
    what depends on it is made again. `Applied.mapping` is the mapping that stands.

    `connection` is an Ibis DuckDB backend; the tables are created in a new schema of it, and all
    that was needed on the way is dropped. Facts carry `_file` (place in `tables`) and `_row`.

    Raises:
        ReadingStopped: when `stop` says so; nothing is kept then.
    """
    con = connection.con
    number = _free_number(con)
    work, final = f"work_{number}", f"facts_{number}"
    con.execute(f"CREATE SCHEMA {work}")
    con.execute(f"CREATE SCHEMA {final}")
    try:
        making = _Making(connection, con, work, final, mapping, tables, progress, stop)
        return making.run(reconsider)
    except BaseException:
        con.execute(f"DROP SCHEMA IF EXISTS {final} CASCADE")
        raise
    finally:
        con.execute(f"DROP SCHEMA IF EXISTS {work} CASCADE")


def _free_number(con: Any) -> int:
    names = {row[0] for row in con.execute(
        "SELECT schema_name FROM information_schema.schemata").fetchall()}  # fmt: skip
    return next(n for n in range(1, 1_000_000) if not {f"facts_{n}", f"work_{n}"} & names)


@dataclass
class _Making:
    connection: Any
    con: Any
    work: str
    final: str
    mapping: Mapping
    tables: Sequence[TextTable]
    progress: Callable[[int, int, str], None] | None
    stop: Callable[[], bool] | None

    def run(self, reconsider: Reconsider | None) -> Applied:
        open_refused(self.con, self.work)
        self.con.execute(
            f'CREATE TABLE {self.work}.losers ("table" VARCHAR, _file INTEGER, _row BIGINT)'
        )
        findings: list[Finding] = []
        made: dict[str, list[tuple[str, Make]]] = {}
        quiet: set[int] = set()
        silent: set[int] = set()
        entries: list[Rows] = []
        self.staged: list[MadeRows] = []
        places = assign(self.tables, self.mapping.files)
        total = sum(len(entry.makes) for entry in self.mapping.files) + len(TABLES)
        number = 0
        for k, (entry, mine) in enumerate(zip(self.mapping.files, places, strict=True)):
            if not mine:
                findings += [] if entry.optional else [_absent(entry.files)]
                continue
            self._tick(number, total, f"typing {', '.join(entry.files)}")
            rows = open_rows(self.con, self.work, k, entry, mine, self.tables)
            decisions = Decisions(self.con, rows, entry.makes)
            for make in entry.makes:
                self._tick(number, total, f"typing {', '.join(entry.files)} as {make.table}")
                relation = make_rows(
                    self.con, self.work, number, rows, make, self.mapping, decisions
                )
                made.setdefault(make.table, []).append((relation, make))
                self.staged.append(MadeRows(make.table, relation, make, k))
                if _repeats_by_nature(make, entry.makes):
                    quiet.add(number)
                if _is_told_by_history(make, entry.makes):
                    silent.add(number)
                number += 1
            findings += decisions.findings
            if self.mapping.connector == "proposed":  # a connector takes columns where they are
                findings += column_findings(rows)
                findings += lookup_file_findings(rows)
                findings += row_number_findings(rows)
            entries.append(rows)
        findings += join_spellings(self.con, self.work, self.staged)
        found, kept = self._keyed(
            made, frozenset(quiet), frozenset(silent), findings, number, total
        )
        findings += found
        found, notes = self._moves(made, kept, number, total)
        if reconsider is not None:
            self._tick(number, total, "finding the order of stages")
            better = reconsider(self.mapping, self._kept(self._names(kept)))
            if better != self.mapping:
                is_first_new = better.first_stage != self.mapping.first_stage
                self.mapping = better
                if depends_on_stages(self.con, self.work, is_first_new=is_first_new):
                    found, notes = self._moves(made, kept, number, total)
                else:
                    self._stages(made.get("stages", []))
        findings += found
        if "moves" in made or "leads" in kept:
            notes += self._fill_leads("leads" in kept)
        kept = self._names(kept)
        self._tick(total - 1, total, "counting rows")
        for rows in entries:
            findings += lookup_findings(self.con, rows, self.final, "deals" in kept)
        refused, refused_count = refusals(self.con, self.work, self.final, self.tables)
        files = account_files(self.con, self.work, self.final, self.tables, entries, kept)
        return Applied(
            self._kept(kept),
            tuple(findings),
            tuple(notes),
            files,
            refused,
            refused_count,
            self.connection.table("refused", database=self.final),
            self.mapping,
        )

    def _kept(self, names: Sequence[str]) -> dict[str, ir.Table]:
        return {name: self.connection.table(name, database=self.final) for name in names}

    def _names(self, keyed: Sequence[str]) -> list[str]:
        """The tables made: of stages, those with keys, and the moves with the leads they tell."""
        there = {row[0] for row in self.con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [self.final]
        ).fetchall()}  # fmt: skip
        names = ("stages", *keyed, "moves", "leads")
        return [name for name in dict.fromkeys(names) if name in there]

    def _tick(self, done: int, total: int, what: str) -> None:
        if self.stop is not None and self.stop():
            raise ReadingStopped
        if self.progress is not None:
            self.progress(done, total, what)

    def _keyed(
        self,
        made: dict[str, list[tuple[str, Make]]],
        quiet: frozenset[int],
        silent: frozenset[int],
        told: Sequence[Finding],
        done: int,
        total: int,
    ) -> tuple[list[Finding], list[str]]:
        """The tables that do not depend on the order of stages: findings, the names made."""
        findings: list[Finding] = []
        order = [name for name in TABLES if name in made and name not in ("stages", "moves")]
        for n, name in enumerate(order):
            self._tick(done + n, total, f"putting {name} together")
            relation = union_makes(self.con, self.work, name, made[name])
            if name == "touches":
                relation = self._named_touches(relation)
            if TABLES[name].key:
                relation, found = one_row_per_key(
                    self.con, self.work, name, relation, made[name], quiet, silent
                )
                findings += [f for f in found if not _is_told(f, (*told, *findings))]
            self._publish(name, relation)
        self._leads_view("leads" in order)
        if "moves" in made:
            self._loser_rows("deals" in made)
        return exact_only(findings, self.staged), order

    def _moves(
        self, made: dict[str, list[tuple[str, Make]]], keyed: Sequence[str], done: int, total: int
    ) -> tuple[list[Finding], list[str]]:
        """The stages and the moves, in the order that the mapping has: findings, notes."""
        has_stages = self._stages(made.get("stages", []))
        if "moves" not in made and "leads" not in keyed:
            return [], []
        self._tick(done + len(keyed), total, "putting moves in order")
        relation, findings, notes = order_moves(
            self.con, self.work, made.get("moves", []), self.mapping,
            has_leads="leads" in keyed, has_stages=has_stages,
        )  # fmt: skip
        self._publish("moves", relation)
        return findings, notes

    def _publish(self, name: str, relation: str) -> None:
        columns = [row[0] for row in self.con.execute(f"DESCRIBE {relation}").fetchall()]
        declared = [c for c in TABLES[name].column_names if c in columns]
        free = [c for c in columns if c not in declared and not c.startswith("_")]
        listed = ", ".join(identifier(c) for c in (*declared, *free, "_file", "_row"))
        self.con.execute(
            f"CREATE OR REPLACE TABLE {self.final}.{name} AS SELECT {listed} FROM {relation} "
            "ORDER BY _file, _row"
        )

    def _stages(self, made: list[tuple[str, Make]]) -> bool:
        """Declared stages: the mapping's own list, then what the source's picklists add; whether
        there are any."""
        rows = [
            f"({literal(s.stage)}, {literal(s.pipeline) if s.pipeline else 'NULL'}, {i}::BIGINT, "
            f"{literal(s.kind)}, {literal(s.team) if s.team else 'NULL'}, NULL::INTEGER, "
            "NULL::BIGINT, 0)"
            for i, s in enumerate(self.mapping.stages)
        ]
        parts = [
            f"SELECT stage, pipeline, position, kind, team, _file, _row, 1 AS _order FROM {r}"
            for r, _ in made
        ]
        if rows:
            parts.insert(
                0,
                "SELECT * FROM (VALUES " + ", ".join(rows) + ") "
                "AS t(stage, pipeline, position, kind, team, _file, _row, _order)",
            )
        if not parts:
            return False
        name = f"{self.work}.stages_final"
        self.con.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT stage, pipeline, "
            f"row_number() OVER (ORDER BY _order, pipeline NULLS FIRST, position NULLS LAST, "
            f"_file, _row) - 1 AS position, "
            f"coalesce(lower(kind), 'open') AS kind, team, _file, _row FROM "
            f"({' UNION ALL '.join(parts)}) QUALIFY row_number() OVER (PARTITION BY pipeline, "
            f"stage ORDER BY _order, position NULLS LAST, _file, _row) = 1"
        )
        self._publish("stages", name)
        return True

    def _named_touches(self, relation: str) -> str:
        """A touch without an id is called by its content, and the how-manieth of its like."""
        names = [row[0] for row in self.con.execute(f"DESCRIBE {relation}").fetchall()]
        parts = ", ".join(identifier(n) for n in TABLES["touches"].column_names if n in names)
        name = f"{self.work}.named_touches"
        self.con.execute(
            f"CREATE TABLE {name} AS SELECT * REPLACE (coalesce(touch_id, md5(concat_ws('|', "
            f"{parts})) || '-' || row_number() OVER (PARTITION BY {parts} ORDER BY _file, _row)) "
            f"AS touch_id) FROM {relation}"
        )
        return name

    def _leads_view(self, has_leads: bool) -> None:
        if has_leads:
            self.con.execute(
                f"CREATE VIEW {self.work}.leads_final AS SELECT lead_id, created_at, _file, _row "
                f"FROM {self.final}.leads"
            )

    def _loser_rows(self, has_deals: bool) -> None:
        """Rows whose deal (else lead) was told again by another row: they make no moves."""
        wanted = "deals" if has_deals else "leads"
        self.con.execute(
            f"CREATE VIEW {self.work}.loser_rows AS SELECT _file, _row FROM {self.work}.losers "
            f"WHERE \"table\" = '{wanted}'"
        )

    def _fill_leads(self, has_leads: bool) -> list[str]:
        """Leads that only the history knows, and the creation of leads without one.

        Only the first move tells when a lead came in: the date of a later one, such as the win,
        would make its way look shorter than it was.
        """
        first = f'SELECT lead_id, "at" AS first_at FROM {self.final}.moves WHERE seq = 0'
        if not has_leads:
            columns = ", ".join(
                f"CAST(NULL AS {'TIMESTAMP' if c.type == 'time' else 'VARCHAR'}) AS {c.name}"
                for c in TABLES["leads"].columns
                if c.name not in ("lead_id", "created_at")
            )
            self.con.execute(
                f'CREATE TABLE {self.final}.leads AS SELECT lead_id, min("at") AS created_at, '
                f"{columns}, arg_min(_file, _row) AS _file, min(_row) AS _row "
                f"FROM {self.final}.moves GROUP BY lead_id ORDER BY _file, _row"
            )
            return ["there is no file of leads: each lead of the stage history is one, created "
                    "at its first move"]  # fmt: skip
        (count,) = self.con.execute(
            f"UPDATE {self.final}.leads SET created_at = f.first_at FROM ({first}) f "
            "WHERE leads.lead_id = f.lead_id AND leads.created_at IS NULL "
            "AND f.first_at IS NOT NULL"
        ).fetchone()
        if not count:
            return []
        return [f"{count:,} leads have no creation date: that of their first move stands for it"]


def _is_told(finding: Finding, told: Sequence[Finding]) -> bool:
    """Leads and deals of one file repeat the same rows: that is told once."""
    same = (finding.kind, finding.count, finding.example)
    return finding.kind == "duplicate-row" and any(
        (other.kind, other.count, other.example) == same for other in told
    )


def _repeats_by_nature(make: Make, makes: Sequence[Make]) -> bool:
    """Leads and accounts made from a file of deals stand there once per deal."""
    if make.table not in ("leads", "accounts"):
        return False
    deals = next((other for other in makes if other.table == "deals"), None)
    if make.table == "accounts":
        return deals is not None or any(other.table == "leads" for other in makes)
    return deals is not None and make.column("lead_id") != deals.column("deal_id")


def _is_told_by_history(make: Make, makes: Sequence[Make]) -> bool:
    """Deals made of a stage history stand there once for each move."""
    return make.table == "deals" and any(
        other.table == "moves" and not other.steps for other in makes
    )


def _absent(files: tuple[str, ...]) -> Finding:
    name = ", ".join(files)
    return Finding(
        "missing-file", "", "", 1, f"the mapping names {name}, but no such file is there", name,
        "add the file, correct `file:` in the mapping, or mark it `optional: true`",
    )  # fmt: skip
