"""What the wizard says before somebody writes rows that would mislead."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onefunnel.server.warehouse import commands
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.queries import about_the_data


def csv(prefix: str, *stages: str) -> bytes:
    lines = [
        f"{prefix}{n};Firm {n};{n % 28 + 1:02}.{n % 9 + 1:02}.2026;{stages[n % len(stages)]}\n"
        for n in range(1, 61)
    ]
    return ("Lead No;Company;Created;Stage\n" + "".join(lines)).encode()


def upload(client: Any, name: str, content: bytes, source: str = "") -> Import:
    files = [SimpleUploadedFile(name, content)]
    page = client.post(reverse("data:new"), {"files": files, "source": source})
    assert page.status_code == 302
    return Import.objects.order_by("-pk")[0]


def begin(client: Any, imported: Import) -> Import:
    client.post(reverse("data:begin", args=[imported.public_id]))
    imported.refresh_from_db()
    return imported


def page_of(client: Any, imported: Import) -> str:
    return str(client.get(reverse("data:import", args=[imported.public_id])).content.decode())


def test_other_stages_than_another_source_are_told_above_the_button(
    signed_in: Any, operations: Any
) -> None:
    client = signed_in(operations)
    begin(client, upload(client, "a.csv", csv("A", "New", "Working", "Won", "Lost"), "Sales CRM"))
    second = upload(client, "b.csv", csv("B", "Visit", "Trial", "Paying", "Lost"), "Shop")
    review = page_of(client, second)
    told = "These files name other stages than Sales CRM"
    assert told in review
    assert review.index(told) < review.index("Import these rows")
    begin(client, second)
    found = [one for one in second.findings if one["kind"] == "other-stages"]
    assert len(found) == 1
    assert found[0]["count"] == 3
    assert found[0]["weight"] == "warning"
    for name in ("Visit", "Trial", "Paying", "New", "Working", "Won"):
        assert name in found[0]["what"]
    assert told in page_of(client, second)
    assert "other-stages" in {one["kind"] for one in about_the_data().findings}


def test_a_source_undone_is_compared_with_no_more(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    first = begin(client, upload(client, "a.csv", csv("A", "New", "Won", "Lost"), "Sales CRM"))
    second = begin(client, upload(client, "b.csv", csv("B", "Visit", "Paying", "Gone"), "Shop"))
    third = upload(client, "c.csv", csv("C", "Talk", "Signed", "Shelved"), "Fair")
    told = "name other stages than Sales CRM"
    for one in (second, third):
        assert told in page_of(client, one)
    client.post(reverse("data:undo", args=[first.public_id]))
    for one in (second, third):
        assert told not in page_of(client, one)
    assert "name other stages than Shop" in page_of(client, third)
    assert not any(told in one["what"] for one in about_the_data().findings)


def test_an_undo_that_waits_has_taken_nothing_back_yet(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = begin(client, upload(client, "a.csv", csv("A", "New", "Won", "Lost"), "Sales CRM"))
    assert imported.rows_done == imported.rows_total > 0
    commands.ask_for_undo(import_id=imported.public_id, by=operations)
    page = page_of(client, imported)
    assert "Waiting for its turn" in page
    assert " of " not in page.split('id="progress-text">')[1].split("<")[0]


def test_the_files_are_not_said_to_be_wanted_or_not(
    signed_in: Any, operations: Any, owner: Any
) -> None:
    page = signed_in(operations).get(reverse("data:new")).content.decode()
    assert page.count("may stay empty") == 1  # the name of the system
    assert "(one at least)" in page or "(or name a folder below)" in page
    owned = signed_in(owner).get(reverse("data:new")).content.decode()
    assert "(or name a folder below)" in owned
    assert "(instead of files)" in owned


def test_the_same_stages_are_not_warned_of(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    begin(client, upload(client, "a.csv", csv("A", "New", "Working", "Won", "Lost"), "Sales CRM"))
    second = upload(client, "b.csv", csv("B", "new", "Working", "Offer", "Won", "Lost"), "Shop")
    assert "name other stages" not in page_of(client, second)


def test_a_system_without_a_name_is_a_new_one(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    rows = csv("A", "New", "Won", "Lost")
    begin(client, upload(client, "a.csv", rows, "it"))
    names = [upload(client, name, rows).source for name in ("crm.csv", "it.csv", "CRM.csv")]
    assert [source.name for source in names if source] == ["crm", "it 2", "CRM 2"]
    assert 'value="it"' in client.get(reverse("data:new")).content.decode()
    assert upload(client, "x.csv", rows, "IT").source == Source.objects.get(name="it")


def test_nothing_to_import_offers_no_button_and_says_why(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
    page = page_of(client, upload(client, "leads.csv", picture))
    assert "Import these rows" not in page
    assert page.count("is a picture, not a table") == 1
    assert page.index("is a picture") < page.index("Nothing here can be read as a table")


def test_an_empty_file_gets_one_message(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    files = [SimpleUploadedFile("empty.csv", b"")]
    page = client.post(reverse("data:new"), {"files": files})
    assert page.status_code == 422
    words = page.content.decode()
    assert "empty.csv is empty" in words
    assert "Choose at least one file" not in words
    assert not Import.objects.exists()


def test_one_bad_value_is_a_value_and_no_refused_row(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    rows = csv("A", "New", "Won", "Lost") + b"A61;Firm 61;31.02.2026;New\n"
    imported = upload(client, "a.csv", rows)
    review = page_of(client, imported)
    assert "Values that cannot be used: 1<" in review
    assert "No row is refused" in review
    begin(client, imported)
    assert imported.counts["refused"] == 0
    assert "0 rows refused; 1 value that could not be used" in page_of(client, imported)
