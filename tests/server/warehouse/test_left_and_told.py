"""What the Data pages say of imports that were left, of values that are alike, and of undoing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onefunnel.server.record.templatetags.set_off import set_off
from onefunnel.server.site.bringing_in import bring_in
from onefunnel.server.warehouse.models import Import
from tests.server.warehouse.test_wizard import LEADS, upload

HEADER = "Lead No;Created;Stage;Score\n"
ODD = (
    HEADER
    + "".join(f"{n};{n % 28 + 1:02}.{n % 9 + 1:02}.2026;New;{n}\n" for n in range(1, 201))
    + "".join(f"{n};soon;New;{n}\n" for n in range(201, 214))
).encode()


def page(client: Any, name: str, *args: object) -> str:
    return str(client.get(reverse(name, args=args)).content.decode())


def test_an_import_that_was_left_waits_on_today_and_data(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    assert "waits for you" not in page(client, "today") + page(client, "data:home")
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    address = reverse("data:import", args=[imported.public_id])
    for name in ("today", "data:home"):
        shown = page(client, name)
        assert "An import waits for you" in shown
        assert "Our CRM" in shown
        assert shown.count('class="button main"') == 1
        assert f'<a class="button main" href="{address}">Continue</a>' in shown
    client.post(reverse("data:begin", args=[imported.public_id]))
    assert "waits for you" not in page(client, "today") + page(client, "data:home")
    client.post(reverse("data:undo", args=[imported.public_id]))
    assert "waits for you" not in page(client, "today") + page(client, "data:home")


def test_an_import_that_failed_waits_too_with_its_reason(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    Import.objects.update(status=Import.Status.FAILED, error="The disk is full.")
    for name in ("today", "data:home"):
        assert "The disk is full." in page(client, name)
    assert str(imported.public_id) in page(client, "today")


def test_who_may_not_import_is_not_sent_there(
    signed_in: Any, operations: Any, marketer: Any
) -> None:
    upload(signed_in(operations), SimpleUploadedFile("leads.csv", LEADS))
    client = signed_in(marketer)
    assert "waits for you" not in page(client, "today") + page(client, "data:home")


def test_a_value_that_is_refused_in_many_rows_is_told_once(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", ODD))
    review = page(client, "data:import", imported.public_id)
    assert "Values that cannot be used: 13<" in review
    assert review.count(">soon</td>") == 1
    assert '>soon</td><td class="number">13</td>' in review
    assert "the whole list can be downloaded" not in review


def test_undoing_counts_facts_and_says_of_how_many_rows(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    client.post(reverse("data:begin", args=[imported.public_id]))
    report = page(client, "data:import", imported.public_id)
    imported.refresh_from_db()
    facts = {name: one["created"] for name, one in imported.counts["facts"].items()}
    total = sum(facts.values())
    assert f"These are rows of the files. They wrote {total} facts: " in report
    assert f"{facts['leads']} leads" in report
    client.post(reverse("data:undo", args=[imported.public_id]))
    undone = page(client, "data:import", imported.public_id)
    assert f"of its 60 source rows, which had written {total} facts" in undone
    assert f"{total} facts were removed and 0 restored" in undone


@pytest.mark.django_db
def test_bringing_in_says_how_many_cells_could_not_be_read(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "leads.csv").write_bytes(ODD)
    said: list[str] = []
    bring_in(exports, mapping=None, say=said.append, progress=lambda *args: None)
    (line,) = [one for one in said if " rows: " in one]
    assert line == "213 rows: 213 new, 0 updated, 0 skipped, 0 refused, 13 cells could not be read."


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("set `date:` of it", "set <code>date:</code> of it"),
        ("`<b>` & `x`", "<code>&lt;b&gt;</code> &amp; <code>x</code>"),
        ("one ` alone <i>", "one ` alone &lt;i&gt;"),
    ],
)
def test_what_stands_between_backticks_is_set_as_code(text: str, html: str) -> None:
    assert set_off(text) == html
