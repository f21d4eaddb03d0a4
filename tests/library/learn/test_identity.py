"""Identity: e-mail, phone, domain, company and person names (methods.md, table 10)."""

import pytest

from onefunnel.learn.identity.company import normalise_company
from onefunnel.learn.identity.country import country_code
from onefunnel.learn.identity.domain import company_domain, registrable_domain
from onefunnel.learn.identity.email import is_shared_mailbox, likeness, normalise_email
from onefunnel.learn.identity.person import name_words, names_agree
from onefunnel.learn.identity.phone import normalise_phone


@pytest.mark.parametrize(
    ("typed", "mailbox"),
    [
        # methods.md 10.5 [C]
        ("  Ann.Lee+Promo@GoogleMail.com", "annlee@gmail.com"),
        ("Bob@Bücher.example", "bob@xn--bcher-kva.example"),
        ("o.hara@acme.co.uk.", "o.hara@acme.co.uk"),
        # dots count everywhere else, plus-tags nowhere
        ("a.lee@acme.example", "a.lee@acme.example"),
        ("a.lee+fair@acme.example", "a.lee@acme.example"),
        ("Ann Lee <ann@acme.example>", "ann@acme.example"),
        ("mailto:ann@acme.example", "ann@acme.example"),
        ("ANN@ACME.EXAMPLE\t", "ann@acme.example"),
        # two different domains, although an older standard wrote both the same
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@strasse.example", "ann@strasse.example"),
        # decomposed and composed letters are the same
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_an_address_becomes_its_mailbox(typed, mailbox):
    assert normalise_email(typed) == mailbox


@pytest.mark.parametrize(
    "typed",
    ["", None, "ann", "ann@", "@acme.example", "+x@acme.example", "ann@localhost",
     "a b@acme.example",
     "ann@acme..example", "a@b@acme.example", "...@gmail.com", "<>", "ann@.example", "n/a"],
)  # fmt: skip
def test_what_is_no_address_has_no_mailbox(typed):
    assert normalise_email(typed) is None


@pytest.mark.parametrize(
    ("address", "is_shared"),
    [
        ("info@acme.example", True),
        ("sales.uk@acme.example", True),
        ("no-reply@acme.example", True),
        ("support2@acme.example", True),
        ("test@test.example", True),
        ("ann.lee@acme.example", False),
        ("ana@acme.example", False),
        ("post.malone@acme.example", False),
    ],
)
def test_a_mailbox_of_a_role_is_not_a_person(address, is_shared):
    assert is_shared_mailbox(address) is is_shared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@acme.example", "аnn@acme.example"),  # Cyrillic а
        ("a.lee@acme.example", "alee@acme.example"),
        ("ann_lee@acme.example", "ann-lee@acme.example"),
        ("ann@acme.example", normalise_email("ann@аcme.example")),
        ("jon@acme.example", "j0n@acme.example"),
    ],
)
def test_addresses_that_look_alike_share_a_key_without_being_the_same(one, other):
    assert normalise_email(one) != normalise_email(other)
    assert likeness(normalise_email(one)) == likeness(normalise_email(other))


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("01632 960123", "United Kingdom", "+441632960123"),
        ("+44 (0)1632 960 123", None, "+441632960123"),
        ("0044 1632 960123", "Germany", "+441632960123"),
        ("(01632) 960-123", "gb", "+441632960123"),
        ("030 23125 123", "Deutschland", "+493023125123"),
        ("030 23125-123 ext. 7", "DE", "+493023125123;ext=7"),
        ("01 99 00 12 34", "France", "+33199001234"),
        ("01632 960123", None, None),
        ("123456789", "DE", None),
        ("0000000000", "GB", None),
        ("call me", "GB", None),
        ("", "GB", None),
    ],
)
def test_a_number_is_written_in_one_form(typed, country, number):
    assert normalise_phone(typed, country) == number


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://www.acme.co.uk/shop?x=1", "acme.co.uk"),
        ("ann@mail.acme.co.uk", "acme.co.uk"),
        ("ACME.example.", "acme.example"),
        ("shop.bücher.example", "xn--bcher-kva.example"),
        ("http://127.0.0.1:8000", None),
        ("co.uk", None),
        ("acme", None),
        (None, None),
    ],
)
def test_the_registered_domain_is_found(typed, domain):
    assert registrable_domain(typed) == domain


def test_free_mail_says_nothing_about_the_company():
    assert company_domain("ann@gmail.com") is None
    assert company_domain("ann@web.de") is None
    assert company_domain("ann@acme.example") == "acme.example"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        # methods.md 10.6 [C]
        ("Müller & Söhne GmbH", "müller and söhne"),
        ("ACME HOLDINGS LIMITED", "acme holdings"),
        # the pitfall named there: names are eaten too, so the raw name is kept elsewhere
        ("The Bank Co.", "the bank"),
        ("Vennewen Drinks sp. z o.o.", "vennewen drinks"),
        ("Kelaso S.p.A.", "kelaso"),
        ("Arnold GmbH & Co. KG", "arnold"),
        ("O'Hara Foods, Inc.", "ohara foods"),
        ("Limited", "limited"),
        ("  ", ""),
        (None, ""),
    ],
)
def test_a_company_name_is_compared_without_its_legal_form(typed, name):
    assert normalise_company(typed) == name


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Ann Lee", "LEE, Ann", True),
        ("Dr. Ann Lee", "ann lee", True),
        ("A. Lee", "Ann Lee", True),
        ("Ann L.", "Ann Lee", True),
        ("Ann M. Lee", "Ann Lee", True),
        ("José Müller", "Jose Muller", True),
        ("Ann", "Ann Lee", True),
        ("", "Ann Lee", True),
        ("Ann Lee", "Bob Lee", False),
        ("Ann Lee", "Ann Leigh", False),
        ("Anna Lee", "Anne Lee", False),
        ("Bob", "Ann Lee", False),
    ],
)
def test_two_names_can_or_cannot_be_one_person(one, other, agree):
    assert names_agree(name_words(one), name_words(other)) is agree
    assert names_agree(name_words(other), name_words(one)) is agree


def test_countries_are_known_by_many_names():
    for typed in ("United Kingdom", "uk", "GB", "Royaume-Uni", " great  britain "):
        assert country_code(typed) == "GB"
    assert country_code("Untied Kingdom") is None
    assert country_code("") is None
