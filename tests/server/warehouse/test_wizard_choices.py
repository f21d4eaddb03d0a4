"""Choices that leave the mapping unfinished: kept, completed by further ones, or taken back."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onefunnel.connectors.mapping_read import read_mapping
from onefunnel.server.warehouse.models import Import
from onefunnel.server.warehouse.queries import current_facts

LEADS = ("Lead No;Company;Created;Stage\n" + "".join(
    f"{n};Company {n};{n % 28 + 1:02}.{n % 9 + 1:02}.2026;{('New', 'Won', 'Lost')[n % 3]}\n"
    for n in range(1, 61)
)).encode()  # fmt: skip
#: Nothing says that these are leads: words no list of stages has.
ODD = ("nr,krok,kdy\n" + "".join(
    f"{n},{('zelen', 'modr')[n % 2]},{n % 28 + 1:02}.03.2026\n" for n in range(1, 61)
)).encode()  # fmt: skip
NEEDS_ID = "Stage history still needs"


class Wizard:
    def __init__(self, client: Any, *files: tuple[str, bytes]) -> None:
        self.client = client
        given = [SimpleUploadedFile(name, data) for name, data in files]
        assert client.post(reverse("data:new"), {"files": given}).status_code == 302
        self.imported = Import.objects.get()

    def at(self, name: str) -> str:
        return reverse(f"data:{name}", args=[self.imported.public_id])

    def page(self) -> str:
        answer = self.client.get(self.at("import"))
        assert answer.status_code == 200
        return unescape(answer.content.decode())

    def address(self, name: str) -> str:
        for file in self.imported.trial["files"]:
            for place, column in enumerate(file["columns"]):
                if column["name"] == name:
                    return reverse(
                        "data:column", args=[self.imported.public_id, file["place"], place]
                    )
        raise KeyError(name)

    def choose(self, column: str, target: str) -> str:
        answer = self.client.post(self.address(column), {"target": target})
        assert answer.status_code == 200, answer.content.decode()[:2000]
        self.imported.refresh_from_db()
        for file in self.imported.trial["files"]:  # every other Change still opens
            for place, _ in enumerate(file["columns"]):
                here = reverse("data:column", args=[self.imported.public_id, file["place"], place])
                assert self.client.get(here).status_code == 200
        return unescape(answer.content.decode())


@pytest.fixture
def wizard(signed_in: Any, operations: Any) -> Any:
    return lambda *files: Wizard(signed_in(operations), *files)


def test_a_history_without_its_stage_waits_for_it(wizard: Any) -> None:
    one = wizard(("odd.csv", ODD))
    said = one.choose("nr", "moves.lead_id")
    assert "Stage history still needs: the stage; choose “Stage history: Stage”" in said
    assert "Stage history still needs: the stage" in one.page()
    assert "the stage" in unescape(one.client.post(one.at("again"), follow=True).content.decode())
    one.imported.refresh_from_db()
    assert one.imported.status == Import.Status.CHECKED
    assert NEEDS_ID not in one.choose("krok", "moves.stage")
    one.choose("kdy", "moves.at")
    assert one.client.post(one.at("again")).status_code == 302
    one.imported.refresh_from_db()
    assert one.imported.trial["facts"]["moves"] == 60


def test_the_lead_of_a_row_is_said_once(wizard: Any) -> None:
    one = wizard(("odd.csv", ODD))
    one.choose("nr", "leads.lead_id")
    assert NEEDS_ID not in one.choose("krok", "moves.stage")
    one.client.post(one.at("again"))
    one.client.post(one.at("begin"))
    facts = current_facts()
    assert facts["leads"].count().execute() == facts["moves"].count().execute() == 60


def test_what_a_file_lost_can_be_given_again_or_taken_back(wizard: Any) -> None:
    one = wizard(("leads.csv", LEADS))
    before = one.imported.mapping
    lost = one.choose("Lead No", "")
    assert (
        "Stage history still needs: the lead's ID; choose “Stage history: Lead id” for its column"
        in lost
    )
    assert "Leads still need: the lead's ID" in lost
    assert "Import these rows" not in one.page()
    refused = one.client.post(one.at("begin"), follow=True).content.decode()
    assert "Leads still need" in refused
    one.imported.refresh_from_db()
    assert one.imported.status == Import.Status.CHECKED
    assert one.client.get(one.at("mapping")).status_code == 200
    assert "Undo this choice" in one.page()
    assert one.client.post(one.at("undo_choice")).status_code == 302
    one.imported.refresh_from_db()
    assert one.imported.mapping == before
    page = one.page()
    assert "Import these rows" in page
    assert "still need" not in page
    assert "Undo this choice" not in page
    assert "no choice to take back" in one.client.post(
        one.at("undo_choice"), follow=True
    ).content.decode()  # fmt: skip


def test_a_choice_taken_back_on_a_file_left_out_leaves_it_out(wizard: Any) -> None:
    one = wizard(("leads.csv", LEADS), ("odd.csv", ODD))
    odd = next(file for file in one.imported.trial["files"] if file["name"] == "odd.csv")
    assert odd["entry"] is None
    said = one.choose("nr", "moves.lead_id")
    assert "Stage history still needs in odd.csv: the stage" in said
    one.choose("kdy", "moves.at")
    one.client.post(one.at("undo_choice"))
    assert "Stage history still needs in odd.csv" in one.page()
    one.client.post(one.at("undo_choice"))
    one.imported.refresh_from_db()
    back = next(file for file in one.imported.trial["files"] if file["name"] == "odd.csv")
    assert back == odd
    assert one.choose("nr", "moves.lead_id")


def test_an_attribute_called_like_a_standard_column_keeps_apart(wizard: Any) -> None:
    one = wizard(("leads.csv", LEADS.replace(b"Company;", b"email;", 1)))
    one.choose("email", "attribute")
    mapping = read_mapping(one.imported.mapping, "mapping")
    names = [n for f in mapping.files for m in f.makes for n, _ in m.attributes]
    assert "source_email" in names
