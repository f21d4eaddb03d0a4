"""A form of a website: only what it asks, only from its sites, once, and no programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from onefunnel.server.run.tracker import commands, form_views
from onefunnel.server.run.tracker.models import CaptureForm, FormAnswer
from onefunnel.server.run.tracker.rates import Rates
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.models import FACT_MODELS
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agreed")]
SITE = "https://www.example.com"
FIELDS = (
    commands.FormField("email", "Your e-mail address", is_required=True),
    commands.FormField("country", "Country"),
    commands.FormField("machines", "How many machines?", "int"),
    commands.FormField("since", "Customer since", "day"),
)


@pytest.fixture
def form(make_person: Any) -> CaptureForm:
    form_views.rates.clear()
    return commands.save_form(
        slug="contact", name="Contact", fields=FIELDS, origins=[SITE], by=make_person(
            "Hed Hand", team="marketing", role="lead"), at=NOW, thanks_url=f"{SITE}/thanks",
    )  # fmt: skip


def send(said: dict[str, Any], *, origin: str = SITE, as_json: bool = False) -> Any:
    more = {"content_type": "application/json"} if as_json else {}
    return Client(enforce_csrf_checks=True).post(
        "/run/forms/contact/", said, headers={"Origin": origin}, **more
    )


def leads() -> list[Any]:
    return list(FACT_MODELS["leads"].objects.order_by("pk").values_list("lead_id", flat=True))


def test_an_answer_becomes_a_lead(form: CaptureForm) -> None:
    answer = send({"email": "ada@x.example", "machines": "12", "since": "2020-02-01"})
    assert (answer.status_code, answer["Location"]) == (303, f"{SITE}/thanks")
    (lead_id,) = leads()
    lead = warehouse.living_lead(lead_id)
    assert lead is not None
    assert (lead["email"], lead["machines"], lead["source"]) == ("ada@x.example", 12, "Contact")
    assert str(lead["since"])[:10] == "2020-02-01"
    assert warehouse.moves_of(lead_id)[0]["by"] == "the form Contact"


def test_a_script_gets_json_and_may_send_it_again(form: CaptureForm) -> None:
    for _ in range(2):
        answer = send({"email": "ada@x.example", "key": "k1"}, as_json=True)
        assert (answer.status_code, answer.json()) == (201, {"taken": True})
        assert answer["Access-Control-Allow-Origin"] == SITE
    assert len(leads()) == 1
    assert send({"email": "eve@x.example", "key": "k1"}, as_json=True).status_code == 409


def test_sent_twice_by_one_click_is_one_lead(form: CaptureForm) -> None:
    """Without a key: equal content of one visitor within seconds, also over the edge of a piece."""
    ada = {"email": "ada@x.example"}
    edge = NOW.replace(second=0, microsecond=0)

    def take(seconds: float, visitor: str = "v", **more: str) -> None:
        commands.take_answer(
            form=form, said=ada | more, at=edge + timedelta(seconds=seconds), visitor=visitor
        )

    for seconds in (-0.2, 0.1, 1, 9):
        take(seconds)
    assert len(leads()) == 1
    take(9, country="DE")  # other content
    take(9, visitor="w")  # somebody else
    assert len(leads()) == 3
    take(60)  # later on, on purpose
    assert len(leads()) == 4
    assert FormAnswer.objects.count() == 4


def test_each_field_is_told_what_is_wrong(form: CaptureForm) -> None:
    answer = send({"machines": "many", "role": "owner"}, as_json=True)
    assert answer.status_code == 422
    assert {one["field"]: one["reason"] for one in answer.json()["detail"]} == {
        "role": "the form does not ask this",
        "email": "“Your e-mail address” is missing",
        "machines": "it is not a whole number",
    }
    assert leads() == []


@pytest.mark.parametrize("origin", ["https://evil.example", "", "null"])
def test_another_site_is_refused(form: CaptureForm, origin: str) -> None:
    assert send({"email": "ada@x.example"}, origin=origin).status_code == 403
    assert leads() == []


def test_a_program_that_fills_in_everything_is_not_told(form: CaptureForm) -> None:
    answer = send({"email": "spam@x.example", "website": "https://spam.example"})
    assert answer.status_code == 303
    assert leads() == []


def test_too_many_answers_wait(form: CaptureForm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_views, "PER_ADDRESS", 2)
    codes = [send({"email": f"a{n}@x.example"}).status_code for n in range(3)]
    assert codes == [303, 303, 429]


def test_behind_a_proxy_each_visitor_is_counted_apart(
    form: CaptureForm, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(form_views, "PER_ADDRESS", 1)

    def codes_of(*said: str) -> list[int]:
        form_views.rates.clear()
        return [
            Client()
            .post(
                "/run/forms/contact/",
                {"email": "a@x.example"},
                headers={"Origin": SITE, "X-Forwarded-For": one},
            )
            .status_code
            for one in said
        ]

    assert codes_of("9.9.9.1", "9.9.9.2") == [303, 429]  # no proxy is trusted: anybody says that
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert codes_of("9.9.9.1", "9.9.9.2", "9.9.9.1") == [303, 303, 429]
    assert codes_of("1.1.1.1, 9.9.9.1", "2.2.2.2, 9.9.9.1") == [303, 429]
    assert codes_of("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1") == [303, 429, 303]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert codes_of("9.9.9.1", "9.9.9.2") == [303, 429]  # fewer than we trust


def test_many_visitors_do_not_make_a_form_forget(form: CaptureForm) -> None:
    rates = Rates(most_visitors=3)

    def take(visitor: str, now: float, *, form: str = "a", per_form: int = 3) -> bool:
        return rates.take(form, visitor, per_visitor=2, per_form=per_form, now=now)

    assert [take(f"v{n}", 0) for n in range(4)] == [True, True, True, False]  # the form is full
    assert not take("w", 1, form="b")  # and no room to tell one more visitor apart
    assert not take("v0", 59)
    assert take("w", 61)
    assert [take("w", 61), take("w", 61)] == [True, False]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 60_000, 422),
        ('{"email": "a@x.example", "key": "\\ud800"}', 422),
        ('{"email": "a@x.example", "key": "\\u0000"}', 422),
        ('{"email": "a@x.example", "country": "\\ud800"}', 422),
        ('{"\\ud800": "x"}', 422),
    ],
)
def test_nothing_that_anybody_sends_is_an_error_of_ours(
    form: CaptureForm, body: str, status: int
) -> None:
    answer = Client().post(
        "/run/forms/contact/", body, content_type="application/json", headers={"Origin": SITE}
    )
    assert answer.status_code == status
    assert leads() == []


def test_an_empty_answer_is_no_lead(form: CaptureForm, owner: Any) -> None:
    commands.save_form(
        slug="contact", name="Contact", fields=FIELDS[1:], origins=[SITE], by=owner, at=NOW
    )
    answer = send({}, as_json=True)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["reason"] == "nothing is filled in"
    assert send({"country": " "}, as_json=True).status_code == 422
    assert leads() == []


def test_a_site_is_kept_as_browsers_name_it(owner: Any) -> None:
    said = ["HTTPS://Foo.Example:443/", "http://x.example:8080", "https://münchen.example"]
    made = commands.save_form(slug="x", name="X", fields=FIELDS, origins=said, by=owner, at=NOW)
    assert made.origins == [
        "https://foo.example", "http://x.example:8080", "https://xn--mnchen-3ya.example"
    ]  # fmt: skip
    with pytest.raises(commands.BadForm):
        commands.save_form(
            slug="x", name="X", fields=FIELDS, origins=[], by=owner, at=NOW,
            thanks_url="https://x.example/a\nSet-Cookie: a=b",
        )  # fmt: skip


def test_a_form_that_is_closed_or_unknown_takes_nothing(form: CaptureForm) -> None:
    CaptureForm.objects.update(is_open=False)
    assert send({"email": "ada@x.example"}).status_code == 404


def test_heads_arrange_forms_others_do_not(marketer: Any, api: Any) -> None:
    with pytest.raises(PermissionDenied):
        commands.save_form(slug="x", name="X", fields=FIELDS, origins=[], by=marketer, at=NOW)
    body = {"name": "X", "fields": [{"name": "email", "label": "E-mail"}]}
    assert api("put", "/forms/x", body).status_code == 403


@pytest.mark.parametrize(
    ("fields", "origins"),
    [
        ((), ()),
        ((commands.FormField("lead_id", "Id"),), ()),
        ((commands.FormField("website", "Site"),), ()),
        ((commands.FormField("Name", "Name"),), ()),
        (FIELDS[:1], ("example.com",)),
        (FIELDS[:1], ("javascript:alert(1)",)),
        (FIELDS[:1], ("https://x.example/kontakt",)),
        (FIELDS[:1], ("https://x.example?",)),
        (FIELDS[:1], ("https://me@x.example",)),
        (FIELDS[:1], ("https://x.example:port",)),
        (FIELDS[:1], ("https://x.exa\nmple",)),
    ],
)
def test_a_form_that_cannot_be_is_refused(owner: Any, fields: Any, origins: Any) -> None:
    with pytest.raises(commands.BadForm):
        commands.save_form(slug="x", name="X", fields=fields, origins=origins, by=owner, at=NOW)


def test_a_field_may_be_called_as_the_data_call_it(owner: Any) -> None:
    """A column of leads as the export wrote it can be asked; other names are plain ones."""
    asked = [*FIELDS[:1], commands.FormField("Mitarbeiter", "Employees", "int")]
    with pytest.raises(commands.BadForm, match="small letters"):
        commands.save_form(slug="m", name="M", fields=asked, origins=[SITE], by=owner, at=NOW)
    commands.enter_lead(
        fields={"name": "Ada", "Mitarbeiter": 5}, by=owner, at=NOW, declared={"Mitarbeiter": "int"}
    )
    made = commands.save_form(slug="m", name="M", fields=asked, origins=[SITE], by=owner, at=NOW)
    assert [one["name"] for one in made.fields][1] == "Mitarbeiter"


def test_a_visitor_without_a_thanks_page_reads_words_and_no_program_text(
    form: CaptureForm,
) -> None:
    CaptureForm.objects.filter(pk=form.pk).update(thanks_url="")
    said = {"Origin": SITE, "Accept": "text/html,*/*;q=0.8"}
    client = Client(enforce_csrf_checks=True)
    where = "/run/forms/contact/"
    answer = client.post(where, {"email": "ada@x.example"}, headers=said)
    assert answer.status_code == 201
    assert "What you sent has come in" in answer.content.decode()
    answer = client.post(where, {"email": "nowhere"}, headers=said)
    assert answer.status_code == 422
    assert "Write it like name@example.com" in answer.content.decode()
    answer = client.post(where, {"email": "eve@x.example"}, headers={"Origin": SITE})
    assert answer.json() == {"taken": True}
