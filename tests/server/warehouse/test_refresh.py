"""The columnar copy, refreshed step by step, equals the copy made anew from the database."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.server.warehouse import agreement_in_force
from onefunnel.server.warehouse.columns.manifest import Manifest, read_manifest
from onefunnel.server.warehouse.columns.place import folder
from onefunnel.server.warehouse.columns.refresh import content, refresh
from onefunnel.server.warehouse.inbox.running import run_delivery
from onefunnel.server.warehouse.inbox.undo_import import UNDOABLE, run_undo
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.queries import about_the_data, current_facts
from tests.server.warehouse.conftest import delivered

START = datetime(2026, 3, 1)
NOW = datetime(2026, 3, 9, tzinfo=UTC)
STAGES = ("New", "Working", "Won", "Lost")
AGREED = Agreement(
    title="As agreed",
    stages=(
        Stage("New", when="stage = 'New'"),
        Stage("Working", when="stage = 'Working'"),
        Stage("Won", kind="won", when="stage = 'Won'"),
        Stage("Lost", kind="lost", when="stage = 'Lost'"),
    ),
)
days = st.integers(0, 12).map(lambda n: START + timedelta(days=n))  # some lie after NOW
leads = st.builds(
    lambda n, at, size, score: {
        "lead_id": f"L{n}", "created_at": at, "Size": size, "score": score, "source": size
    },
    st.integers(1, 9),
    st.none() | days,
    st.sampled_from([None, "big", "small"]),
    st.none() | st.integers(0, 3) | st.just(2.5),
)  # fmt: skip
moves = st.builds(
    lambda n, at, stage, seq: {"lead_id": f"L{n}", "at": at, "stage": stage, "seq": seq},
    st.integers(1, 10),
    st.none() | days,
    st.sampled_from(STAGES),
    st.none() | st.integers(0, 2),
)
imports = st.builds(
    lambda leads, moves: ("import", leads, moves),
    st.lists(leads, max_size=6, unique_by=lambda row: row["lead_id"]),
    st.lists(moves, max_size=8),
)
undos = st.builds(lambda n: ("undo", n), st.integers(0, 5))
waits = st.builds(lambda n: ("wait", n), st.integers(1, 3))
steps = st.lists(st.one_of(imports, imports, undos, waits), min_size=1, max_size=7)


def rebuilt(place: Path) -> Manifest:
    """The copy made anew beside the published one, under the same agreement."""
    return refresh(now=_clock[0], agreement=AGREED, about=about_the_data(), place=place)


_clock = [NOW]


@pytest.mark.slow
@pytest.mark.long
@given(steps=steps)
@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # one example takes a second
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_step_by_step_equals_all_at_once(
    steps: list[Any], transactional_db: None, workspace: Any, monkeypatch: Any
) -> None:
    start_afresh(workspace)
    agreement_in_force.provide(lambda: AGREED)
    monkeypatch.setattr("onefunnel.server.warehouse.columns.journeys._MANY_SHARE", 0.9)
    monkeypatch.setattr("onefunnel.server.warehouse.columns.segments.COMPACT_SHARE", 5.0)
    con = duckdb.connect()
    for step in steps:
        take(step)
        made = read_manifest(folder())
        if not made.version:
            continue
        beside = Path(tempfile.mkdtemp(dir=workspace))
        again = rebuilt(beside)
        assert content(folder(), made, con) == content(beside, again, con)
        assert (made.data_at, made.watermark) == (again.data_at, again.watermark)
    current_facts()


def take(step: Any) -> None:
    source, _ = Source.objects.get_or_create(name="crm", defaults={"created_at": NOW})
    match step:
        case ("import", leads, moves):
            tables = {name: rows for name, rows in (("leads", leads), ("moves", moves)) if rows}
            imported = Import.objects.create(source=source, created_at=NOW)
            run_delivery(imported, delivered(**tables), clock=lambda: _clock[0])
        case ("undo", n):
            done = list(Import.objects.filter(status__in=UNDOABLE).order_by("pk"))
            if done:
                run_undo(done[n % len(done)], by=None, clock=lambda: _clock[0])
        case ("wait", n):
            _clock[0] += timedelta(days=n)
            refresh(now=_clock[0], agreement=AGREED, about=about_the_data())


def start_afresh(workspace: Any) -> None:
    """Hypothesis runs many examples in one test: empty the workspace before each."""
    from onefunnel.facts.tables import TABLES
    from onefunnel.server.warehouse.columns import reading
    from onefunnel.server.warehouse.fact_rows import FACT_MODELS
    from onefunnel.server.warehouse.models import Attribute, Counter, Gone

    for name in TABLES:
        FACT_MODELS[name].objects.all().delete()
    for model in (Attribute, Gone, Counter, Import, Source):
        model.objects.all().delete()
    for path in (workspace / "columns").glob("*"):
        if path.is_file():
            path.unlink()
    reading._copies.clear()
    _clock[0] = NOW


def test_rows_come_in_under_an_agreement_without_a_success_path(
    bring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_lost = Agreement("Lost", stages=(Stage("Lost", kind="lost", when="stage = 'Lost'"),))
    monkeypatch.setattr(agreement_in_force, "_providers", [lambda: only_lost])
    imported = bring("crm", leads=[{"lead_id": "L1"}], moves=[{"lead_id": "L1", "stage": "New"}])
    assert imported.status == Import.Status.DONE
    facts = current_facts()
    assert facts["leads"].count().execute() == 1
    assert facts.journeys is None
