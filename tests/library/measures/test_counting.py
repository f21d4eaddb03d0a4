"""The one-pass kernel counts what its three Ibis expressions count."""

from collections import Counter
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.counting import count, needed
from onefunnel.measures.steps.durations import durations
from onefunnel.measures.steps.packed import Spans, unpacked
from onefunnel.measures.steps.path import NoSuccessPath, Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.standing import OUTCOMES, entries_per_stage, standing
from tests.library.measures.log_t import agreement_of, facts_of
from tests.library.measures.random_facts import AGREEMENT, AS_OF, random_facts


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "scope",
    [
        Scope(as_of=AS_OF, by="source"),
        Scope(as_of=AS_OF),
        Scope(as_of=AS_OF, by="month", within_days=20),
    ],
)
@pytest.mark.parametrize("batch_rows", [7, 10_000])
def test_kernel_equals_expressions(seed: int, scope: Scope, batch_rows: int) -> None:
    path, facts = Path(AGREEMENT), random_facts(seed)
    leads = cohort(facts, AGREEMENT, scope)
    counts = count(needed(leads, path).to_pyarrow_batches(chunk_size=batch_rows), path, AS_OF)
    name = {number: group for group, number in counts.groups.items()}
    if scope.within_days is None:
        leads = with_reached(leads, path)
    if scope.by is None:
        leads = leads.mutate(group=ibis.literal(""))

    expected = {}
    for row in standing(leads).to_pyarrow().to_pylist():
        stage = -1 if row["furthest"] is None else row["furthest"]
        expected[row["group"], stage, row["outcome"]] = row["leads"]
    found = {(name[g], k, OUTCOMES[o]): leads for (g, k, o), leads in counts.standing.items()}
    assert found == expected

    for row in entries_per_stage(leads, path).to_pyarrow().to_pylist():
        number = counts.groups[row["group"]]
        for k in range(path.length):
            assert counts.entered.get((number, k), 0) == row[f"entered_{k}"]
            assert counts.back.get((number, k), 0) == row[f"back_{k}"]

    spans: Counter[tuple] = Counter()
    for (overall, stage), (keys, many) in counts.durations.items():
        for group, hours, cause, leads_ in zip(*unpacked(keys), many, strict=True):
            hour = None if np.isnan(hours) else int(hours)
            spans[overall, name[int(group)], stage, hour, int(cause)] += int(leads_)
    rows = durations(leads, path, AS_OF).to_pyarrow().to_pylist()
    assert spans == {
        (r["overall"], r["group"], r["stage"], r["hours"], r["cause"]): r["leads"] for r in rows
    }


@pytest.mark.parametrize("most", [0, 60, 1 << 21])
def test_durations_add_up_however_they_grow(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("onefunnel.measures.steps.packed._MOST_IN_PLACE", most)
    spans, expected = Spans(1), Counter[tuple]()
    for batch in ([(0, 3, 0)], [(2, 9, 1), (0, 3, 0)], [(1, 40, 0), (2, 9, 1)], [(5, -1, 0)]):
        place, hours, second = (np.array(part) for part in zip(*batch, strict=True))
        spans.add(place, np.where(hours < 0, -1, hours * 3600 + 59), second == 1)
        expected += Counter((p, h if h >= 0 else None, 1 + 2 * s) for p, h, s in batch)
    keys, leads = spans.counted()
    found = Counter[tuple]()
    for place, hours, cause, many in zip(*unpacked(keys), leads, strict=True):
        found[int(place), None if np.isnan(hours) else int(hours), int(cause)] += int(many)
    assert found == expected


def test_a_funnel_of_many_stages_is_counted() -> None:
    """More stages than one number has bits."""
    names = [f"S{k}" for k in range(74)]
    stages = (*(Stage(n, "won" if n == "S73" else "open", f"stage = '{n}'") for n in names),)
    far = [("A", 0), ("A", 70), ("B", 5), ("B", 3), ("C", 73)]
    moves = pa.table(
        {
            "lead_id": [lead for lead, _ in far],
            "at": pa.array([AS_OF - timedelta(hours=99 - n) for n in range(5)], pa.timestamp("us")),
            "stage": [names[k] for _, k in far],
        }
    )
    facts = Facts({"moves": ibis.duckdb.connect().create_table("moves", moves)}, data_at=AS_OF)
    rows = compute_measure("stages", facts, Agreement("Long", stages=stages)).rows
    assert [row["reached"] for row in rows] == [3] * 6 + [2] * 65 + [1] * 3
    assert [k for k in range(74) if rows[k]["entered"]] == [0, 3, 5, 70, 73]
    assert [k for k in range(74) if rows[k]["went_back"]] == [5]


def many_stages(count: int) -> tuple[tuple[str, str], ...]:
    return (*((f"S{k}", "open") for k in range(count - 2)), ("Won", "won"), ("Lost", "lost"))


@pytest.mark.slow
def test_a_funnel_as_long_as_a_proposal_can_be_is_counted() -> None:
    facts = facts_of("A 0:S0 1:S197\nB 0:S0 1:S1 2:Won\nC 0:S3 3:Lost")
    result = compute_measure("stages", facts, agreement_of(many_stages(201)))
    assert {end: result.totals[end] for end in ("won", "lost", "open")} == {
        "won": 1, "lost": 1, "open": 1,
    }  # fmt: skip
    assert [row["open"] for row in result.rows].index(1) == 197


def test_a_funnel_of_too_many_stages_is_refused_in_words() -> None:
    with pytest.raises(NoSuccessPath, match="has 300 stages, and a funnel of more than 250"):
        compute_measure("stages", facts_of(), agreement_of(many_stages(300)))
