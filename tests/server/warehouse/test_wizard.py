"""The import wizard, as people walk through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onefunnel.agreement.propose import propose
from onefunnel.connectors.mapping_read import read_mapping
from onefunnel.measures.catalogue import compute_measure
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts

STAGES = ("New", "Working", "Won", "Lost")
LINES = [
    f"{n};Company {n};{n % 28 + 1:02}.{n % 9 + 1:02}.2026;{STAGES[n % 4]};{n % 10}\n"
    for n in range(1, 61)
]
LEADS = ("Lead No;Company;Created;Stage;Score\n" + "".join(LINES)).encode()


def upload(client: Any, *files: Any, source: str = "Our CRM") -> Import:
    page = client.post(reverse("data:new"), {"files": list(files), "source": source})
    assert page.status_code == 302, page.content.decode()[:3000]
    return Import.objects.get()


def test_from_empty_to_the_funnel_and_back(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    assert "There is no data yet" in client.get(reverse("data:home")).content.decode()
    assert client.get(reverse("data:new")).status_code == 200
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    here = reverse("data:import", args=[imported.public_id])
    review = client.get(here).content.decode()
    assert "Import these rows" in review
    assert "Lead No" in review
    assert "Company 1" in review
    assert dict(current_facts().tables) == {}

    client.post(reverse("data:begin", args=[imported.public_id]))
    report = client.get(here).content.decode()
    assert "What became of every row" in report
    imported.refresh_from_db()
    counts = imported.counts
    assert counts["rows_in"] == 60
    assert sum(counts[part] for part in ("created", "updated", "skipped", "refused")) == 60
    assert current_facts()["leads"].count().execute() == counts["created"]
    assert "Our CRM" in client.get(reverse("data:home")).content.decode()
    assert "Our CRM" in client.get(reverse("data:jobs")).content.decode()

    client.post(reverse("data:undo", args=[imported.public_id]))
    assert "Taken back" in client.get(here).content.decode()
    assert dict(current_facts().tables) == {}


def test_a_column_can_be_said_to_be_something_else(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    columns = [column["name"] for column in imported.trial["files"][0]["columns"]]
    place = columns.index("Score")
    address = reverse("data:column", args=[imported.public_id, 0, place])
    choice = client.get(address).content.decode()
    assert "What is in it?" in choice
    assert '<optgroup label="Leads (made of this file)">' in choice
    assert "Created: when the lead entered the funnel" in choice
    row = client.post(address, {"target": "leads.segment"}).content.decode()
    assert "Leads: segment" in row
    client.post(reverse("data:again", args=[imported.public_id]))
    client.post(reverse("data:begin", args=[imported.public_id]))
    found = current_facts()["leads"].segment.to_pyarrow().to_pylist()
    assert set(found) == {str(n) for n in range(10)}
    refused = client.post(address, {"target": "leads.nonsense"})
    assert refused.status_code == 422


def test_stages_can_be_put_in_order(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    names = [stage["stage"] for stage in imported.trial["stages"]]
    order = ["Won", "New", "Working", "Lost"]
    said = {}
    for at, name in enumerate(names):
        said[f"place-{at}"] = order.index(name)
        said[f"kind-{at}"] = {"New": "won", "Lost": "lost"}.get(name, "open")
    client.post(reverse("data:stages", args=[imported.public_id]), said)
    imported.refresh_from_db()
    assert [(one["stage"], one["kind"]) for one in imported.trial["stages"]] == [
        ("Won", "open"), ("New", "won"), ("Working", "open"), ("Lost", "lost"),
    ]  # fmt: skip


def test_spellings_of_one_stage_are_one_line(signed_in: Any, operations: Any) -> None:
    """As the funnel counts them: `NEW` and `New` are one stage, put in order and named once."""
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS.replace(b";New;", b";NEW;", 1)))
    (new,) = (one for one in imported.trial["stages"] if one["stage"].lower() == "new")
    assert [*new["also"], new["stage"]] in (["NEW", "New"], ["New", "NEW"])
    page = client.get(reverse("data:import", args=[imported.public_id])).content.decode()
    assert "also written" in page
    names = [one["stage"] for one in imported.trial["stages"]]
    said = {f"kind-{at}": "open" for at in range(len(names))}
    said |= {f"kind-{names.index(new['stage'])}": "lost"}
    client.post(reverse("data:stages", args=[imported.public_id]), said)
    imported.refresh_from_db()
    kinds = {one.stage: one.kind for one in read_mapping(imported.mapping, "mapping").stages}
    assert (kinds["NEW"], kinds["New"]) == ("lost", "lost")


def test_a_mapping_with_a_mistake_says_its_line(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    address = reverse("data:mapping", args=[imported.public_id])
    wrong = client.post(address, {"text": "title: x\nfiles: nonsense\n"})
    assert wrong.status_code == 422
    assert "line 2" in wrong.content.decode()
    text = client.get(reverse("data:mapping_yaml", args=[imported.public_id])).content
    right = client.post(address, {"file": SimpleUploadedFile("mapping.yaml", text)})
    assert right.status_code == 302


def test_the_mapping_of_a_system_is_remembered(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    imported = upload(client, SimpleUploadedFile("leads.csv", LEADS))
    place = [c["name"] for c in imported.trial["files"][0]["columns"]].index("Score")
    client.post(
        reverse("data:column", args=[imported.public_id, 0, place]), {"target": "leads.segment"}
    )
    client.post(reverse("data:begin", args=[imported.public_id]))
    later = LEADS + b"61;Elm Ltd;16.02.2026;New;3\n"
    client.post(
        reverse("data:new"),
        {"files": [SimpleUploadedFile("leads.csv", later)], "source": "our crm"},
    )
    second = Import.objects.order_by("-pk")[0]
    assert second.source == imported.source
    score = second.trial["files"][0]["columns"][place]
    assert score["target"] == "leads.segment"


def test_who_may_not_import_is_refused(signed_in: Any, marketer: Any, outsider: Any) -> None:
    for person in (marketer, outsider):
        client = signed_in(person)
        assert client.get(reverse("data:home")).status_code == 200
        assert client.get(reverse("data:new")).status_code == 403
        assert client.get(reverse("data:jobs")).status_code == 403


def test_a_folder_of_the_server_is_for_those_who_run_it(
    signed_in: Any, make_person: Any, tmp_path: Path
) -> None:
    head = make_person("Hal Head", team="sales", role="lead")
    client = signed_in(head)
    assert 'name="folder"' not in client.get(reverse("data:new")).content.decode()
    refused = client.post(reverse("data:new"), {"folder": "/etc", "source": "x"})
    assert refused.status_code == 422
    assert not Import.objects.exists()


@pytest.mark.parametrize("folder", ["etc", "/nowhere/at/all", "{workspace}"])
def test_folders_that_cannot_be_read_are_refused_in_words(
    folder: str, signed_in: Any, owner: Any, workspace: Path
) -> None:
    client = signed_in(owner)
    given = folder.replace("{workspace}", str(workspace))
    page = client.post(reverse("data:new"), {"folder": given})
    assert page.status_code == 422
    assert not Import.objects.exists()


def test_refused_rows_can_be_taken_to_a_spreadsheet(signed_in: Any, operations: Any) -> None:
    client = signed_in(operations)
    bad = LEADS + b'61;"=HYPERLINK(""http://x"")";nonsense =1+1;New;3\n'
    imported = upload(client, SimpleUploadedFile("leads.csv", bad))
    client.post(reverse("data:begin", args=[imported.public_id]))
    address = reverse("data:refused", args=[imported.public_id])
    for_people = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    raw = b"".join(client.get(address + "?as=raw").streaming_content).decode()
    assert for_people.splitlines()[0] == "file,row,column,value,reason,fix"
    assert "nonsense =1+1" in raw
    assert "\n=" not in for_people
    assert ",=" not in for_people


@pytest.mark.data
@pytest.mark.slow
def test_the_maven_exports_through_the_wizard(
    signed_in: Any, operations: Any, exports: Path
) -> None:
    client = signed_in(operations)
    files = [
        SimpleUploadedFile(path.name, path.read_bytes())
        for path in sorted((exports / "maven_crm").glob("*.csv"))
    ]
    imported = upload(client, *files, source="Maven")
    client.post(reverse("data:begin", args=[imported.public_id]))
    facts = current_facts()
    rows = compute_measure("stages", facts, propose(facts)).rows
    assert sum(row["open"] for row in rows) == 2089
    assert sum(row["lost"] for row in rows) == 2473
    assert next(row["reached"] for row in rows if row["stage"] == "Won") == 4238
    assert rows[0]["reached"] == 8800
    imported.refresh_from_db()
    kinds = {found["kind"] for found in imported.findings}
    assert {"unknown-key", "blank-key", "misspelt"} <= kinds
