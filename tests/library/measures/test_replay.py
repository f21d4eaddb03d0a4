"""Two versions over the same history: who moves in and out, and which lets in more winners."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.replay import Moved, StageReplay, replay, replay_records
from onefunnel.measures.scope import Scope
from onefunnel.statistics.kappa import cohens_kappa
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, AS_OF, random_facts, with_journeys

OLD = agreement_of()
FIGURES: tuple[Moved, ...] = (
    "entered_before", "entered_after", "both", "moved_in", "moved_out",
)  # fmt: skip


def with_stage(name: str, agreement: Agreement = OLD, /, **change: object) -> Agreement:
    stages = tuple(
        replace(each, **change) if each.name == name else each  # type: ignore[arg-type]
        for each in agreement.stages
    )
    return replace(agreement, stages=stages)


def counts(stage: StageReplay) -> tuple[int, ...]:
    return (
        stage.won_before.entered, stage.won_after.entered, stage.both, stage.moved_in,
        stage.moved_out,
    )  # fmt: skip


def lists(facts: Facts, before: Agreement, after: Agreement, stage: StageReplay) -> list[set[str]]:
    found = []
    for figure, count in zip(FIGURES, counts(stage), strict=True):
        table = replay_records(facts, before, after, stage, figure).table
        leads = table.to_pyarrow()["lead_id"].to_pylist()
        assert len(leads) == len(set(leads)) == count
        found.append(set(leads))
    return found


def test_the_same_version_moves_nobody() -> None:
    found = replay(facts_of(), OLD, OLD)
    assert found.leads == 8
    assert {(each.moved_in, each.moved_out) for each in found.stages} == {(0, 0)}
    assert found.kappa is not None
    assert (found.kappa.value, found.kappa.agreement_share) == (1.0, 1.0)
    assert [each.both for each in found.stages] == [8, 6, 4, 3, 1, 2]
    assert "the same ones" in found.sentence


def test_a_wider_stage_lets_leads_in_and_takes_them_from_the_one_before() -> None:
    """The new version calls an MQL an SQL: those who were MQL only move in."""
    new = with_stage("SQL", when="stage IN ('MQL', 'SQL')")
    facts = facts_of()
    found = replay(facts, OLD, new)
    by_name = {each.before: each for each in found.stages}
    assert lists(facts, OLD, new, by_name["SQL"]) == [
        set("ABCF"), set("ABCDEFH"), set("ABCF"), set("DEH"), set(),
    ]  # fmt: skip
    assert lists(facts, OLD, new, by_name["MQL"])[4] == set("ACDEFH")
    sql = by_name["SQL"]
    assert (sql.won_before.won, sql.won_after.won) == (1, 1)
    assert (sql.won_before.open, sql.won_after.open) == (2, 4)  # C, F; and D, H
    assert (sql.won_before.share, sql.won_before.note) == (None, "too few to tell (n=4)")
    assert sql.kappa == cohens_kappa([[4, 0], [3, 1]])
    # furthest: A Won, B, F Opportunity, C SQL, D, E, H MQL -> SQL, G Lead
    assert found.kappa is not None
    assert found.kappa.agreement_share == pytest.approx(5 / 8)


def test_a_missing_and_a_new_stage_stand_alone() -> None:
    stages = tuple(stage for stage in OLD.stages if stage.name != "MQL")
    extra = Stage("Dead", "disqualified", "stage = 'MQL'")
    found = replay(facts_of(), OLD, replace(OLD, stages=(*stages, extra)), matches=None)
    pairs = {(each.before, each.after) for each in found.stages}
    assert ("MQL", "Dead") in pairs  # the same definition: one stage, which went by another name
    apart = [match for match in found.matches if match.ours != "MQL"]
    lone = replay(facts_of(), OLD, replace(OLD, stages=(*stages, extra)), matches=apart)
    (gone,) = [each for each in lone.stages if each.after is None]
    (new,) = [each for each in lone.stages if each.before is None]
    assert (gone.before, gone.moved_out, gone.moved_in, gone.kappa) == ("MQL", 6, 0, None)
    assert (new.after, new.moved_in, new.moved_out, new.kappa) == ("Dead", 6, 0, None)


def test_one_yardstick_for_won() -> None:
    new = with_stage("Won", when="stage IN ('Won', 'Opportunity')")
    found = replay(facts_of(), OLD, new)
    (lead, *_) = found.stages
    assert lead.won_before.won == lead.won_after.won == 1
    assert any("differently" in note for note in found.notes)


def test_moment_and_period_choose_moves_and_leads() -> None:
    new = with_stage("SQL", when="stage IN ('MQL', 'SQL')")
    early = replay(facts_of(), OLD, new, scope=Scope(as_of=DAY_0 + timedelta(days=5)))
    assert early.leads == 5
    sql = next(each for each in early.stages if each.before == "SQL")
    assert counts(sql) == (1, 2, 1, 1, 0)  # B; and A
    late = replay(facts_of(), OLD, new, scope=Scope(since=DAY_0 + timedelta(days=10)))
    assert late.leads == 3


#: Written from the definition in words: a move enters the first detour it meets, else the
#: furthest stage of the path.
SECOND_OPINION = """
WITH m AS (SELECT m.lead_id, m.stage, l.score FROM moves m LEFT JOIN leads l USING (lead_id)
           WHERE m."at" IS NULL OR m."at" <= TIMESTAMP '{as_of}'),
