"""Two versions of an agreement over 100,000 leads: beside the SQL one would write by hand.

CPU seconds (user and system), the best of three runs after one that warms up. The SQL counts who
enters each stage under either version and who moves; it has no won shares, no intervals, no kappa.
Its counts are checked to be equal before anything is timed. Asked from raw moves, and with the
journeys of the old version at hand, as the columnar copy keeps them for the version in force.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts, Journeys
from onefunnel.measures.replay import Replay
from onefunnel.measures.replay import replay as replay_versions
from onefunnel.measures.steps.journeys import journeys, made_by
from onefunnel.simulate.ground_truth import ground_truth

LEADS = 100_000
LIMIT = 1.0
RUNS = 3

TEXTBOOK = """
WITH sorted AS (
    SELECT m.lead_id,
        CASE m.stage {same} WHEN 'Qualified' THEN 'Qualified' END AS old,
        CASE WHEN m.stage = 'Qualified' AND l.source <> 'Web' THEN 'Qualified'
             ELSE CASE m.stage {same} END END AS new
    FROM moves m JOIN leads l USING (lead_id)),
per_lead AS (
    SELECT lead_id, {flags} FROM sorted GROUP BY lead_id)
SELECT {counts} FROM per_lead
"""
STAGES = ("Lead", "Qualified", "Opportunity", "Won", "Lost")


def run() -> list[dict[str, object]]:
    """Replay beside the SQL, from raw moves and with journeys at hand."""
    con = ibis.duckdb.connect(threads=2)
    truth = ground_truth(seed=7, leads=LEADS, connection=con)
    old, new = truth.agreement, _changed(truth.agreement)
    made = con.create_table("journeys", journeys(truth.facts, old, None))
    ready = replace(truth.facts, journeys=Journeys(made, made_by(old), None))
    textbook = _textbook()
    (expected,) = con.raw_sql(textbook).fetchall()
    for facts in (truth.facts, ready):
        assert _counts(replay_versions(facts, old, new)) == expected, "the SQL counts otherwise"
    by_sql = _cpu(lambda: con.raw_sql(textbook).fetchall())
    return [
        _row("raw moves", _cpu(lambda: replay_versions(truth.facts, old, new)), by_sql),
        _row("journeys at hand", _cpu(lambda: replay_versions(ready, old, new)), by_sql),
        _row("raw moves, a third draft each time", _drafts(truth.facts, old), by_sql),
    ]


def _changed(agreement: Agreement, source: str = "Web") -> Agreement:
    """Qualified without the leads of one source."""
    return replace(
        agreement,
        stages=tuple(
            replace(stage, when=f"stage = 'Qualified' AND source <> '{source}'")
            if stage.name == "Qualified"
            else stage
            for stage in agreement.stages
        ),
    )


def _drafts(facts: Facts, old: Agreement) -> float:
    """A version nobody has asked for before, so that nothing is compiled yet."""
    drafts = iter([_changed(old, f"Source {n}") for n in range(RUNS + 1)])
    return _cpu(lambda: replay_versions(facts, old, next(drafts)))


def _textbook() -> str:
    same = " ".join(f"WHEN '{name}' THEN '{name}'" for name in STAGES if name != "Qualified")
    flags, counts = [], []
    for k, name in enumerate(STAGES):
        flags += [f"bool_or({side} = '{name}') AS {side}_{k}" for side in ("old", "new")]
        counts += [
            f"count(*) FILTER (old_{k})", f"count(*) FILTER (new_{k})",
            f"count(*) FILTER (new_{k} AND old_{k} IS NOT TRUE)",
            f"count(*) FILTER (old_{k} AND new_{k} IS NOT TRUE)",
        ]  # fmt: skip
    return TEXTBOOK.format(same=same, flags=", ".join(flags), counts=", ".join(counts))


def _counts(found: Replay) -> tuple[int, ...]:
    by_name = {stage.before: stage for stage in found.stages}
    return tuple(
        count
        for name in STAGES
        for count in (
            by_name[name].won_before.entered, by_name[name].won_after.entered,
            by_name[name].moved_in, by_name[name].moved_out,
        )
    )  # fmt: skip


def _cpu(deed: Callable[[], object]) -> float:
    """CPU seconds of the best of three runs, after a first to warm up."""
    deed()
    best = float("inf")
    for _ in range(RUNS):
        before = os.times()
        deed()
        after = os.times()
        best = min(best, after.user + after.system - before.user - before.system)
    return best


def _row(claim: str, ours: float, peer: float) -> dict[str, object]:
    return {
        "claim": f"two versions over {LEADS:,} leads, {claim} / textbook SQL",
        "ours": round(ours, 3),
        "peer": round(peer, 3),
        "unit": "CPU s",
        "ratio": round(ours / peer, 2),
        "target": f"<= {LIMIT:g} CPU s",
        "met": ours <= LIMIT,
    }
