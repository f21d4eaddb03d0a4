"""Moves: history rows and steps from date columns become one ordered stage history per lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onefunnel.connectors.mapping_parts import Make, Mapping
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import literal

_COLUMNS = 'lead_id, "at", stage, from_stage, team, "by", reason, deal_id, seq'
#: `_make` of the move that a lead without any move gets.
_NO_MOVE = 1_000_000


def order_moves(
    con: Any, schema: str, made: Sequence[tuple[str, Make]], mapping: Mapping, *, has_leads: bool,
    has_stages: bool,
) -> tuple[str, list[Finding], list[str]]:  # fmt: skip
    """Create `<schema>.ordered_moves` of all makes; give its name, findings and notes.

    Within a lead, moves stand by time; a move without a time stands where its step puts it, after
    the dated moves before it, and an end that no date goes before stands last;
    at one moment, moves of an earlier entry of the mapping go first.
    `seq` numbers them from 0. Rows that repeat a history row exactly
    are dropped and counted; a step into the stage that the row is in already makes no move; the
    stage that the first known move left is entered at the lead's creation; a lead without any
    move enters the mapping's first stage, undated.
    """
    notes: list[str] = []
    findings: list[Finding] = []
    counts = {"history": 0, "steps": 0}
    parts = _Parts(con, schema)
    for relation, make in made:
        missing = (
            f"ANTI JOIN (SELECT lead_id FROM {schema}.moves_in) known USING (lead_id)"
            if make.only_missing
            else ""
        )
        if make.steps:
            counts["steps"] += parts.add(_steps(schema, relation, make, missing))
            continue
        repeated = _repeated(con, relation)
        findings += repeated
        source = f"SELECT * FROM ({_history(relation, is_repeated=bool(repeated))}) {missing}"
        # As they stand, they need no copy.
        counts["history"] += parts.add(source, is_copied=bool(repeated or missing))
    notes += _how(counts["history"], counts["steps"])
    if has_leads:
        notes += _entries(con, schema, parts)
        notes += _without_moves(schema, mapping, parts)
    position, join = "0", ""
    if has_stages:
        position = "coalesce(s.position, 1000)"
        join = (
            f"LEFT JOIN (SELECT stage, min(position) AS position FROM {schema}.stages_final "
            f"GROUP BY stage) s ON s.stage = m.stage"
        )
    placed = _placed(con, schema)
    if has_stages:
        placed = _with_ends_last(con, schema, placed)
    con.execute(
        f"CREATE OR REPLACE VIEW {schema}.ordered_moves AS WITH placed AS (SELECT m.*, "
        f"{position} AS _position FROM ({placed}) m {join}) "
        f"SELECT {_COLUMNS.replace(', seq', '')}, row_number() OVER (PARTITION BY lead_id "
        f"ORDER BY _since NULLS FIRST, _make, "
        f"CASE WHEN _step >= 0 THEN _step END, seq NULLS LAST, _position, stage, _file, _row"
        f") - 1 AS seq, _file, _row FROM placed"
    )
    return f"{schema}.ordered_moves", findings, notes


def depends_on_stages(con: Any, schema: str, *, is_first_new: bool) -> bool:
    """Would the ordered moves be others if the stages stood in another order (`is_first_new`: or
    if leads entered another stage first)? Only where nothing else tells which of two moves of a
    lead came first, or where leads have no move of their own."""
    if (
        is_first_new
        and con.execute(
            f"SELECT 1 FROM {schema}.moves_in WHERE _make = {_NO_MOVE} LIMIT 1"
        ).fetchone()
    ):
        return True
    known = "hash(lead_id, _since, _make, CASE WHEN _step >= 0 THEN _step END, seq)"
    rows, different = con.execute(
        f"SELECT count(*), count(DISTINCT {known}) FROM ({_placed(con, schema)})"
    ).fetchone()
    return bool(rows != different)


class _Parts:
    """`<schema>.moves_in`: the moves that there are so far, a view over the parts added to it."""

    def __init__(self, con: Any, schema: str) -> None:
        self.con, self.schema = con, schema
        self.parts = [f"SELECT * FROM {schema}.no_moves"]
        con.execute(
            f'CREATE OR REPLACE TABLE {schema}.no_moves (lead_id VARCHAR, "at" TIMESTAMP, '
            'stage VARCHAR, from_stage VARCHAR, team VARCHAR, "by" VARCHAR, reason VARCHAR, '
            "deal_id VARCHAR, seq BIGINT, _file INTEGER, _row BIGINT, _make INTEGER, _step INTEGER)"
        )
        self._show()

    def add(self, select: str, *, is_copied: bool = True) -> int:
        """Add the rows of a SELECT; how many there are."""
        if is_copied:
            name = f"{self.schema}.moves_{len(self.parts)}"
            self.con.execute(f"CREATE OR REPLACE TABLE {name} AS {select}")
            select = f"SELECT * FROM {name}"
        self.parts.append(select)
        self._show()
        (count,) = self.con.execute(f"SELECT count(*) FROM ({select})").fetchone()
        return int(count)

    def _show(self) -> None:
        parts = " UNION ALL BY NAME ".join(self.parts)
        self.con.execute(f"CREATE OR REPLACE VIEW {self.schema}.moves_in AS {parts}")


def _placed(con: Any, schema: str) -> str:
    """The moves with `_since`: a move without a time takes the latest time that stands before it
    in its own source rows. A row that is one move by itself stands where its own time says."""
    several = con.execute(
        f"SELECT DISTINCT _make FROM {schema}.moves_in "
        f"WHERE (_step >= 0 AND _make BETWEEN 0 AND {_NO_MOVE} - 1) "
        "OR (_step < 0 AND seq IS NOT NULL)"
    ).fetchall()
    if not several:
        return f'SELECT *, "at" AS _since FROM {schema}.moves_in'
    makes = ", ".join(str(make) for (make,) in several)
    return (
        f'SELECT *, "at" AS _since FROM {schema}.moves_in WHERE _make NOT IN ({makes}) UNION ALL '
        f'SELECT *, max("at") OVER (PARTITION BY lead_id, _make, _file, '
        f"CASE WHEN _step >= 0 THEN _row END "
        f'ORDER BY _step, seq NULLS LAST, CASE WHEN _step < 0 THEN "at" END NULLS FIRST, _row) '
        f"AS _since FROM {schema}.moves_in WHERE _make IN ({makes})"
    )


def _with_ends_last(con: Any, schema: str, placed: str) -> str:
    """The placed moves, of which an end without any time stands after all that its lead did: a
    status says how a lead ended, and another file how it came there."""
    ends = f"SELECT stage FROM {schema}.stages_final WHERE kind IN ('won', 'lost', 'disqualified')"
    timeless = f"_since IS NULL AND _step >= 0 AND stage IN ({ends})"
    if not con.execute(f"SELECT 1 FROM ({placed}) WHERE {timeless} LIMIT 1").fetchone():
        return placed
    latest = f'SELECT lead_id, max("at") AS _latest FROM {schema}.moves_in GROUP BY lead_id'
    return (
        f"SELECT * EXCLUDE (_latest) REPLACE (CASE WHEN {timeless} THEN _latest ELSE _since END "
        f"AS _since) FROM ({placed}) LEFT JOIN ({latest}) USING (lead_id)"
    )


def _how(history: int, steps: int) -> list[str]:
    """How the moves were made, as the report says it."""
    if history and steps:
        return [
            "moves come from the history table; those of leads that it does not have were rebuilt "
            "from date columns"
        ]
    if history:
        return ["moves come from the history table"]
    return ["moves rebuilt from date columns"] if steps else []


def _history(relation: str, *, is_repeated: bool) -> str:
    """History rows, exact repetitions dropped; `_step` -1 says that rows have their own time."""
    once = (
        'QUALIFY row_number() OVER (PARTITION BY lead_id, "at", stage, from_stage, seq, reason, '
        "deal_id ORDER BY _file, _row) = 1"
    )
    return (
        f"SELECT {_COLUMNS}, _file, _row, _make, -1 AS _step FROM {relation} "
        f"{once if is_repeated else ''}"
    )


def _steps(schema: str, relation: str, make: Make, missing: str) -> str:
    """Moves of steps, without those of rows that lost their key, and without standing still."""
    # A row is of one lead unless a step names its own: then rows can be passed over beforehand.
    is_one = all(name != "lead_id" for step in make.steps for name, _ in step.columns)
    before, after = (missing, "") if is_one else ("", missing)
    moved = (
        f"SELECT {_COLUMNS}, _file, _row, _make, _step FROM ("
        f"SELECT * REPLACE (CASE WHEN lead(stage) OVER w = stage THEN "
        f'coalesce("at", lead("at") OVER w) ELSE "at" END AS "at"), '
        f"lag(stage) OVER w AS _before FROM (SELECT * FROM {relation} {before}) "
        f"WINDOW w AS (PARTITION BY _file, _row ORDER BY _step)) "
        f"WHERE stage IS DISTINCT FROM _before AND (_file, _row) NOT IN "
        f"(SELECT (_file, _row) FROM {schema}.loser_rows)"
    )
    return f"SELECT * FROM ({moved}) {after}"


def _repeated(con: Any, relation: str) -> list[Finding]:
    content = 'lead_id, "at", stage, from_stage, seq, reason, deal_id'
    total, hashes = con.execute(
        f"SELECT count(*), count(DISTINCT hash({content})) FROM {relation}"
    ).fetchone()
    if total == hashes:  # no two hashes are equal, so no two rows are
        return []
    different, example = con.execute(
        f"SELECT count(DISTINCT ({content})), min(lead_id) FROM {relation}"
    ).fetchone()
    if total == different:
        return []
    return [
        Finding(
            "duplicate-row", "moves", "lead_id", total - different,
            f"{total - different:,} rows of the stage history repeat another row exactly; "
            "each counts once", str(example),
            "nothing needs doing; export without repetitions to be rid of this", "note",
        )
    ]  # fmt: skip


def _entries(con: Any, schema: str, parts: _Parts) -> list[str]:
    """Where the first known move names the stage it left, the lead was in that stage before."""
    if not con.execute(f"SELECT count(from_stage) FROM {schema}.moves_in").fetchone()[0]:
        return []
    first = (
        f"SELECT * FROM {schema}.moves_in QUALIFY row_number() OVER "
        f'(PARTITION BY lead_id ORDER BY "at" NULLS LAST, seq, _step, _file, _row) = 1'
    )
    count = parts.add(
        f"SELECT f.lead_id, "
        f'CASE WHEN l.created_at <= f."at" THEN l.created_at END AS "at", f.from_stage AS stage, '
        f"f._file, f._row, -1 AS _make, 0 AS _step FROM ({first}) f "
        f"LEFT JOIN {schema}.leads_final l ON l.lead_id = f.lead_id "
        f"WHERE f.from_stage <> '' AND f.from_stage <> f.stage"
    )
    if not count:
        return []
    return [
        f"{count:,} leads: the stage they were in before their first recorded move was added "
        "at their creation"
    ]


def _without_moves(schema: str, mapping: Mapping, parts: _Parts) -> list[str]:
    stage = literal(mapping.first_stage)
    count = parts.add(
        f'SELECT lead_id, created_at AS "at", {stage} AS '
        f"stage, _file, _row, {_NO_MOVE} AS _make, 0 AS _step FROM {schema}.leads_final "
        f"ANTI JOIN (SELECT lead_id FROM {schema}.moves_in) known USING (lead_id)"
    )
    if not count:
        return []
    return [
        f"{count:,} leads have no recorded move; each stands in {mapping.first_stage} since its "
        "creation"
    ]