s AS (SELECT lead_id,
        CASE WHEN stage IN ('Lost', 'Bad fit', 'Later') THEN stage
             WHEN stage IN ('Renewed', 'Won', 'SQL', 'MQL', 'Lead') THEN stage END AS old,
        CASE WHEN stage = 'Lost' OR (stage = 'MQL' AND score < 20) THEN 'Lost'
             WHEN stage IN ('Bad fit', 'Later') THEN stage
             WHEN stage IN ('Renewed', 'Won') THEN stage
             WHEN stage = 'SQL' OR (stage = 'MQL' AND score >= 70) THEN 'SQL'
             WHEN stage IN ('MQL', 'Lead') THEN stage END AS new FROM m),
o AS (SELECT DISTINCT lead_id FROM s WHERE old = '{name}'),
n AS (SELECT DISTINCT lead_id FROM s WHERE new = '{name}')
SELECT (SELECT count(*) FROM o), (SELECT count(*) FROM n),
       (SELECT count(*) FROM o SEMI JOIN n USING (lead_id)),
       (SELECT count(*) FROM n ANTI JOIN o USING (lead_id)),
       (SELECT count(*) FROM o ANTI JOIN n USING (lead_id))
"""


@pytest.mark.parametrize("seed", range(3))
def test_against_a_second_opinion_in_sql(seed: int) -> None:
    facts = random_facts(seed, leads=200)
    new = with_stage("SQL", AGREEMENT, when="stage = 'SQL' OR (stage = 'MQL' AND score >= 70)")
    new = with_stage("Lost", new, when="stage = 'Lost' OR (stage = 'MQL' AND score < 20)")
    found = replay(facts, AGREEMENT, new)
    backend = facts["moves"].get_backend()
    for stage in found.stages:
        sql = SECOND_OPINION.format(name=stage.before, as_of=facts.data_at)
        (expected,) = backend.raw_sql(sql).fetchall()
        assert counts(stage) == expected, stage.before
    back = replay(facts, new, AGREEMENT)
    turned = {each.before: each for each in back.stages}
    for stage in found.stages:
        other = turned[stage.before]
        assert (stage.moved_in, stage.moved_out) == (other.moved_out, other.moved_in)
    whole = Scope(as_of=AS_OF + timedelta(days=1000))
    ready = replay(with_journeys(facts), AGREEMENT, new, scope=whole)
    assert ready.stages == replay(facts, AGREEMENT, new, scope=whole).stages


def test_a_column_named_state_is_the_leads_own() -> None:
    facts = facts_of(state={"A": "TX", "D": "TX"})
    new = with_stage("MQL", when="stage = 'MQL' AND state = 'TX'")
    for one, other in ((OLD, new), (new, new), (new, OLD)):
        stages: dict[str | None, Any] = {e.before: e for e in replay(facts, one, other).stages}
        assert stages["MQL"].won_before.entered == (6 if one is OLD else 2)
        assert stages["MQL"].won_after.entered == (6 if other is OLD else 2)


def test_a_path_of_more_states_than_one_number_holds() -> None:
    names = [f"S{k}" for k in range(64)]
    log = "\n".join([f"A 0:{names[0]} 1:{names[63]}", f"B 0:{names[61]}", f"C 0:{names[60]}"])
    agreement = agreement_of((*((name, "open") for name in names), ("Won", "won")))
    found = replay(facts_of(log), agreement, with_stage("S61", agreement, when="stage = 'S60'"))
    by_name = {each.before: each for each in found.stages}
    assert counts(by_name["S63"]) == (1, 1, 1, 0, 0)
    assert counts(by_name["S61"]) == (1, 1, 0, 1, 1)
    assert counts(by_name["S60"]) == (1, 0, 0, 0, 1)
