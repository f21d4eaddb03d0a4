"""Which leads are the same person: decided by key, or put before a person."""

from datetime import datetime

import ibis
import pytest

from onefunnel.learn.duplicates import find_duplicates
from onefunnel.learn.probable import probable_duplicates
from onefunnel.simulate.company.company import simulate

UNTIL = datetime(2026, 11, 21, 12)
COLUMNS = ("lead_id", "created_at", "name", "email", "phone", "country", "company", "account_id")


def leads(*rows, columns=COLUMNS[:4]):
    filled = [(str(place), datetime(2026, 1, place), *row) for place, row in enumerate(rows, 1)]
    schema = {
        name: "timestamp" if name == "created_at" else "string"
        for name in ("lead_id", "created_at", *columns[2:])
    }
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in filled], schema=schema)


def pairs(table, **options):
    found = find_duplicates(table, **options).to_pylist()
    return [(row["kept_id"], row["lead_id"], row["zone"]) for row in found]


def test_the_same_mailbox_is_one_person_and_the_first_lead_is_kept():
    table = leads(
        ("Ann Lee", "ann@acme.example"),
        ("Bob Ray", "bob@acme.example"),
        ("A. Lee", " ANN+fair@Acme.example"),
    )
    assert pairs(table) == [("1", "3", "automatic")]
    assert find_duplicates(table)["why"].to_pylist() == [
        "same e-mail ann@acme.example, written 2 ways"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Ann Lee", "ann@acme.example"), ("Bob Ray", "ann@acme.example")),
        (("Ann Lee", "a.lee@acme.example"), ("Ann Lee", "alee@acme.example")),
        (("Ann Lee", "ann@acme.example"), ("Ann Lee", "аnn@acme.example")),
    ],
)
def test_doubtful_ones_are_for_a_person(one, other):
    assert pairs(leads(one, other)) == [("1", "2", "review")]


def test_a_mailbox_of_the_firm_makes_nobody_the_same():
    assert pairs(leads(("Ann Lee", "info@acme.example"), ("Bob Ray", "info@acme.example"))) == []


def test_two_firms_with_one_address_are_for_a_person():
    columns = ("lead_id", "created_at", "name", "email", "company")
    table = leads(
        ("Ann Lee", "ann@post.example", "Acme Ltd"),
        ("Ann Lee", "ann@post.example", "Borva GmbH"),
        columns=columns,
    )
    assert pairs(table) == [("1", "2", "review")]
    assert "the companies differ: Acme Ltd / Borva GmbH" in find_duplicates(table)["why"][0].as_py()
    same = leads(
        ("Ann Lee", "ann@post.example", "Acme Ltd"),
        ("Ann Lee", "ann@post.example", "ACME LIMITED"),
        columns=columns,
    )
    assert pairs(same) == [("1", "2", "automatic")]


def test_a_telephone_number_needs_the_full_name_beside_it():
    columns = ("lead_id", "created_at", "name", "phone", "country")
    table = leads(
        ("Ann Lee", "01632 960123", "United Kingdom"),
        ("Ann Lee", "+44 (0)1632 960 123", None),
        ("Bob Ray", "01632 960777", "GB"),
        (None, "01632 960 777", "GB"),
        columns=columns,
    )
    assert pairs(table) == [("1", "2", "automatic"), ("3", "4", "review")]


def test_more_than_ten_leads_with_one_address_are_for_a_person():
    table = leads(*[("Ann Lee", "ann@acme.example")] * 11)
    found = pairs(table)
    assert len(found) == 10
    assert {zone for _, _, zone in found} == {"review"}
    assert len(pairs(leads(*[("Ann Lee", "ann@acme.example")] * 10))) == 9


def test_two_ids_of_the_source_are_never_merged_by_themselves():
    columns = ("lead_id", "created_at", "name", "email", "contact")
    table = leads(
        ("Ann Lee", "ann@acme.example", "c1"), ("Ann Lee", "ann@acme.example", "c2"),
        columns=columns,
    )  # fmt: skip
    assert pairs(table, external_id="contact") == [("1", "2", "review")]
    assert pairs(table) == [("1", "2", "automatic")]


def test_a_chain_of_keys_is_looked_at_as_a_whole():
    # 1 and 2 share a mailbox, 2 and 3 a number: together three leads of one person ...
    columns = ("lead_id", "created_at", "name", "email", "phone", "country", "company")
    chain = leads(
        ("Ann Lee", "ann@acme.example", None, "GB", "Acme"),
        ("Ann Lee", "ann@acme.example", "01632 960123", "GB", None),
        ("Ann Lee", None, "01632960123", "GB", None),
        columns=columns,
    )
    assert pairs(chain) == [("1", "2", "automatic"), ("1", "3", "automatic")]
    # ... unless the ends of the chain disagree.
    broken = leads(
        ("Ann Lee", "ann@acme.example", None, "GB", "Acme"),
        ("Ann Lee", "ann@acme.example", "01632 960123", "GB", None),
        ("Ann Lee", None, "01632960123", "GB", "Borva"),
        columns=columns,
    )
    assert {zone for _, _, zone in pairs(broken)} == {"review"}


@pytest.mark.parametrize("columns", [("lead_id",), ("lead_id", "created_at", "name")])
def test_leads_without_anything_to_compare_have_no_duplicates(columns):
    table = leads(("Ann Lee", "ann@acme.example")).select(*columns)
    assert find_duplicates(table).num_rows == 0
    assert probable_duplicates(table).num_rows == 0


def test_no_leads_at_all():
    table = leads(("Ann Lee", "ann@acme.example")).limit(0)
    assert find_duplicates(table).num_rows == 0
    assert probable_duplicates(table).num_rows == 0


@pytest.fixture(scope="module")
def simulated():
    company = simulate(seed=7, until=UNTIL, leads=4_000)
    table = ibis.memtable(company.tables["leads"])
    found = find_duplicates(table)
    return company, table, found, probable_duplicates(table, known=found)


def test_in_the_simulated_company_automatic_pairs_are_right_and_the_rest_is_reviewed(simulated):
    company, _, found, probable = simulated
    same = company.planted.same_person
    rows = found.to_pylist() + probable.to_pylist()

    def person(lead: str) -> str:
        return same.get(lead, lead)

    automatic = [row for row in rows if row["zone"] == "automatic"]
    assert len(automatic) > 40
    assert all(person(row["kept_id"]) == person(row["lead_id"]) for row in automatic)
    reached = {row["lead_id"] for row in rows}
    assert len(set(same) - reached) <= 0.02 * len(same)
    wrong = [row for row in rows if person(row["kept_id"]) != person(row["lead_id"])]
    assert len(wrong) <= 0.1 * len(rows)


def test_probable_pairs_are_for_review_with_a_reason_and_a_probability(simulated):
    _, table, found, probable = simulated
    rows = probable.to_pylist()
    assert rows
    assert all(row["zone"] == "review" and 0.5 <= row["probability"] <= 1 for row in rows)
    assert all("same " in row["why"] for row in rows)
    assert rows == probable_duplicates(table, known=found).to_pylist()


def test_a_few_leads_are_enough_for_a_probable_pair():
    columns = ("lead_id", "created_at", "name", "company", "email")
    table = leads(
        ("Kian Lorrane", "Caleldale Juice Ltd", None),
        ("Kian Lorranne", "Caleldale Juice", None),
        ("Ida Brandvik", "Caleldale Juice", None),
        ("Kian Lorrane", "Borva GmbH", None),
        columns=columns,
    )
    found = [(row["kept_id"], row["lead_id"]) for row in probable_duplicates(table).to_pylist()]
    assert found == [("1", "2")]
