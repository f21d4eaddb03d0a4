from __future__ import annotations

from typing import Any

import pytest

from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.leads import choices, leads_page
from tests.server.run.tiny import LEADS, MOVES, basis_of, day


@pytest.fixture
def basis() -> Basis:
    return basis_of()


def keys(basis: Basis, **words: str) -> list[str]:
    page = leads_page(basis, wanted(words), hiding=Hiding(sees_all=True))
    assert page.count == len(page.lines)
    return [line.lead_id for line in page.lines]


def test_newest_first_and_undated_last(basis: Basis) -> None:
    assert keys(basis) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"stage": "Qualified"}, ["a"]),  # b is in Germany: the agreement's Qualified is not its
        ({"source": "Fair"}, ["b"]),
        ({"owner": "Sam", "since": "2026-03-03"}, ["b"]),
        ({"until": "2026-03-01"}, ["a"]),
        ({"q": "ash"}, ["b", "a"]),
        ({"q": "ANN@"}, ["a"]),
        ({"q": "nobody"}, []),
        ({"account": "A1"}, ["b", "a"]),
        ({"since": "not a day"}, ["b", "a", "c"]),
    ],
)
def test_each_word_narrows(basis: Basis, words: dict[str, str], found: list[str]) -> None:
    assert keys(basis, **words) == found


def test_a_viewer_sees_masks_and_cannot_find_by_name(basis: Basis) -> None:
    page = leads_page(basis, wanted({"q": "ann@"}), hiding=Hiding(basis.personal))
    assert page.count == 0
    lines = leads_page(basis, wanted({}), hiding=Hiding(basis.personal)).lines
    assert [line.name for line in lines] == ["•••", "•••", ""]
    assert lines[0].company == "Ash Ltd"


def test_pages_follow_one_another_without_gap_or_double_both_ways() -> None:
    many = [
        {**LEADS[0], "lead_id": f"{n:03}", "created_at": day(1 + n % 3) if n % 7 else None}
        for n in range(120)
    ]
    moves = [{**MOVES[0], "lead_id": one["lead_id"], "at": one["created_at"]} for one in many]
    basis = basis_of(leads=many, moves=moves)
    hiding = Hiding(basis.personal)
    pages = [leads_page(basis, wanted({}), hiding=hiding)]
    while pages[-1].after:
        pages.append(leads_page(basis, wanted({}), hiding=hiding, after=pages[-1].after))
    down = [line.lead_id for page in pages for line in page.lines]
    assert sorted(down) == [one["lead_id"] for one in many]
    assert [len(page.lines) for page in pages] == [50, 50, 20]
    assert not pages[0].before
    back = leads_page(basis, wanted({}), hiding=hiding, before=pages[2].before)
    assert [line.lead_id for line in back.lines] == down[50:100]
    first = leads_page(basis, wanted({}), hiding=hiding, before=back.before)
    assert [line.lead_id for line in first.lines] == down[:50]
    assert not first.before


def test_a_filter_offers_what_occurs(basis: Basis) -> None:
    assert choices(basis, "source", Hiding()) == ("Fair", "Web")
    assert choices(basis, "no_such_column", Hiding()) == ()


def test_the_page(demo: Any, see: Any) -> None:
    text = see("/run/leads/?stage=Won&q=a")
    assert "data-of-list" in text
    assert "Clear" in text
    assert "<option selected>Won</option>" in text
    assert "No lead is like this" in see("/run/leads/?q=zzzzzzzz")


def test_a_broken_cursor_is_the_first_page(demo: Any, see: Any) -> None:
    first = see("/run/leads/").split("<tbody>")[1]
    for cursor in ("x~y", "nonsense", "2026-99-99~a"):
        assert see(f"/run/leads/?after={cursor}").split("<tbody>")[1] == first
