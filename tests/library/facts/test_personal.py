"""Which columns are personal: by what was said, by all values, by the header."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from onefunnel.facts.findings import Finding
from onefunnel.facts.personal import MASK, decide, named, personal_columns, scrubbed
from onefunnel.facts.personal import scrubbed_finding as seen


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("mobile", "phone"), ("Telefon 2", "phone"), ("PhoneNumber", "phone"), ("phone type", ""),
        ("E-Mail", "e-mail"), ("e_mail", "e-mail"), ("emailOptIn", ""), ("email_campaign", ""),
        ("Ansprechpartner", "person"), ("contact person", "person"), ("Contact", "person"),
        ("first contact", ""), ("birthday", "person"), ("date_of_birth", "person"),
        ("Straße", "person"), ("Billing Street", "person"), ("LinkedIn URL", "person"),
        ("Linkedin campaign", ""),
        ("Private address (street, city)", "person"), ("Street, city", "person"),
        ("Adresse (type)", "person"), ("E-Mail-Adresse", "e-mail"),
        ("IP address", ""), ("email address verified", ""), ("last campaign name", ""),
        ("first name, city", "person"), ("city", ""), ("mobile type", ""),
        ("IBAN", "person"), ("Prénom", "person"), ("Fecha de nacimiento", "person"),
        ("Company name", ""), ("Product name", ""), ("Account", ""), ("website", ""), ("", ""),
    ],
)  # fmt: skip
def test_headers(header: str, kind: str) -> None:
    assert named(header) == kind


def table(**columns: list[object]) -> ibis.Table:
    return ibis.duckdb.connect().create_table("leads", pa.table(columns))


def decided(values: list[object], name: str = "x", said: bool | None = None) -> bool | None:
    given = {} if said is None else {f"leads.{name}": said}
    return decide({"leads": table(**{name: values})}, given).get(f"leads.{name}")


def test_values() -> None:
    words = ["Fair", "Web", None]
    assert decided(words * 20) is None
    assert decided([*words, "ann@firm.example"]) is True
    assert decided([*words * 40, "ann@firm.example"]) is None, "a slip among short words"
    notes = ["called back, wants a machine in spring"] * 300
    assert decided([*notes, "write to ann@firm.example, not to the office"]) is True
    assert decided(["+49 171 5550101", "0171 / 555 01 02", None]) is True
    assert decided(["0012345678", "0012345679"]) is None, "a key that starts with zeros"
    assert decided(["2026-01-02", "01.02.2026"]) is None
    assert decided(["yes", "no"], "E-Mail") is False, "the header errs, the whole column tells"
    assert decided([171555, 171556], "mobile") is True
    assert decided(["Ann Ash"], "Ansprechpartner") is True


def test_a_person_has_the_last_word() -> None:
    assert decided(["ann@firm.example"], said=False) is False
    assert decided(["Fair"], said=True) is True


def test_keys_are_decided_where_their_rows_stand() -> None:
    leads = table(lead_id=["ann@firm.example"])
    moves = leads.mutate(stage=ibis.literal("New"))
    found = decide({"leads": leads, "moves": moves}, {})
    assert found == {"leads.lead_id": True, "moves.lead_id": True}


def test_what_was_not_decided_goes_by_the_declaration_and_the_header() -> None:
    columns = {"leads": ["lead_id", "name", "mobile", "score"], "accounts": ["name", "street"]}
    assert personal_columns(columns, {}) == {"leads.name", "leads.mobile", "accounts.street"}
    said = {"leads.mobile": False, "leads.score": True}
    assert personal_columns(columns, said) == {"leads.name", "leads.score", "accounts.street"}


def test_a_key_is_personal_wherever_it_stands() -> None:
    columns = {"leads": ["lead_id"], "handovers": ["handover_id", "lead_id"]}
    said = {"leads.lead_id": True}
    assert personal_columns(columns, said) == {"leads.lead_id", "handovers.lead_id"}
    assert personal_columns(columns, said | {"handovers.lead_id": False}) == {"leads.lead_id"}


def test_texts_and_findings_lose_addresses() -> None:
    assert scrubbed("ask ann.ash+1@firm.example now") == f"ask {MASK} now"
    assert scrubbed("jörg@müller.example, a@b.example.") == f"{MASK}, {MASK}."
    assert scrubbed("a@b.example@c.example @d.example x@y") == f"{MASK} @d.example x@y"
    assert scrubbed("ann@x ben@y.example") == f"ann@x {MASK}"
    found = Finding("unknown", "leads", "mobile", 1, "no number: 0171", "0171", "mend 0171")
    hidden = seen(found, frozenset({"leads.mobile"}))
    assert (hidden.what, hidden.example, hidden.fix) == (f"no number: {MASK}", MASK, f"mend {MASK}")
    assert seen(found, frozenset()) == found


MANY = 1024 * 1024


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a" * MANY + "@ ", None),
        ("a" * MANY + " @b.example", None),
        ("a" * MANY + "@b.example", MASK),
        ("x@" + "a" * MANY, None),
        ("x@" + "a." * (MANY // 2) + "!", f"{MASK}.!"),
        ("a@" * (MANY // 2), None),
        ("@a.b" * (MANY // 4), f"@{MASK}"),
        ("a@b.c " * (MANY // 6), f"{MASK} " * (MANY // 6)),
    ],
    ids=range(8),
)
def test_the_longest_cell_is_looked_through_once(text: str, seen: str | None) -> None:
    """Were each letter looked at from every other one, these would be 10^12 looks: hours."""
    assert scrubbed(text) == (text if seen is None else seen)


@pytest.mark.parametrize(
    "text", ["jörg@müller.example", "a+b.c@d.example", "ask o'hara@x-y.example!"]
)
def test_the_engine_and_the_mask_agree_on_what_an_address_is(text: str) -> None:
    assert decided([text]) is True
    assert MASK in scrubbed(text)
