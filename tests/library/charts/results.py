"""One result of each measure that has a chart, computed from a small simulated company."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.charts.chart_for import CHARTS
from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from onefunnel.simulate.company.company import simulate_company


@lru_cache(maxsize=1)
def company() -> tuple[Facts, Agreement]:
    facts = simulate_company(seed=3, until=datetime(2026, 11, 20, 18), leads=1500)
    return facts, propose(facts)


@lru_cache(maxsize=64)
def result_of(measure: str, by: str | None = None) -> Result:
    facts, agreement = company()
    return compute_measure(measure, facts, agreement, Scope(by=by))


CASES = [(name, None) for name in CHARTS] + [
    (name, "source") for name in ("stages", "velocity", "value")
]
