"""The pages of Agree, as people use them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template

from onefunnel.agreement.glossary import terms
from onefunnel.agreement.templates.templates import load, names
from onefunnel.agreement.yaml_text import read_yaml, write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree.models import AgreementVersion

WHOLE = write_yaml(load("demand_waterfall"))


def test_without_data_the_page_says_what_to_do(db: None, see: Any) -> None:
    page = see("/agree/")
    assert "There is no funnel yet" in page
    assert "/agree/templates/" in page


def test_the_proposed_funnel_is_told_in_words_and_marked_not_agreed(data: Facts, see: Any) -> None:
    page = see("/agree/")
    assert "Nobody has agreed on a funnel yet" in page
    assert "○ not agreed" in page
    assert "The stage is Qualified." in page
    assert "nobody leads it" in page
    assert "no target" in page


def test_the_export_reads_back_as_what_the_numbers_follow(
    data: Facts, signed_in: Any, marketer: Any
) -> None:
    answer = signed_in(marketer).get("/agree/agreement.yaml")
    assert answer["Content-Type"].startswith("application/yaml")
    found = read_yaml(answer.content.decode())
    assert [stage.name for stage in found.success_path] == ["New", "Qualified", "Proposal", "Won"]


def test_from_text_to_use(data: Facts, signed_in: Any, head: Any) -> None:
    client = signed_in(head)
    answer = client.post("/agree/bring-in/", {"text": WHOLE}, follow=True)
    page = answer.content.decode()
    version = AgreementVersion.objects.get()
    assert "Version 1: Demand waterfall" in page
    assert "Use this version" in page
    answer = client.post(f"/agree/versions/{version.public_id}/use/", follow=True)
    page = answer.content.decode()
    assert "Version 1 is in use" in page
    assert "○ in use, not signed" in page
    assert version.digest[:12] in page


def test_a_file_can_be_brought_in(signed_in: Any, head: Any) -> None:
    file = SimpleUploadedFile("ours.yaml", b"\xef\xbb\xbf" + WHOLE.encode())
    answer = signed_in(head).post("/agree/bring-in/", {"file": file})
    assert answer.status_code == 302
    assert AgreementVersion.objects.get().title == "Demand waterfall"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "title: a\nstagse: []\n"}, "Line 2, column 1: the agreement has no key"),
        ({"text": " "}, "Choose a file, or paste the text"),
        ({"file": SimpleUploadedFile("x.yaml", b"\xff\xfe\x00")}, "not UTF-8"),
        ({"text": "a: &a [x]\nb: *a\n"}, "an anchor or alias"),
    ],
)
def test_mistakes_are_shown_with_their_line(
    given: dict[str, object], said: str, signed_in: Any, head: Any
) -> None:
    answer = signed_in(head).post("/agree/bring-in/", given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not AgreementVersion.objects.exists()


def test_a_version_with_gaps_is_not_used_and_says_why(
    data: Facts, signed_in: Any, head: Any
) -> None:
    client = signed_in(head)
    client.post("/agree/bring-in/", {"text": WHOLE.replace("    target: 0.6\n", "", 1)})
    version = AgreementVersion.objects.get()
    answer = client.post(f"/agree/versions/{version.public_id}/use/")
    assert answer.status_code == 422
    assert "It cannot come into use yet: 1 gap" in answer.content.decode()
    assert "no target" in answer.content.decode()


def test_members_see_but_do_not_change(data: Facts, signed_in: Any, marketer: Any) -> None:
    client = signed_in(marketer)
    assert client.get("/agree/bring-in/").status_code == 403
    assert client.post("/agree/templates/aida/start/").status_code == 403
    assert "Start from this template" not in client.get("/agree/templates/aida/").content.decode()


@pytest.mark.parametrize("name", names())
def test_every_number_of_a_tried_template_equals_its_list(name: str, data: Facts, see: Any) -> None:
    page = see(f"/agree/templates/{name}/")
    links = re.findall(r'<a class="figure" href="([^"]+)" data-value="(\d+)"', page)
    assert links
    for url, value in links:
        listed = see(url)
        assert f'data-of-list="{value}"' in listed
        assert len(re.findall(r'<a href="/run/leads/', listed)) == int(value)


def test_a_template_is_tried_without_data_too_and_an_unknown_one_is_absent(
    db: None, see: Any
) -> None:
    assert "no data yet" in see("/agree/templates/aida/")
    see("/agree/templates/nothing/", status=404)
    see("/agree/templates/aida/list/?stage=Nope", status=404)


def test_a_template_starts_a_version(data: Facts, signed_in: Any, head: Any) -> None:
    answer = signed_in(head).post("/agree/templates/self_serve/start/", follow=True)
    assert "Version 1: Self-serve" in answer.content.decode()


def test_every_word_has_its_anchor_once(data: Facts, see: Any) -> None:
    page = see("/agree/glossary/")
    anchors = re.findall(r'id="(term-[^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert {f"term-{term.slug}" for term in terms()} <= set(anchors)
    assert "term-qualified" in anchors  # a stage of the agreement


@pytest.mark.parametrize("path", ["/agree/", "/agree/templates/demand_waterfall/"])
def test_every_linked_word_is_in_the_glossary(path: str, data: Facts, see: Any) -> None:
    linked = set(re.findall(r'href="/agree/glossary/#([^"]+)"', see(path)))
    assert linked
    assert linked <= set(re.findall(r'id="(term-[^"]+)"', see("/agree/glossary/")))


def test_the_term_tag_links_a_word_from_any_page(db: None) -> None:
    made = Template('{% load terms %}{% term "step share" "Rate" %}').render(Context())
    assert made.startswith('<a class="term" href="/agree/glossary/#term-step-conversion" title="Of')
    assert made.endswith(">Rate</a>")


def test_names_from_files_stay_text(data: Facts, signed_in: Any, head: Any) -> None:
    text = WHOLE.replace("Demand waterfall", "<script>alert(1)</script>").replace(
        "name: MQL\n", "name: '<img src=x onerror=alert(1)>'\n"
    )
    client = signed_in(head)
    client.post("/agree/bring-in/", {"text": text})
    page = client.get(f"/agree/versions/{AgreementVersion.objects.get().public_id}/")
    assert "<script>alert" not in page.content.decode()
    assert "<img src=x" not in page.content.decode()


def test_the_api_tells_what_the_numbers_follow(
    data: Facts, signed_in: Any, marketer: Any, now: datetime
) -> None:
    found = signed_in(marketer).get("/api/agree/current").json()
    assert (found["version"], found["is_agreed"], found["effective_from"]) == (
        "proposed", False, None,
    )  # fmt: skip
    assert found["stages"][1]["sentence"] == "the stage is Qualified"
    assert read_yaml(found["yaml"]).digest == found["digest"]
