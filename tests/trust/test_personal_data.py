"""A role that may not see personal data sees none of it: not on any page, answer or download.

Every personal value of the files brought in holds a canary ("finchbird"); everything that can be
asked for is asked for by each role, and it is looked for in every byte of every answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from onefunnel.server.people.sealed import seal
from onefunnel.server.warehouse.duplicates.rows import Merge
from onefunnel.server.warehouse.models import Import
from tests.trust.page_walk import addresses as every_address
from tests.trust.page_walk import walk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HEAD = (
    "E-Mail,Company,Created,Stage,Source,Ansprechpartner,mobile,birthday,street,LinkedIn,"
    "contact person,IBAN,remark,Responsible,owner mail,direct line,"
    "Nom de l'entreprise,Street; city\n"
)
#: A column named with an apostrophe, and a text that only looks like a personal column.
APOSTROPHE = "\"Nom de l'entreprise\" <> 'mobile' AND company <> '\"mobile\"'"
STAGES = ("New", "Working", "Won", "Lost")
#: What no answer may hold, small: e-mails, names, notes; numbers to call; a day of birth.
CANARIES = (b"finchbird", b"555 01", b"55501", b"1961")
PERSONAL = ("Ansprechpartner", "mobile", "birthday", "street", "LinkedIn", "contact person", "IBAN",
            "remark", "owner mail", "direct line", "Street; city")  # fmt: skip


def line(n: int) -> str:
    day = f"2026-{n % 9 + 1:02}-{n % 28 + 1:02}" if n != 7 else "the finchbird's day"
    note = (
        f"asked us to write to finchbird{n}@home.example"
        if n == 9
        else "wants a machine and soon says"
    )
    return (
        f"finchbird{n}@firm.example,Company {n % 12},{day},{STAGES[n % 4]},Fair,Finchbird Bird {n},"
        f"+49 171 555 01{n % 90 + 10},1961-02-{n % 28 + 1:02},{n} Finchbird Road,in/finchbird-{n},"
        f"Mr Finchbird {n},DE00FINCHBIRD{n},{note} of number {n},Sam,finchbird{n % 3}@ours.example,"
        f"0171 555 01{n % 90 + 10},Company {n % 12},{n} Finchbird Road Exeter\n"
    )


MAPPING = """
title: CRM
files:
  - file: leads.csv
    makes:
      - table: leads
        columns: {lead_id: E-Mail, created_at: Created, source: Source, company: Company}
        keep others: true
      - table: moves
        columns: {lead_id: E-Mail, at: Created, stage: Stage}
"""


@pytest.fixture
def brought(workspace: Path, signed_in: Any, operations: Any) -> Import:
    """Leads whose keys are e-mail addresses, with the personal columns of half a dozen firms."""
    client = signed_in(operations)
    text = (HEAD + "".join(line(n) for n in range(60))).encode()
    sent = {"files": [SimpleUploadedFile("leads.csv", text)], "source": "CRM", "mapping": MAPPING}
    answer = client.post("/api/data/imports", {**sent, "begin": "true"})
    assert answer.status_code == 202, answer.content
    imported = Import.objects.get()
    assert imported.status == Import.Status.DONE, imported.error
    return imported


class Heard:
    """A client that keeps what it was answered."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.answers: dict[str, tuple[int, bytes]] = {}

    def get(self, path: str, **given: Any) -> Any:
        answer = self._client.get(path, **given)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        heads = "\n".join(f"{name}: {value}" for name, value in answer.items()).encode()
        self.answers[path] = (answer.status_code, heads + b"\n" + body)
        return answer

    def holding(self) -> dict[str, str]:
        """The answers that hold a canary, with the place of the first."""
        found = {}
        for path, (_, body) in self.answers.items():
            small = body.lower()
            at = next((small.find(one) for one in CANARIES if one in small), -1)
            if at >= 0:
                found[path] = small[max(0, at - 120) : at + 60].decode(errors="replace")
        return found


def asked_of(imported: Import) -> Iterator[str]:
    """Every address of the program, those with parts filled in from the import; and questions."""
    key = str(imported.public_id)
    given = {"public_id": key, "file": 0, "place": 0, "measure": "stages", "kind": "svg",
             "lead_id": "finchbird5@firm.example", "import_id": key, "name": "stages"}  # fmt: skip

    yield from (path for path in every_address(given) if "finchbird" not in path)
    yield from (
        "/search?q=finch",
        "/search/?q=finch",
        "/search/hits/?q=finch",
        "/run/leads/?q=finch",
        "/run/leads/?q=5",
    )
    yield "/run/accounts/?q=finch"
    yield "/api/measure/stages/list?figure=leads"
    yield "/api/measure/value/list?figure=leads"
    yield "/measure/list.csv?measure=stages&figure=leads"
    for figure in ("reached", "open", "lost"):
        yield f"/measure/list/?measure=stages&figure={figure}&row.stage=New"
        yield f"/measure/list/?measure=stages&figure={figure}&row.stage=New&sort=lead_id"
        yield f"/api/measure/stages/list?figure={figure}&row.stage=New"


def test_a_viewer_finds_no_canary_in_any_byte_of_any_answer(
    brought: Import, signed_in: Any, outsider: Any
) -> None:
    client = Heard(signed_in(outsider))
    pages = list(walk(client))
    assert len(pages) > 25
    for path in asked_of(brought):
        client.get(path)
    statuses = [status for status, _ in client.answers.values()]
    assert statuses.count(200) > 40, statuses
    assert max(statuses) < 500
    assert not (held := client.holding()), "\n".join(f"{p}: {h}" for p, h in held.items())


