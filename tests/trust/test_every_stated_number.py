"""T1 on all pages: a number that a page states opens its list, or NO_LIST says why it has none.

The pages are found in the addresses of the program and by their links. A number is stated where a
text that is nothing but a number stands in `<strong>`, `<dd>`, a table's cell of numbers or a
figure. A figure's list is opened and has to come to the figure.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onefunnel.server.warehouse.commands import refresh_copy
from onefunnel.server.warehouse.duplicates.rows import Suggestion
from onefunnel.server.warehouse.models import Import
from tests.trust.page_walk import Page, addresses, read, walk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: (address, part of the page, why what is counted there has no list of records).
NO_LIST = (
    ("/", "Waiting for you", "what waits for a person; the page it leads to shows them"),
    ("/data/", "rows", "rows of a table as written, told by table; leads and accounts do open"),
    ("/data/", "Sources", "deliveries; each stands on the page of imports"),
    ("/data/(jobs/)?", "Imports", "rows of files; the report of the import has them to download"),
    ("/data/imports/ID/", "sum", "rows of a file; what was refused can be downloaded there"),
    ("/data/imports/ID/", "Files", "rows of each file; what was refused can be downloaded there"),
    ("/data/imports/ID/", "Stages", "a trial: nothing is written yet, so there is no list"),
    ("/data/imports/ID/", "Values that cannot be used", "the place of a row in its file"),
    ("/plan/objectives/ID/(scenario/)?", "needed", "leads still to come: no record exists yet"),
    ("/plan/objectives/ID/(scenario/)?", "Table of stages", "expected; who is open now does open"),
    ("/plan/objectives/ID/(scenario/)?", "Table of channels", "expected; who came does open"),
    ("/plan/objectives/ID/(scenario/)?", "Table of months", "leads still to come"),
    ("/agree/.*", "outcome", "what was agreed: a target that people set, not a count"),
)

HEAD = (
    "id,company,created,stage,source,country,deal,amount,currency,result,closed,employees,email\n"
)
OTHER = b"key,words\n1,some\n2,more\n"
STAGES = ("New", "Working", "Won", "Lost")
MAPPING = """
title: CRM
files:
  - file: leads.csv
    makes:
      - table: leads
        columns: {lead_id: id, created_at: created, source: source, company: company, account_id: company, country: country, email: email}
        keep others: true
      - table: accounts
        columns: {account_id: company, name: company, country: country}
      - table: moves
        columns: {lead_id: id, at: created, stage: stage}
      - table: deals
        columns: {deal_id: deal, lead_id: id, account_id: company, opened_at: created, closed_at: closed, outcome: result, amount: amount, currency: currency}
