"""What the data say of stages: which there are, and which came before which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from onefunnel.facts.store import Facts

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: The order is read from about so many moves; more would not change it and take longer.
_ENOUGH_MOVES = 400_000


@dataclass(frozen=True)
class Declared:
    """One row of the source's own stage list."""

    stage: str
    pipeline: str
    position: int | None
    kind: str
    team: str


@dataclass(frozen=True)
class Found:
    """Stages with how many leads entered them, and the pairs of stages that leads went through.

    `before[a, b]` counts leads that first entered a before they first entered b; `left[a]` those
    that entered another stage after a, `came[a]` those that were elsewhere before, `sampled[a]`
    all those looked at. `team[a]` is the team most often named with the stage.
    """

    leads: Mapping[str, int]
    before: Mapping[tuple[str, str], float] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    came: Mapping[str, int] = field(default_factory=dict)
    sampled: Mapping[str, int] = field(default_factory=dict)
    team: Mapping[str, str] = field(default_factory=dict)
    declared: tuple[Declared, ...] = ()
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def has_order(self) -> bool:
        return bool(self.before)


def find(facts: Facts) -> Found:
    """Aggregate the moves (and the stage list and deals, where they exist) in the engine."""
    declared = _declared(facts) if "stages" in facts else ()
    if "moves" not in facts and declared:
        return Found({}, declared=declared)
    moves, counted = _in_stages(facts["moves"])
    leads = {row["stage"]: int(row["leads"]) for row in counted}
    every = _every(counted)
    # The sample is taken out once: everything below is read from it, not from the whole again.
    first = _taken_out(_first_entries(_sample(moves, every)))
    pairs = _pairs(first)
    return Found(
        leads=leads,
        before=_before(pairs),
        left=_counts(pairs.group_by(stage=pairs.earlier).agg(n=pairs.lead_id.nunique())),
        came=_counts(pairs.group_by(stage=pairs.later).agg(n=pairs.lead_id.nunique())),
        sampled=_counts(first.group_by("stage").agg(n=first.count())),
        team=_teams(moves),
        declared=declared,
        outcomes=_outcomes(facts, first, every) if "deals" in facts else {},
    )


def went_before(moves: ir.Table, among: Collection[str] = ()) -> dict[tuple[str, str], float]:
    """`Found.before` alone, of all stages or of pairs of `among`: much less to do than `find`."""
    moves, counted = _in_stages(moves)
    sample = _sample(moves, _every(counted))
    if among:
        sample = sample.filter(sample.stage.isin(sorted(among)))
    return _before(_pairs(_taken_out(_first_entries(sample))))


def _in_stages(moves: ir.Table) -> tuple[ir.Table, list[dict[str, Any]]]:
    """The moves into a stage with a name, and per stage how many moves and leads there are."""
    moves = moves.filter(moves.stage.notnull())
    counts = moves.group_by("stage").agg(n=moves.count(), leads=moves.lead_id.approx_nunique())
    # Blank names are told here, among the few stages: stripping every row would take longest, and
    # the engine knows fewer blanks.
    stages = _rows(counts)
    blank = [row["stage"] for row in stages if not str(row["stage"]).strip()]
    if blank:
        moves = moves.filter(moves.stage.notin(blank))
    return moves, [row for row in stages if str(row["stage"]).strip()]


