"""Time cut into stretches: all of it, once, and pages of leads that do not tell of the cuts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, pairwise

import pytest

from onefunnel.facts.store import Journeys
from onefunnel.measures.steps.journeys import journeys, made_by
from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run import stretches as near
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.leads import leads_page
from onefunnel.server.run.stretches import Span, stretches
from tests.server.run.tiny import AGREEMENT, LEADS, MOVES, basis_of, day

HIDING = Hiding(sees_all=True)


@pytest.fixture
def basis() -> Basis:
    """Leads that came in bunches, some without a date, their journeys kept ready."""
    chance = random.Random(3)

    def bunched() -> datetime:
        return day(1) + timedelta(hours=int(500 * chance.random() ** 4))

    leads = [
        {
            **LEADS[0],
            "lead_id": f"{n:03}",
            "created_at": bunched() if n % 9 else None,
            "source": "Fair" if n % 70 == 1 else "Web",
        }
        for n in range(400)
    ]  # fmt: skip
    moves = [{**MOVES[0], "lead_id": one["lead_id"], "at": one["created_at"]} for one in leads]
    plain = basis_of(leads=leads, moves=moves)
    engine = plain.facts["moves"].get_backend()
    table = engine.create_table("kept", journeys(plain.facts, AGREEMENT).to_pyarrow())
    ready = Journeys(table, made_by(AGREEMENT), None)
    return replace(plain, facts=replace(plain.facts, journeys=ready), version="ready")


@pytest.mark.parametrize("words", [{}, {"source": "Fair"}, {"q": "ann", "since": "2026-03-02"}])
def test_pages_are_the_same_however_time_is_cut(
    basis: Basis, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole_list(rows: int) -> list[list[str]]:
        monkeypatch.setattr(near, "FIRST_ROWS", rows)
        pages = [leads_page(basis, wanted(words), hiding=HIDING)]
        while pages[-1].after:
            pages.append(leads_page(basis, wanted(words), hiding=HIDING, after=pages[-1].after))
        up = [leads_page(basis, wanted(words), hiding=HIDING, before=p.before) for p in pages[1:]]
        return [[line.lead_id for line in page.lines] for page in (*pages, *up)]

    in_one = whole_list(1_000_000)
    assert sum(len(page) for page in in_one) >= 5
    for rows in (1, 7, 60):
        assert whole_list(rows) == in_one


@pytest.mark.parametrize("is_up", [False, True])
def test_stretches_cover_all_time_without_gap_or_overlap(is_up: bool) -> None:
    span = Span(datetime(2020, 1, 1), datetime(2026, 1, 1), 1_000_000, 1_000_001, is_stored=True)
    for start in (None, datetime(2019, 1, 1), datetime(2025, 12, 31), datetime(9999, 1, 1)):
        found = list(stretches(span, start, is_up=is_up))
        if is_up:
            found = found[::-1]
        assert found[0].high is None
        assert found[-1].low is None
        for later, earlier in pairwise(found):
            assert later.low == earlier.high


def test_leads_that_are_worked_out_anew_are_looked_at_once() -> None:
    span = Span(datetime(2020, 1, 1), datetime(2026, 1, 1), 1_000_000, 1_000_000, is_stored=False)
    assert len(list(stretches(span, None, is_up=False))) == 1


@pytest.mark.parametrize("is_up", [False, True])
def test_many_leads_of_one_moment_are_come_through(is_up: bool) -> None:
    first = datetime(2026, 1, 1)
    span = Span(first, first + timedelta(microseconds=3), 1_000_000, 1_000_000, is_stored=True)
    found = list(islice(stretches(span, None, is_up=is_up), 20))
    assert len(found) < 20
    assert (found[-1].high if is_up else found[-1].low) is None