def test_a_viewer_is_refused_numbers_by_a_personal_column_and_finds_leads_by_links_that_hide_them(
    brought: Import, signed_in: Any, outsider: Any
) -> None:
    client = signed_in(outsider)
    for column in (*PERSONAL, "lead_id", "email"):
        predicate = f"\"{column}\" LIKE 'c%'"
        for start in ("/measure/funnel/?", "/api/measure/stages?"):
            for asked in (f"by={quote(column)}", f"where={quote(predicate)}"):
                answer = client.get(start + asked)
                assert answer.status_code == 422, (asked, answer.content.decode()[-900:])
                assert "personal data" in answer.content.decode()
            for written in (column.upper(), column.title()):
                split = f'"Nom de l\'entreprise" IS NOT NULL AND "{written}" LIKE \'+49 171%\''
                for asked in (split, f'"leads"."{written}" = \'a\'', f"NOT ({split})"):
                    answer = client.get(start + f"where={quote(asked)}")
                    assert answer.status_code == 422, asked
                    assert "personal data" in answer.content.decode(), asked
    for start in ("/measure/funnel/?", "/api/measure/stages?"):
        answer = client.get(f"{start}where={quote('company = ')}")
        assert answer.status_code == 422
        assert client.get(f"{start}where={quote(APOSTROPHE)}").status_code == 200
    for column in ("source", "company"):
        assert client.get(f"/api/measure/stages?by={column}").status_code == 200
    for listed in ("/run/leads/", "/measure/list/?measure=stages&figure=leads"):
        page = client.get(listed).content.decode()
        links = {part.split('"')[0] for part in page.split('href="')[1:]}
        opened = [link for link in links if link.startswith("/run/leads/sealed")]
        assert len(opened) >= 50, listed
        lead = client.get(opened[0])
        assert lead.status_code == 200
        assert "Where it stands" in lead.content.decode()


def test_a_viewer_learns_of_nobody_by_writing_out_a_key(
    brought: Import, signed_in: Any, outsider: Any
) -> None:
    known, unknown = "finchbird5@firm.example", "finchbird999@firm.example"
    Merge.objects.create(
        kept_lead="finchbird6@firm.example",
        merged_lead="finchbird7@firm.example",
        at=timezone.now(),
    )
    client = signed_in(outsider)
    for room in ("leads", "accounts"):
        answers = [
            client.get(f"/run/{room}/{quote(key, safe='')}/")
            for key in (known, unknown, "finchbird7@firm.example", "sealed~AAAA", "sealed~")
        ]
        assert [answer.status_code for answer in answers] == [404] * 5, room
    assert client.get(f"/run/leads/{seal(known)}/").status_code == 200
    gone = client.get(f"/run/leads/{seal(unknown)}/")
    assert gone.status_code == 404
    assert "finchbird" not in gone.content.decode()
    merged = client.get(f"/run/leads/{seal('finchbird7@firm.example')}/")
    assert merged.status_code == 302
    assert merged["Location"] == reverse("run:lead", args=[seal("finchbird6@firm.example")])

    def first(query: str) -> str:
        page = client.get(f"/run/leads/?{query}").content.decode()
        return page.split('href="/run/leads/sealed')[1].split('"')[0]

    for moment in ("", "2026-05-14T00:00:00"):
        for key in ("finchbird3@firm.example", "finchbird3", "z"):
            assert first(f"after={quote(f'{moment}~{key}')}") == first("")
    for word in ("source", "owner", "segment"):
        assert 'data-of-list="0"' in client.get(f"/run/leads/?{word}={known}").content.decode()


def test_roles_with_the_right_see_it(brought: Import, signed_in: Any, make_person: Any) -> None:
    for role in ("member", "lead", "owner"):
        person = make_person("Pat Right", role=role, team="sales", email=f"{role}@example.com")
        client = Heard(signed_in(person))
        client.get("/run/leads/")
        client.get("/run/leads/finchbird5%40firm.example/")
        client.get("/api/measure/stages/list?figure=leads")
        client.get("/measure/list.csv?measure=stages&figure=leads")
        client.get("/search?q=finchbird5")
        assert set(client.holding()) == set(client.answers)
        assert b"+49 171 555 01" in client.answers["/run/leads/finchbird5%40firm.example/"][1]


def test_the_decision_is_kept_with_the_import_and_can_be_corrected(
    brought: Import, signed_in: Any, operations: Any, outsider: Any
) -> None:
    decided = brought.personal
    assert all(decided[f"leads.{name}"] for name in (*PERSONAL, "lead_id"))
    assert not any(
        decided.get(f"leads.{name}") for name in ("company", "source", "Responsible", "Stage")
    )

    client = signed_in(operations)
    text = (HEAD + "".join(line(n) for n in range(60, 120))).encode()
    sent = {"files": [SimpleUploadedFile("leads.csv", text)], "source": "CRM"}
    client.post(reverse("data:new"), sent)
    again = Import.objects.order_by("-pk")[0]
    columns = again.trial["files"][0]["columns"]
    place = [one["name"] for one in columns].index("LinkedIn")
    assert columns[place]["personal"]
    address = reverse("data:column", args=[again.public_id, 0, place])
    assert "Is it about a person?" in client.get(address).content.decode()
    kept = {"target": columns[place]["target"], "date": columns[place]["date"]}
    assert client.post(address, {**kept, "personal": "no"}).status_code == 200
    again.refresh_from_db()
    assert "personal: false" in again.mapping
    client.post(reverse("data:again", args=[again.public_id]))
    client.post(reverse("data:begin", args=[again.public_id]))
    again.refresh_from_db()
    assert again.personal["leads.LinkedIn"] is False
    assert again.personal["leads.mobile"] is True
    viewer = signed_in(outsider)
    assert viewer.get("/api/measure/stages?by=LinkedIn").status_code == 200
    assert viewer.get("/api/measure/stages?by=mobile").status_code == 422