def _every(counted: Sequence[Mapping[str, Any]]) -> int:
    """Of how many leads one is looked at, for so many moves into each stage."""
    return -(-sum(int(row["n"]) for row in counted) // _ENOUGH_MOVES)


def _taken_out(first: ir.Table) -> ir.Table:
    """The rows in a table of their own, on a connection of their own."""
    import ibis

    return ibis.duckdb.connect().create_table("first_entries", first.to_pyarrow())


def _before(pairs: ir.Table) -> dict[tuple[str, str], float]:
    counted = pairs.group_by(["earlier", "later"]).agg(leads=pairs.count())
    return {(row["earlier"], row["later"]): float(row["leads"]) for row in _rows(counted)}


def _sample(table: ir.Table, every: int) -> ir.Table:
    """All rows of every n-th lead, so that what is looked at stays about the same size."""
    return table if every <= 1 else table.filter(table.lead_id.hash() % every == 0)


def _first_entries(moves: ir.Table) -> ir.Table:
    seq = moves.seq if "seq" in moves.columns else _null_int()
    moves = moves.select("lead_id", "stage", "at", seq=seq)
    return moves.group_by(["lead_id", "stage"]).agg(at=moves["at"].min(), seq=moves.seq.min())


def _pairs(first: ir.Table) -> ir.Table:
    """One row per lead and two of its stages, the earlier entered before the later."""
    other = first.view()
    both = first.join(other, [first.lead_id == other.lead_id, first.stage != other.stage])
    both = both.select(
        lead_id=first.lead_id, earlier=first.stage, later=other.stage,
        at=first["at"], seq=first.seq, other_at=other["at"], other_seq=other.seq,
    )  # fmt: skip
    dated = both["at"].notnull() & both.other_at.notnull()
    by_time = dated & (both["at"] < both.other_at)
    by_seq = ((dated & (both["at"] == both.other_at)) | ~dated) & (both.seq < both.other_seq)
    return both.filter((by_time | by_seq).fill_null(False)).select("lead_id", "earlier", "later")


def _teams(moves: ir.Table) -> dict[str, str]:
    if "team" not in moves.columns:
        return {}
    named = moves.filter(moves.team.notnull() & (moves.team != ""))
    rows = _rows(named.group_by(["stage", "team"]).agg(n=named.count()))
    best: dict[str, tuple[int, str]] = {}
    for row in sorted(rows, key=lambda row: str(row["team"])):
        if row["n"] > best.get(row["stage"], (0, ""))[0]:
            best[row["stage"]] = (row["n"], row["team"])
    return {stage: team for stage, (_, team) in best.items()}


def _outcomes(facts: Facts, first: ir.Table, every: int) -> dict[str, dict[str, int]]:
    """For each stage: how many leads whose deal was won, and how many whose deal was lost."""
    deals = facts["deals"]
    if not {"lead_id", "outcome"} <= set(deals.columns):
        return {}
    ended = deals.filter(deals.outcome.lower().isin(["won", "lost"]) & deals.lead_id.notnull())
    ended = _sample(ended, every).select(deal_lead="lead_id", outcome=ended.outcome.lower())
    beside = first.get_backend()
    there = beside.create_table("ended_deals", ended.distinct().to_pyarrow())
    joined = first.join(there, first.lead_id == there.deal_lead)
    rows = _rows(joined.group_by(["stage", "outcome"]).agg(n=joined.count()))
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["stage"], {})[row["outcome"]] = row["n"]
    return found


def _declared(facts: Facts) -> tuple[Declared, ...]:
    stages = facts["stages"]
    names = ("stage", "pipeline", "position", "kind", "team")
    rows = _rows(stages.select(*(name for name in names if name in stages.columns)))
    found = [
        Declared(
            stage=str(row["stage"]),
            pipeline=str(row.get("pipeline") or ""),
            position=None if row.get("position") is None else int(row["position"]),
            kind=str(row.get("kind") or "").strip().lower(),
            team=str(row.get("team") or ""),
        )
        for row in rows
        if str(row.get("stage") or "").strip()
    ]
    found.sort(key=lambda row: (row.pipeline, row.position is None, row.position or 0, row.stage))
    return tuple(found)


def _rows(table: ir.Table) -> list[dict[str, Any]]:
    """The rows in one order, whatever order the engine gave them in."""
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: tuple(str(value) for value in row.values()))


def _counts(table: ir.Table) -> dict[str, int]:
    return {row["stage"]: int(row["n"]) for row in _rows(table)}


def _null_int() -> Any:
    import ibis

    return ibis.null("int64")
