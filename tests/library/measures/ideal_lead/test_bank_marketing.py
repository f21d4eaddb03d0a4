"""Real calls of a bank (Moro 2014): how long the call took is refused, later calls judge."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from onefunnel.measures.ideal_lead.learning import IdealLead, learn
from onefunnel.measures.ideal_lead.sample import Known, Sample

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def calls(exports: Path) -> Sample:
    """The 41,188 calls in their order; the day of each is not in the data."""
    with zipfile.ZipFile(exports / "bank_marketing" / "bank-additional.zip") as packed:
        name = next(n for n in packed.namelist() if n.endswith("/bank-additional-full.csv")
                    and not n.startswith("__"))  # fmt: skip
        text = io.TextIOWrapper(packed.open(name), "utf-8")
        rows = list(csv.DictReader(text, delimiter=";"))
    n = len(rows)
    columns = {}
    for header in rows[0]:
        texts = [row[header] for row in rows]
        known = np.ones(n, dtype=bool)
        try:
            columns[header] = Known("number", np.array([float(one) for one in texts]), known)
        except ValueError:
            columns[header] = Known("text", np.array(texts, dtype=object), known)
    won = np.array([row["y"] == "yes" for row in rows])
    at = np.datetime64("2008-05-01", "us") + np.arange(n) * np.timedelta64(30, "m")
    ids = np.array([str(place) for place in range(n)], dtype=object)
    return Sample(ids, columns, won, np.ones(n, bool), won, at, np.arange(n), "Called", "Yes")


@pytest.fixture(scope="module")
def learnt(calls: Sample) -> IdealLead:
    return learn(calls)


def test_the_length_of_the_call_is_refused_as_a_leak(learnt: IdealLead) -> None:
    assert "“duration”" in learnt.refused["duration"]
    assert "y" in learnt.refused
    assert {"age", "job", "contact"}.isdisjoint(learnt.refused)


def test_what_only_tells_the_time_is_refused(learnt: IdealLead) -> None:
    """The economy and the month are one for all calls of a time: no trait of who is called."""
    for name in ("month", "emp.var.rate", "cons.price.idx", "euribor3m", "nr.employed"):
        assert "when a lead came, not who it is" in learnt.refused[name]


def test_later_calls_judge_beside_random_ones(learnt: IdealLead, calls: Sample) -> None:
    """As published: what holds for calls drawn at random does not hold for later ones."""
    assert learnt.judged is not None
    assert learnt.judged.auc is not None
    assert learnt.random_auc is not None
    assert learnt.judged.auc < learnt.random_auc - 0.05
    with_leak = learn(calls, allowed=("duration",))
    assert with_leak.random_auc is not None
    assert with_leak.random_auc > learnt.random_auc + 0.1
