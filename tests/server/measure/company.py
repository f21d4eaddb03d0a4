"""A small simulated company under the pages, without an import: facts by thread, journeys made."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

import duckdb
import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.facts.store import Facts, Journeys
from onefunnel.measures.steps.journeys import journeys, made_by
from onefunnel.simulate.company.company import simulate_company

UNTIL = datetime(2026, 11, 20, 18)


class Company:
    """The facts in one DuckDB database; every thread gets its own engine on it."""

    def __init__(self, *, leads: int, seed: int = 1) -> None:
        self._con = duckdb.connect()
        self._local = threading.local()
        engine = ibis.duckdb.from_connection(self._con)
        made = simulate_company(seed=seed, until=UNTIL, leads=leads, connection=engine)
        self._about = replace(made, tables={}, journeys=None)
        self._names = {name: f"fact_{name}" for name in made.tables}
        for name, table in made.tables.items():
            engine.create_table(self._names[name], table.to_pyarrow())
        self.agreement = propose(made)
        engine.create_table("journeys_made", journeys(made, self.agreement))

    def facts(self) -> Facts:
        """These facts, for the thread that asks."""
        if not hasattr(self._local, "facts"):
            engine = ibis.duckdb.from_connection(self._con.cursor())
            tables = {name: engine.table(own) for name, own in self._names.items()}
            made = Journeys(
                engine.table("journeys_made"), made_by(self.agreement), self._about.data_at
            )
            self._local.facts = replace(self._about, tables=tables, journeys=made)
        return self._local.facts


@dataclass(frozen=True)
class Held:
    """A company whose facts one thread reads."""

    made: Facts
    agreement: Agreement

    def facts(self) -> Facts:
        return self.made


@lru_cache(maxsize=2)
def company(leads: int = 3000) -> Company:
    return Company(leads=leads)


def put_in_place(monkeypatch: Any, leads: int = 3000, agreement: Any = None) -> Company:
    """Let the pages read this company instead of the workspace's own copy."""
    return put_in_place_of(monkeypatch, company(leads), agreement)


def put_in_place_of(monkeypatch: Any, made: Any, agreement: Any = None) -> Any:
    """Let the pages read anything that has `facts()` and `agreement`."""
    # every page is imported first: one that first came in now would keep these facts for ever
    import_module("onefunnel.server.site.urls")
    from onefunnel.server.agree import basis
    from onefunnel.server.site import today
    from onefunnel.server.warehouse import queries

    monkeypatch.setattr(queries, "current_facts", made.facts)
    monkeypatch.setattr(today, "current_facts", made.facts)
    monkeypatch.setattr(queries, "copy_version", lambda: ("company", id(made)))
    monkeypatch.setattr(queries, "current_data", lambda: (made.facts(), ("company", id(made))))
    monkeypatch.setattr(basis, "agreement_for_the_copy", lambda: agreement or made.agreement)
    monkeypatch.setattr(basis.warehouse, "copy_is_behind", lambda: False)
    return made