"""  # noqa: E501


def line(n: int) -> str:
    day = f"2026-{n % 9 + 1:02}-{n % 28 + 1:02}" if n != 7 else "no day"
    result, closed = (("won", "2026-10-05"), ("lost", "2026-10-09"), ("open", ""))[n % 3]
    return (
        f"L{n},Company {n % 12},{day},{STAGES[n % 4]},{'Fair' if n % 2 else 'Web'},Germany,"
        f"D{n},{n * 117}.50,EUR,{result},{closed},{n * 3},p{max(n, 1)}@firm.example\n"
    )


@pytest.fixture
def brought(workspace: Path, signed_in: Any, operations: Any) -> Import:
    """Leads, accounts and deals brought in; two leads may be one; another delivery waits."""
    client = signed_in(operations)
    for rows, begin in ((range(60), "true"), ((7, *range(50, 80)), "")):
        text = (HEAD + "".join(line(n) for n in rows)).encode()
        files = [SimpleUploadedFile("leads.csv", text), SimpleUploadedFile("other.csv", OTHER)]
        sent = {"files": files, "source": "CRM"}
        if begin:
            answer = client.post("/api/data/imports", sent | {"mapping": MAPPING, "begin": begin})
            assert answer.status_code == 202, answer.content
        else:
            client.post(reverse("data:new"), sent)
    client.post(reverse("data:look_for_duplicates"))
    client.post(reverse("plan:new"), {"outcome": "won", "amount": "20", "until": "2027-01-31"})
    done = Import.objects.order_by("pk")[0]
    assert done.status == Import.Status.DONE, done.error
    return done


def all_pages(client: Any, imported: Import) -> dict[str, Page]:
    """Every page that can be looked at, by its address."""
    pages = {page.path: page for page in walk(client, of_each=2)}
    other = Import.objects.order_by("-pk")[0]
    for one in (imported, other):
        key = str(one.public_id)
        given = {"public_id": key, "import_id": key, "file": 0, "place": 0, "measure": "stages",
                 "kind": "svg", "lead_id": "L5", "account_id": "Company 5", "key": "L5",
                 "name": "aida"}  # fmt: skip
        for path in addresses(given):
            if path in pages or path.startswith("/static/"):
                continue
            answer = client.get(path)
            assert answer.status_code < 500, path
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                pages[path] = Page(path=path)
                pages[path].feed(answer.content.decode())
    return pages


def reasons(page: Page) -> list[tuple[str, str, str]]:
    """The entries of NO_LIST for parts of this page that state a number."""
    path = re.sub(r"/[0-9a-f-]{36}/", "/ID/", urlsplit(page.path).path)
    parts = {part for _, part in page.stated}
    return [one for one in NO_LIST if one[1] in parts and re.fullmatch(one[0], path)]


def unlisted(page: Page) -> list[str]:
    """Numbers that the page states without a list, and without a word on why."""
    said = {part for _, part, _ in reasons(page)}
    return [
        f"{page.path}: {text} in {part or 'the page itself'!r}"
        for text, part in page.stated
        if part not in said
    ]


def test_every_number_a_page_states_opens_its_list_or_says_why_not(
    brought: Import, signed_in: Any, owner: Any
) -> None:
    client = signed_in(owner)
    pages = all_pages(client, brought)
    assert len(pages) > 40

    @cache
    def total(href: str) -> list[str]:
        return read(client, href).of_list

    found = [line for page in pages.values() for line in unlisted(page)]
    opened = 0
    for page in pages.values():
        for one in page.figures:
            if page.path.startswith("/measure/") and one.href.startswith("/measure/list/"):
                continue  # test_every_number.py opens these
            comes_to = total(one.href) if one.href else []
            opened += 1
            if len(comes_to) != 1 or Decimal(comes_to[0]) != Decimal(one.list_total):
                found.append(f"{page.path}: {one.text} ({one.list_total}), its list: {comes_to}")
    assert opened >= 15
    assert not found, "\n".join(found)
    said = {entry[:2] for page in pages.values() for entry in reasons(page)}
    assert said == {entry[:2] for entry in NO_LIST}, "a reason that no page needs"


def test_a_merged_lead_is_one_lead_on_the_data_page_and_in_its_list(
    brought: Import, signed_in: Any, operations: Any, now: datetime
) -> None:
    client = signed_in(operations)
    pair = Suggestion.objects.get()
    for leads in ("60", "59"):
        shown = [one for one in read(client, "/data/").figures if one.href == "/run/leads/"]
        assert [one.value for one in shown] == [leads] == read(client, "/run/leads/").of_list
        client.post(reverse("data:merge", args=[pair.public_id]), {"keep": pair.kept_lead})
        refresh_copy(at=now)


def test_a_number_without_a_list_would_be_found() -> None:
    page = Page(path="/data/")
    page.feed("<main><strong>1,234</strong><dd>7 %</dd><td class='number'>EUR 5.00</td>")
    page.feed("<section aria-labelledby='rows'><dd>12</dd></section><p>5 of 7</p></main>")
    assert unlisted(page) == [
        f"/data/: {text} in 'the page itself'" for text in ("1,234", "7 %", "EUR 5.00")
    ]
