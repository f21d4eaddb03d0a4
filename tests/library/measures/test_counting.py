"""The one-pass kernel counts what its three Ibis expressions count."""

from collections import Counter

import ibis
import numpy as np
import pytest

from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort
from onefunnel.measures.steps.counting import count, needed
from onefunnel.measures.steps.durations import durations
from onefunnel.measures.steps.packed import unpacked
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.standing import OUTCOMES, entries_per_stage, standing
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
