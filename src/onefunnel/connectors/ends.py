"""Which stages end a lead, told once: for the stage list, for the deals, for the funnel."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.proposal.kinds import NOT_CALLED
from onefunnel.agreement.propose import propose
from onefunnel.agreement.stage import Kind, Stage
from onefunnel.connectors.apply.names import assign
from onefunnel.connectors.future import place_of
from onefunnel.connectors.mapping_parts import Make, Mapping
from onefunnel.connectors.reading.tables import TextTable
from onefunnel.facts.declaration import Type
from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import literal
from onefunnel.facts.store import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

_STAGE: dict[str, Type] = {"stage": "text"}
_OUTCOME: dict[Kind, str] = {"won": "won", "lost": "lost", "disqualified": "lost"}


@dataclass(frozen=True)
class Ends:
    """The mapping with the kinds that were found, and what people are told of it."""

    mapping: Mapping
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: The kinds of stages that the mapping had as open.
    learned: Map[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class _End:
    """A stage as written in the moves that ends a lead: its stage in the funnel, the outcome."""

    written: str
    stage: Stage
    outcome: str


def settle_ends(
    con: Any, mapping: Mapping, tables: Map[str, ir.Table], files: Sequence[TextTable]
) -> Ends:
    """Say in the stage list which stages are won and lost, and close the deals that stand there.

    Where no word tells it, the funnel tells it by where leads end. Stage list and deals must say
    the same, or every share of the deals is wrong, and another source's stages would change it. A
    deal of a file that has a column of the stage or the outcome says itself how it stands, and is
    left alone. One that is its lead's only deal stands where the lead stands; of several, each
    stands where its own row says.

    The tables `stages` and `deals` are changed in place. Nothing is done for a connector, whose
    source declares its ends, nor without a stage list, which has to carry what is found.
    """
    if mapping.connector != "proposed" or not {"moves", "stages"} <= set(tables):
        return Ends(mapping)
    agreement = propose(Facts(tables))
    ends = _ends_of(agreement, tables["moves"])
    kinds: dict[str, Kind] = {end.written: end.stage.kind for end in ends}
    order = _tell_stages(con, tables["stages"], agreement, kinds)
    told = tuple(
        replace(stage, kind=kinds.get(stage.stage, stage.kind)) if stage.kind == "open" else stage
        for stage in sorted(mapping.stages, key=lambda s: order.get(s.stage, len(order)))
    )
    notes = tuple(note for note in agreement.charter.notes if note.startswith(NOT_CALLED))
    learned = {
        stage.stage: kinds[stage.stage]
        for stage in mapping.stages
        if stage.kind == "open" and kinds.get(stage.stage, "open") != "open"
    }
    telling = files_that_tell_outcomes(mapping, files)
    findings = []
    if "deals" in tables:
        findings = [*_close_deals(con, tables, ends, telling), *_date_ends(con, tables, ends)]
    return Ends(replace(mapping, stages=told), notes, tuple(findings), learned)


def with_ends_said(mapping: Mapping) -> Mapping:
    """The mapping in which deals are also won or lost by the kinds it gives its stages.

    A person says of a stage that it is lost; the deals whose outcome a column tells follow, where
    the mapping says nothing else of that value.
    """
    said = {stage.stage: _OUTCOME[stage.kind] for stage in mapping.stages if stage.kind in _OUTCOME}

    def told(make: Make) -> Make:
        outcome = make.column("outcome") if make.table == "deals" else None
        if outcome is None or not outcome.columns or outcome.otherwise != "open":
            return make
        known = {value.casefold() for value, _ in outcome.values}
        more = tuple((v, end) for v, end in said.items() if v.casefold() not in known)
        new = replace(outcome, values=(*outcome.values, *more))
        columns = tuple((n, new if n == "outcome" else s) for n, s in make.columns)
        return replace(make, columns=columns)

    if mapping.connector != "proposed" or not said:
        return mapping
    files = tuple(replace(f, makes=tuple(map(told, f.makes))) for f in mapping.files)
    return replace(mapping, files=files)


def files_that_tell_outcomes(mapping: Mapping, files: Sequence[TextTable]) -> list[int]:
    """The places of the files whose deals say themselves how they stand, in a column."""
    found: list[int] = []
    for entry, places in zip(mapping.files, assign(files, mapping.files), strict=True):
        outcomes = [make.column("outcome") for make in entry.makes if make.table == "deals"]
        if any(outcome is not None and outcome.columns for outcome in outcomes):
            found += places
    return found


def _ends_of(agreement: Agreement, moves: ir.Table) -> list[_End]:
    path = agreement.success_path
    won = next((i for i, stage in enumerate(path) if stage.kind == "won"), len(path))
    outcomes = {stage.name: "won" for stage in path[won:]}
    outcomes |= {s.name: _OUTCOME[s.kind] for s in agreement.detours if s.kind in _OUTCOME}
    rules = [(parse(stage.when, _STAGE), stage) for stage in agreement.stages]
    ends = []
    for written in moves.select("stage").distinct().to_pyarrow()["stage"].to_pylist():
        stage = next((stage for rule, stage in rules if rule.matches({"stage": written})), None)
        if stage is not None and stage.name in outcomes:
            ends.append(_End(written, stage, outcomes[stage.name]))
    return ends


def _tell_stages(
    con: Any, stages: ir.Table, agreement: Agreement, kinds: Map[str, Kind]
) -> dict[str, int]:
    """Write kinds and, where one is new, the order of the funnel into the list; the order."""
    place, rules = place_of(stages), [parse(stage.when, _STAGE) for stage in agreement.stages]
    listed = con.execute(f"SELECT stage, kind FROM {place} ORDER BY position").fetchall()
    is_new = any(kind == "open" and kinds.get(stage, "open") != "open" for stage, kind in listed)
    if not is_new:
        return {}
    ranked = sorted(
        (
            next((i for i, rule in enumerate(rules) if rule.matches({"stage": s})), len(rules)),
            n,
            s,
        )
        for n, (s, _) in enumerate(listed)
    )
    order = {stage: position for position, (_, _, stage) in enumerate(ranked)}
    for stage, position in order.items():
        con.execute(f"UPDATE {place} SET position = ? WHERE stage = ?", [position, stage])
    for written, kind in kinds.items():
        if kind != "open":  # stages after the sale stay open: leads go on there
            con.execute(
                f"UPDATE {place} SET kind = ? WHERE stage = ? AND kind = 'open'", [kind, written]
            )
    return order


def _close_deals(
    con: Any, tables: Map[str, ir.Table], ends: list[_End], telling: Sequence[int]
) -> list[Finding]:
    deals = tables["deals"]
    if not {"lead_id", "outcome"} <= set(deals.columns) or not ends:
        return []
    place = place_of(deals)
    _stand_in_ends(con, place, place_of(tables["moves"]), ends, telling)
    closes = ""
    if "closed_at" in deals.columns:
        known = "coalesce(d.closed_at, s.since)"
        opened = "d.opened_at" if "opened_at" in deals.columns else "NULL"
        closes = f", closed_at = CASE WHEN {known} < {opened} THEN d.closed_at ELSE {known} END"
    con.execute(
        f"UPDATE {place} d SET outcome = s.outcome{closes} FROM deals_in_ends s "
        "WHERE d.rowid = s.deal"
    )
    counted = con.execute(
        "SELECT name, outcome, count(*) FROM deals_in_ends GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    con.execute("DROP TABLE deals_in_ends")
    return [
        Finding(
            "deal-end-from-stage", "deals", "outcome", count,
            f"{count:,} deals stand in {name}: they count as {outcome}, as their leads do", "",
            f"If {name} is not {outcome}, say so among the stages of the import; in a mapping "
            "file, change its kind under `stages:`.", "note",
        )
        for name, outcome, count in counted
    ]  # fmt: skip


def _date_ends(con: Any, tables: Map[str, ir.Table], ends: list[_End]) -> list[Finding]:
    """Give deals that are won or lost without a closing date the one that their history has: of
    the deal's own moves, or of its lead's where that has no other deal."""
    deals, moves = tables["deals"], tables["moves"]
    if not {"lead_id", "outcome", "closed_at"} <= set(deals.columns) or not ends:
        return []
    place = place_of(deals)
    listed = ", ".join(f"({literal(end.written)}, {literal(end.outcome)})" for end in ends)
    named = "m.deal_id = a.deal_id" if "deal_id" in moves.columns else "false"
    opened = "coalesce(d.opened_at, s.since)" if "opened_at" in deals.columns else "s.since"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE dated_ends AS "
        f"WITH ends(stage, outcome) AS (VALUES {listed}), asked AS (SELECT rowid AS deal, deal_id, "
        "lead_id, outcome, closed_at, count(*) OVER (PARTITION BY lead_id) = 1 AS is_only "
        f"FROM {place} WHERE lead_id IS NOT NULL) "
        "SELECT a.deal, CASE WHEN any_value(a.outcome) = 'won' THEN min(m.\"at\") "
        f'ELSE max(m."at") END AS since FROM asked a JOIN {place_of(moves)} m '
        f"ON m.lead_id = a.lead_id AND ({named} OR a.is_only) JOIN ends e ON e.stage = m.stage "
        "AND e.outcome = a.outcome WHERE a.closed_at IS NULL GROUP BY a.deal "
        'HAVING count(*) = count(m."at")'
    )
    (count,) = con.execute(
        f"UPDATE {place} d SET closed_at = s.since FROM dated_ends s "
        f"WHERE d.rowid = s.deal AND s.since >= {opened}"
    ).fetchone()
    con.execute("DROP TABLE dated_ends")
    if not count:
        return []
    return [
        Finding(
            "deal-date-from-history", "deals", "closed_at", int(count),
            f"{count:,} deals have no closing date of their own; it is the time at which their "
            "stage history has them won or lost", "", "nothing needs doing", "note",
        )
    ]  # fmt: skip


def _stand_in_ends(
    con: Any, deals: str, moves: str, ends: list[_End], telling: Sequence[int]
) -> None:
    """`deals_in_ends`: the open deals that stand in an end, which it is, and since when.

    Won since the first time, lost since the last time, and without a date where one is missing:
    as journeys have it.
    """
    listed = ", ".join(
        f"({literal(end.written)}, {literal(end.stage.name)}, {literal(end.outcome)})"
        for end in ends
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE deals_in_ends AS "
        f"WITH ends(stage, name, outcome) AS (VALUES {listed}), "
        "asked AS (SELECT rowid AS deal, lead_id, _file, _row, "
        "count(*) OVER (PARTITION BY lead_id) = 1 AND lead_id IS NOT NULL AS is_only, "
        f"coalesce(outcome, 'open') = 'open' AND NOT list_contains({[*telling]}, _file) AS is_open "
        f"FROM {deals}), "
        # every move of each deal: its lead's, or those of its own row
        f'went AS (SELECT deal, m.stage, m."at", m.seq FROM asked a JOIN {moves} m '
        "ON m.lead_id = a.lead_id WHERE is_open AND is_only UNION ALL "
        f'SELECT deal, m.stage, m."at", m.seq FROM asked a JOIN {moves} m '
        "ON m._file = a._file AND m._row = a._row WHERE is_open AND NOT is_only), "
        "stands AS (SELECT deal, arg_max(stage, seq) AS stage FROM went GROUP BY deal) "
        "SELECT deal, any_value(e.name) AS name, any_value(e.outcome) AS outcome, "
        "CASE WHEN any_value(e.outcome) = 'won' THEN min(w.\"at\") "
        'WHEN count(*) = count(w."at") THEN max(w."at") END AS since '
        "FROM stands s JOIN ends e USING (stage) JOIN went w USING (deal) "
        "JOIN ends o ON o.stage = w.stage AND o.outcome = e.outcome GROUP BY deal"
    )
