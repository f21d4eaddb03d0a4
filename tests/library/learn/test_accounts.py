"""Which account a lead belongs to."""

import ibis
import pytest

from onefunnel.learn.accounts import match_accounts

ACCOUNTS = ibis.memtable(
    {
        "account_id": ["a", "b", "c", "d", "e"],
        "name": ["Acme Ltd", "Borva GmbH", "Borva SAS", "Müller & Söhne GmbH", "Post"],
        "domain": ["www.acme.co.uk", "borva.example", "borva.example", None, "gmail.com"],
        "country": ["United Kingdom", "Germany", "France", "Germany", "Germany"],
    }
)
TEXT = dict.fromkeys(("lead_id", "account_id", "email", "company", "country"), "string")


@pytest.mark.parametrize(
    ("given", "email", "company", "country", "account", "how"),
    [
        ("b", "ann@acme.co.uk", "Acme", "GB", "b", "given"),
        ("gone", "ann@mail.acme.co.uk", None, None, "a", "domain"),
        (None, "ann@acme-group.example", None, None, "a", "alias"),
        (None, "ann@gmail.com", "ACME LIMITED", None, "a", "name"),
        (None, None, "Müller und Söhne", "DE", None, "none"),
        (None, None, "MÜLLER & SÖHNE", "Deutschland", "d", "name"),
        (None, "ann@borva.example", None, None, None, "none"),
        (None, "ann@borva.example", "Borva", "France", "c", "name"),
        (None, None, "Acme", "Germany", None, "none"),
        (None, "ann@gmail.com", None, None, None, "none"),
    ],
)
def test_the_surest_sign_decides(given, email, company, country, account, how):
    lead = dict(zip(TEXT, ("1", given, email, company, country), strict=True))
    table = ibis.memtable([lead], schema=TEXT)
    found = match_accounts(table, ACCOUNTS, aliases={"acme-group.example": "a"}).to_pylist()
    assert [(row["account_id"], row["how"]) for row in found] == [(account, how)]
    assert found[0]["why"]


def test_missing_columns_are_no_reason_to_fail():
    table = ibis.memtable({"lead_id": ["1", "2"]})
    accounts = ibis.memtable({"account_id": ["a"]})
    assert match_accounts(table, accounts)["how"].to_pylist() == ["none", "none"]
