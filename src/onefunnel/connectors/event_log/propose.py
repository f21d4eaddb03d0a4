"""The part of a mapping that an event log proposes: leads, moves, handovers, and its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.event_log.columns import (
    LogColumns,
    find_log_columns,
    quiet_engine,
    safe_name,
)
from onefunnel.connectors.event_log.read import DERIVED
from onefunnel.connectors.mapping_parts import Columns, FileMap, Make, Mapping, Source, StageMap
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.connectors.values.blanks import plain_text
from onefunnel.facts.sql_text import identifier
from onefunnel.facts.tables import LEADS

#: More kinds of activity than this are no stages of a funnel.
_MOST_STAGES = 60
#: Standard columns of leads that an attribute of the same name fills.
_KNOWN = {"source", "campaign", "segment", "country", "owner", "name", "email", "phone", "company"}


@dataclass(frozen=True)
class LogProposal:
    """What one event log proposes: its entry of the mapping, stages in order, and notes."""

    file: FileMap
    stages: tuple[StageMap, ...]
    notes: tuple[str, ...]
    log: LogColumns


def propose_event_log(table: TextTable) -> LogProposal | None:
    """The mapping of one event log that `prepare` went over; None where the table is no log.

    A case is a lead, created at its first event, with the columns that stay the same within a
    case as attributes. Every event is a move into the stage its activity names (choose another
    column, such as the lifecycle or the group, by editing `stage:`). Where the team changes from
    one event to the next, that is a handover.
    """
    log = find_log_columns(table)
    if log is None or not set(DERIVED) <= set(table.columns):
        return None
    attributes, changing = _attributes(table, log)
    sure, why = log.confidence, log.reason
    case = Source((log.case,), confidence=sure, reason=why)
    at = Source((log.at,), date=log.date_style if log.date_style != "year-first" else "")
    team = (("team", Source((log.team,))),) if log.team else ()
    by = (("by", Source((log.by,))),) if log.by else ()
    makes = [
        Make(
            "leads",
            (("lead_id", case), ("created_at", at), *_standard(attributes)),
            attributes=_free(attributes),
            where="log_first is yes",
        ),
        Make(
            "moves",
            (
                ("lead_id", case),
                ("at", at),
                ("stage", Source((log.activity,), confidence=sure, reason="the activity")),
                *team,
                *by,
                ("seq", Source(("log_seq",))),
            ),
        ),
    ]
    if log.team and _has_handovers(table):
        makes.append(_handovers(log, case, at))
    left = dict.fromkeys(changing, "changes within a case; only the first value could be kept")
    if log.lifecycle:
        left[log.lifecycle] = "the lifecycle of the activity; may be taken as the stage instead"
    if log.place:
        left[log.place] = "the place of the event in its case, which the order of the file gives"
    entry = FileMap(
        files=(table.file,),
        makes=tuple(makes),
        needs=(log.case, log.activity, "log_seq"),
        left_out=tuple(left.items()),
    )
    notes = (
        f"{table.file} is an event log: {why}. Every event is a move into the stage that "
        f"{log.activity} names.",
    )
    return LogProposal(entry, stages_in_order(table, log), notes, log)


def propose_mapping(tables: Sequence[TextTable]) -> Mapping | None:
    """A whole mapping for a folder of event logs; None where none of the tables is one."""
    found = [(table, proposal) for table in tables if (proposal := propose_event_log(table))]
    if not found:
        return None
    logs = {table.file for table, _ in found}
    stages = {stage.stage: stage for _, proposal in found for stage in proposal.stages}
    return Mapping(
        title="Event log" if len(found) == 1 else "Event logs",
        connector="event_log",
        files=tuple(proposal.file for _, proposal in found),
        stages=tuple(stages.values()),
        first_stage=next(iter(stages), "Case"),
        notes=tuple(note for _, proposal in found for note in proposal.notes),
        left_out=tuple(
            (table.file, "is no event log") for table in tables if table.file not in logs
        ),
    )


def stages_in_order(table: TextTable, log: LogColumns, column: str = "") -> tuple[StageMap, ...]:
    """The values of the stage column (the activity) by their median place in the case.

    Each case counts a stage once, at its first entry, as a share of the case's length (0 its
    first event, 1 its last); stages of one median stand by name. All are of kind open: which end
    is good and which is bad no log says. Empty where there are too many for a funnel.
    """
    stage = plain_text(identifier(column or log.activity))
    with quiet_engine() as con:
        rows = con.execute(
            f"WITH e AS (SELECT {plain_text(identifier(log.case))} AS c, {stage} AS stage, "
            f"log_seq::BIGINT AS seq FROM {parquet_sql(table)}), "
            "p AS (SELECT *, max(seq) OVER (PARTITION BY c) AS last FROM e) "
            "SELECT stage FROM (SELECT c, stage, min(seq) / greatest(any_value(last), 1) AS place "
            "FROM p WHERE stage IS NOT NULL GROUP BY c, stage) "
            "GROUP BY stage ORDER BY median(place), avg(place), stage"
        ).fetchall()
    return tuple(StageMap(row[0]) for row in rows) if len(rows) <= _MOST_STAGES else ()


def _handovers(log: LogColumns, case: Source, at: Source) -> Make:
    return Make(
        "handovers",
        (
            ("handover_id", Source(("log_handover",))),
            ("lead_id", case),
            ("from_team", Source(("log_from_team",))),
            ("to_team", Source((log.team,))),
            ("offered_at", at),
        ),
        where="log_handover is not empty",
    )


def _has_handovers(table: TextTable) -> bool:
    with quiet_engine() as con:
        row = con.execute(f"SELECT count(log_handover) FROM {parquet_sql(table)}").fetchone()
    return bool(row and row[0])


def _attributes(table: TextTable, log: LogColumns) -> tuple[list[str], list[str]]:
    """The columns that stay the same within (99 % of) the cases, and those that change."""
    rest = [c for c in table.columns if c not in log.named and c not in DERIVED]
    if not rest:
        return [], []
    kinds = ", ".join(f"count(DISTINCT {identifier(c)}) AS c{i}" for i, c in enumerate(rest))
    asked = ", ".join(f"count_if(c{i} > 1)" for i in range(len(rest)))
    with quiet_engine() as con:
        row = con.execute(
            f"SELECT count(*), {asked} FROM (SELECT {kinds} FROM {parquet_sql(table)} "
            f"GROUP BY {plain_text(identifier(log.case))})"
        ).fetchone() or (0,)
    cases, changed = row[0], row[1:]
    same = [c for c, n in zip(rest, changed, strict=True) if n <= 0.01 * cases]
    return same, [c for c in rest if c not in same]


def _standard(attributes: Sequence[str]) -> Columns:
    """Attributes that the standard leads table has a column for."""
    return tuple((safe_name(c), Source((c,))) for c in attributes if safe_name(c) in _KNOWN)


def _free(attributes: Sequence[str]) -> Columns:
    taken: set[str] = set()
    free = []
    for column in attributes:
        name = safe_name(column)
        if name in _KNOWN:
            continue
        while name in LEADS.column_names or name in taken:
            name += "_"
        taken.add(name)
        free.append((name, Source((column,))))
    return tuple(free)
