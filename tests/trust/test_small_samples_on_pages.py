"""T10 on the surfaces: where the data cannot support a share or a median, none is printed.

A company of four leads, where nothing can be told, and one with groups on both sides of the limit:
all their pages, the lists, the API and the CSV are read. Awareness is left out: its series are
measurements of a market, not samples of leads.
"""

from __future__ import annotations

import csv
import io
import re
from types import SimpleNamespace
from typing import Any

import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.as_json import is_share
from onefunnel.measures.catalogue import MEASURES
from onefunnel.measures.steps.shares import MIN_LEADS
from tests.library.measures.random_facts import AGREEMENT, random_facts
from tests.server.measure.company import put_in_place_of
from tests.trust.page_walk import Page, Shown, read, walk

pytestmark = pytest.mark.django_db

PAGES = tuple(f"/measure/{key}/" for key in ("funnel", "speed", "channels", "value"))
ROOMS = ("/measure/", "/run/")
SPLITS = ("by=source", "by=segment&reading=flow", "within_days=30")
NAMED = [name for name in MEASURES if name != "awareness"]
INTERVALS = {"low", "high"} | {
    f"{of}_{end}" for of in ("overall", "win_rate") for end in ("low", "high")
}
TOO_FEW = re.compile(r"too few[\w ]*\(n=([\d,]+)\)")
PERCENT = re.compile(r"\d ?%")
#: What is called by a percentage and is no finding.
NAMES = re.compile(r"95 ?% interval|80 ?% (of|within)")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any) -> Any:
    """Mia, looking at a company of four leads."""
    place(monkeypatch, 4)
    return signed_in(marketer)


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch, signed_in: Any, marketer: Any) -> Any:
    """Mia, looking at a company whose sources are on both sides of the limit."""
    place(monkeypatch, 60)
    return signed_in(marketer)


def place(monkeypatch: pytest.MonkeyPatch, leads: int) -> None:
    made = random_facts(3, leads=leads)
    tables = {name: table for name, table in made.tables.items() if name != "awareness"}
    facts = Facts(tables, data_at=made.data_at)
    put_in_place_of(monkeypatch, SimpleNamespace(facts=lambda: facts, agreement=AGREEMENT))


def answers(client: Any) -> list[dict[str, Any]]:
    found = []
    for name in NAMED:
        for asked in ("", *SPLITS):
            answer = client.get(f"/api/measure/{name}?{asked}")
            assert answer.status_code in (200, 422), answer.content
            if answer.status_code == 200:
                found.append(answer.json())
    return found


def shares_of(row: dict[str, Any]) -> dict[str, Any]:
    """The shares of a row but for their intervals, and for the first stage, which all reach."""
    if row.get("stage") == "Lead":
        return {}
    return {name: row[name] for name in row if is_share(name) and name not in INTERVALS}


def is_of_all(shown: Shown) -> bool:
    return shown.text == "100%" and "row.stage=Lead" in shown.href


def test_pages_of_a_few_print_no_percentage_and_no_median(few: Any) -> None:
    means = {
        float(value)
        for answer in answers(few)
        for row in (answer["totals"], *answer["rows"])
        for name, value in row.items()
        if (name.startswith("mean_") or name == "cycle_days") and value is not None
    }
    pages = [*walk(few, of_each=1), *(read(few, f"{path}?{SPLITS[0]}") for path in PAGES)]
    rooms = [
        page for page in pages if page.path.startswith(("/measure/", "/run/")) or page.path == "/"
    ]
    assert {page.path for page in rooms} >= {"/", "/run/leads/", "/run/accounts/", *PAGES}
    for page in rooms:
        loose = [text for text in page.loose if PERCENT.search(NAMES.sub("", text))]
        assert not loose, (page.path, loose)
        for shown in page.figures:
            assert shown.kind != "share" or is_of_all(shown), (page.path, shown)
            assert shown.kind != "days" or float(shown.value) in means, (page.path, shown)
            assert "%" not in shown.text or is_of_all(shown), (page.path, shown)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_few_says_so_and_names_how_many(few: Any, path: str) -> None:
    body = few.get(path).content.decode()
    said = [int(n) for n in TOO_FEW.findall(body)]
    assert said
    assert max(said) < MIN_LEADS
    labels = " ".join(re.findall(r'(?:aria-label|title|alt)="([^"]*)"', body))
    assert not PERCENT.search(NAMES.sub("", labels).replace("Lead: 4 · 100%", "")), labels


def test_the_api_and_the_csv_of_a_few_hold_no_share_and_no_median(few: Any) -> None:
    found = answers(few)
    assert {answer["measure"] for answer in found} == set(NAMED)
    for answer in found:
        for row in (answer["totals"], *answer["rows"]):
            told = {name: value for name, value in shares_of(row).items() if value is not None}
            told |= {n: v for n, v in row.items() if n.startswith("median_") and v is not None}
            assert not told, (answer["measure"], row)
        for words in (answer["sentence"], *answer["notes"]):
            assert not PERCENT.search(NAMES.sub("", words)), words
    for name in NAMED:
        body = few.get(f"/measure/{name}.csv").content.decode()
        for row in csv.DictReader(io.StringIO(body)):
            held = {**shares_of(row), **{n: v for n, v in row.items() if n.startswith("median_")}}
            assert not any(held.values()), (name, row)


def test_in_a_mixed_company_only_groups_of_enough_have_a_share(mixed: Any) -> None:
    pages: list[Page] = [read(mixed, f"{path}?{asked}") for path in PAGES for asked in SPLITS[:1]]
    pages += [read(mixed, path) for path in ("/", *PAGES)]
    shown = [one for page in pages for one in page.figures if not is_of_all(one)]
    shares = [one for one in shown if one.kind == "share"]
    assert shares
    assert min(int(one.list_total) for one in shares) >= MIN_LEADS
    few = [one for one in shown if one.text.startswith("too few to tell")]
    assert few
    for answer in answers(mixed):
        for row in (answer["totals"], *answer["rows"]):
            if str(row.get("note") or "").startswith("too few to tell"):
                told = {name for name, value in shares_of(row).items() if value is not None}
                # the overall share of a stage is one of all leads, not of those before it
                assert told <= {"overall_share"}, (answer["measure"], row)
