"""T39, the words that come by other doors: files, what people call themselves, the agreement.

The sixty texts of `evil` stand in names of uploaded files, in their headers and cells, in names of
people, keys and notices, in the name of the workspace, and in every free text of an agreement.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree.commands import import_agreement
from onefunnel.server.notify.models import Notice
from onefunnel.server.people import keys
from onefunnel.server.people.models import Person, Workspace
from tests.server.warehouse.conftest import workspace  # noqa: F401, its fixture
from tests.trust.evil import PAYLOADS
from tests.trust.watch import Watch

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: What of an agreement is no free text.
_FIXED = {
    "kind", "when", "status", "version", "currency", "lane", "measure", "measures", "model", "per",
}  # fmt: skip


def file_name(text: str) -> str:
    """The text as a file may be called; the one sign that no system allows is left out."""
    return f"{text.replace('/', '|')}.csv"


def table(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def evil_files() -> list[dict[str, Any]]:
    """A funnel whose every column and cell is evil, and a small file of each evil name."""
    days = [f"2026-03-{1 + n % 28:02}" for n in range(len(PAYLOADS))]
    header = ["Lead ID", "Stage", "Created Date", *PAYLOADS]
    rows = [
        [f"{text} {n}", PAYLOADS[n % 7], days[n] if n else text, *(PAYLOADS[n:] + PAYLOADS[:n])]
        for n, text in enumerate(PAYLOADS)
    ]
    files = [(file_name(PAYLOADS[0]), table(header, rows))]
    files += [
        (file_name(f"{n} {text}"), table([text, "b"], [[text, "1"], [text, "2", "3"]]))
        for n, text in enumerate(PAYLOADS)
    ]
    return [{"name": name, "mimeType": "text/csv", "buffer": data} for name, data in files]


def test_names_headers_and_cells_of_files_stay_text(
    page: Any, signed_in_page: Any, live_server: Any, operations: Any
) -> None:
    signed_in_page(operations, "/")
    watch = Watch(page, live_server.url)
    page.set_default_timeout(120_000)  # the files are read before the answer comes
    watch.open(reverse("data:new"))
    page.set_input_files("input[type=file]", evil_files())
    page.fill("[name=source]", PAYLOADS[3])
    page.click("text=Read the files")
    page.wait_for_selector("text=Import these rows")
    watch.look("review")
    shown = page.inner_text("body")
    assert sum(text in shown for text in PAYLOADS) > 30
    address = page.url.removeprefix(live_server.url)
    page.locator("main summary", has_text=".csv").last.click()
    page.locator("button:visible", has_text="Change").last.click()
    page.wait_for_selector("text=What is in it?")
    watch.look("choice of a column")
    watch.open(f"{address}mapping/")
    watch.open(address)
    page.click("text=Import these rows")
    page.wait_for_selector("text=What became of every row")
    watch.look("report")
    for path in (reverse("data:home"), reverse("data:jobs"), "/", "/run/leads/"):
        watch.open(path)


def evil_words(value: Any, texts: Iterator[str]) -> Any:
    """The same document with every free text replaced."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{
                one.name: evil_words(getattr(value, one.name), texts)
                for one in fields(value)
                if one.init and one.name not in _FIXED
            },
        )
    if isinstance(value, tuple):
        return tuple(evil_words(one, texts) for one in value)
    return f"{next(texts)} {value[:1]}" if isinstance(value, str) and value else value


def test_what_people_write_stays_text(
    page: Any, signed_in_page: Any, live_server: Any, owner: Any, now: Any
) -> None:
    Person.objects.filter(pk=owner.pk).update(name=PAYLOADS[3])
    for n, text in enumerate(PAYLOADS):
        Person.objects.create_user(f"p{n}@example.com", None, name=text, team="sales")
        keys.make_key(label=text[:80], scope="read", days=90, by=owner, at=now)
        Notice.objects.create(
            person=owner, at=now + timedelta(seconds=n), title=text, text=text, key=f"k{n}",
            url="/inbox/",
        )  # fmt: skip
    Workspace.objects.update_or_create(pk=1, defaults={"name": PAYLOADS[2]})
    signed_in_page(owner, "/")
    watch = Watch(page, live_server.url)
    for path in ("/settings/people/", "/settings/keys/", "/inbox/"):
        watch.open(path)
        shown = page.inner_text("body")
        assert sum(text in shown for text in PAYLOADS) > 40, path
    for path in ("/", "/settings/changes/", "/settings/workspace/", "/settings/profile/"):
        watch.open(path)


def test_what_an_agreement_says_stays_text(
    page: Any, signed_in_page: Any, live_server: Any, owner: Any, now: Any, tmp_path: Path
) -> None:
    texts = cycle(PAYLOADS)
    shown: set[str] = set()
    signed_in_page(owner, "/")
    watch = Watch(page, live_server.url)
    for name in ("b2b_installed_base", "demand_waterfall"):
        document = evil_words(load(name), texts)
        made = import_agreement(text=write_yaml(document), by=owner, at=now, name=PAYLOADS[0])
        for path in ("/agree/", "/agree/versions/", f"/agree/versions/{made.public_id}/"):
            watch.open(path)
            body = page.inner_text("body")
            shown |= {text for text in PAYLOADS if text in body}
    assert len(shown) > 50
    watch.open("/agree/bring-in/")
    page.get_by_label("Or the text itself").fill("\n".join(PAYLOADS))
    page.locator("main form button").last.click()
    page.wait_for_load_state()
    watch.look("an agreement refused")
