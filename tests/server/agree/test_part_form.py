"""The forms of a draft offer what is known, name what is not, and lead on to the next gap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.urls import reverse

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import TITLE
from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts
from onefunnel.measures.never_met import never_met
from onefunnel.measures.steps.defined import Rule
from onefunnel.server.agree.commands import import_agreement
from onefunnel.server.agree.drafts import commands, never, queries, writing
from onefunnel.server.agree.models import Draft, Round

pytestmark = pytest.mark.django_db
DRAFT = "/agree/drafts/marketing/"


@pytest.fixture
def going_on(head: Any, now: datetime, data: Facts) -> Round:
    """A round that starts from the funnel as found: nearly everything is still to be said."""
    return commands.open_round(by=head, at=now)


@pytest.fixture
def form(going_on: Round, head: Any, signed_in: Any) -> Any:
    """Fetch a form of marketing's draft, or send it: `form("stages/0/", then="gap", ...)`."""
    client = signed_in(head)

    def at(where: str, **sent: Any) -> Any:
        if not sent:
            return client.get(DRAFT + where).content.decode()
        sent = {name.replace("__", "."): value for name, value in sent.items()}
        return client.post(DRAFT + where, {"revision": str(draft().revision)} | sent)

    return at


def draft() -> Draft:
    return Draft.objects.get(team="marketing")


def says() -> Agreement:
    return queries.read(draft())


def stage(**said: Any) -> dict[str, Any]:
    return {"name": "New", "kind": "open", "when": "stage = 'New'"} | said


def test_teams_measures_and_stages_are_chosen(form: Any) -> None:
    page = form("stages/0/")
    for team in ("marketing", "sales", "accounts_and_service"):
        assert f'type="checkbox" name="leads" value="{team}"' in page
    assert '<option value="step conversion">' in page
    answer = form("stages/0/", **stage(leads=["marketing", "sales"], is_joint="yes"))
    assert answer.status_code == 302
    assert says().stages[0].leads == ("marketing", "sales")
    card = form("hand-overs/new/")
    assert '<option value="New">New</option>' in card
    assert re.search(r'name="required" value="country"', card)
    assert '<option value="w_shaped">W-shaped</option>' in form("credit/0/")


def test_what_is_not_known_is_said_by_name_at_the_form_and_among_the_gaps(form: Any) -> None:
    sent = stage(**{"leads-others": "Sles", "measure": "gut feeling"})
    where = form("stages/0/", **sent)["Location"]
    assert where == f"{DRAFT}#stages-0"
    for page in (form(""), form("stages/0/")):
        assert "nobody here works in “Sles”" in page
        assert "the measure “gut feeling” is not known" in page
    assert "Sles (nobody here works in it)" in form("stages/0/")
    form("credit/0/", model="by gut", window_days="90", purpose="to see")
    assert "the model “by gut” is not known" in form("")
    assert "by gut (not known here)" in form("credit/0/")


def test_every_gap_leads_to_the_field_that_closes_it(form: Any) -> None:
    page = form("")
    links = set(re.findall(rf'href="{DRAFT}([^"#]+)#(f-[^"]+)"', page))
    assert {"f-leads", "f-target", "f-statement", "f-signatories"} <= {field for _, field in links}
    for where, field in sorted(links):
        assert f'id="{field}"' in form(where), (where, field)
    assert "is_joint" not in page
    assert "accepted_when" not in page


def test_after_one_gap_comes_the_next(form: Any) -> None:
    first = form("charter/0/", what="One funnel", then="gap")["Location"]
    assert first == f"{DRAFT}charter/0/#f-why"
    page = form("charter/0/")
    assert "Still lacking here:" in page
    assert "Keep it and go on to the next gap" in page


def test_a_definition_that_cannot_be_run_is_not_kept(form: Any) -> None:
    answer = form("stages/0/", **stage(when="(stage = 'New'", meaning="Typed"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "It cannot be kept so" in page
    assert "(stage = &#x27;New&#x27;" in page
    assert "Typed" in page  # nothing that was written is lost
    assert says().stages[0].meaning != "Typed"


def test_the_cursor_stays_where_a_condition_was_added(form: Any) -> None:
    added = {"add": "when", "when-column": "country", "when-operator": "=", "when-value": "UK"}
    page = form("stages/0/", **stage(**added)).content.decode()
    assert re.search(r'<select name="when-column" autofocus>', page)
    assert "AND country = &#x27;UK&#x27;" in page


def test_after_a_move_the_focus_stays_on_the_button_of_the_thing_that_moved(form: Any) -> None:
    """At the end of the list that button cannot be pressed: the other one has it."""

    def focused(deed: str, place: int) -> list[str]:
        where = form(f"stages/{place}/arrange/", deed=deed)["Location"]
        return re.findall(r'value="(up|down)" autofocus>.<span class="[^"]*"> Move ([^<]*) ',
                          form(where.removeprefix(DRAFT)))  # fmt: skip

    names = [stage.name for stage in says().stages]
    assert focused("down", 0) == [("down", names[0])]
    assert focused("up", 1) == [("down", names[0])]
    assert focused("down", len(names) - 2) == [("up", names[-2])]


def test_what_was_removed_is_put_back_until_the_draft_changes_again(form: Any) -> None:
    before = says()
    page = form(form("stages/1/arrange/", deed="remove")["Location"].removeprefix(DRAFT))
    assert f"{DRAFT}put-back/" in page
    assert len(says().stages) == len(before.stages) - 1
    form("put-back/", deed="undo")
    assert says() == before
    form("stages/1/arrange/", deed="remove")
    form("stages/0/", **stage(meaning="Fresh"))
    form("put-back/", deed="undo")
    assert len(says().stages) == len(before.stages) - 1


def test_what_somebody_else_changed_right_after_is_not_overwritten_by_putting_back(
    form: Any, head: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other change falls between the removal and what the session remembers of it."""
    keep = writing.keep

    def keep_and_change(*args: Any) -> Draft:
        kept = keep(*args)
        renamed = replace(says(), title="Of somebody else")
        commands.save_draft(
            draft_id=kept.pk, agreement=renamed, revision=kept.revision, by=head, at=now
        )
        return kept

    monkeypatch.setattr(writing, "keep", keep_and_change)
    form("stages/1/arrange/", deed="remove")
    monkeypatch.setattr(writing, "keep", keep)
    before = says()
    form("put-back/", deed="undo")
    assert says() == before
    assert before.title == "Of somebody else"


def test_a_condition_that_nothing_meets_is_kept_and_said(form: Any) -> None:
    form("stages/0/", **stage(when="stage = 'Qualfied'"))
    page = form("stages/0/")
    assert "Nothing in the data has “Qualfied” as the stage. Did you mean “Qualified”?" in page
    assert says().stages[0].when == "stage = 'Qualfied'"
    assert "no lead ever met this condition" in form("effect/")


def test_it_is_told_once_for_the_same_data_and_the_same_conditions(
    form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def counting(facts: Facts, rules: Mapping[str, Rule]) -> dict[str, str]:
        asked.append(tuple(text for rule in rules.values() for text in rule.texts))
        return never_met(facts, rules)

    monkeypatch.setattr(never, "never_met", counting)
    for _ in range(2):
        form("stages/0/")
        form("effect/")
    assert len(asked) == len(set(asked)) == 2
    form("stages/0/", name="", kind="open", when="stage = 'New'")  # refused, the same condition
    assert len(asked) == 2
    page = form("stages/0/", name="", kind="open", when="stage = 'Nov'").content.decode()
    assert asked[2:] == [("stage = 'Nov'",)]
    assert "Nothing in the data has “Nov” as the stage" in page


def test_columns_are_offered_in_the_words_of_people(form: Any) -> None:
    page = form("stages/0/")
    for name, words in (("at", "time of the move"), ("by", "person who made the move"),
                        ("seq", "number of the move"), ("from_stage", "stage left")):  # fmt: skip
        assert f'<option value="{name}">{words}</option>' in page


def test_a_day_is_read_as_it_is_written_here(form: Any) -> None:
    assert 'type="date"' in form("success/0/")
    form("success/0/", by="30.06.2027")
    assert says().outcome.by == date(2027, 6, 30)
    page = form("success/0/", by="31.06.2027").content.decode()
    assert "write it like 2027-12-31 or 31.12.2027" in page
    assert 'value="31.06.2027"' in page


def test_a_promise_is_asked_for_in_the_fields_of_its_kind(form: Any) -> None:
    page = form("promises/new/")
    assert 'data-kinds="step answer reply "' in page
    assert 'data-kinds="volume "' in page


def test_a_title_of_ones_own_is_asked_for_at_the_hand_in(form: Any) -> None:
    assert f'name="title" value="{TITLE}"' in form("")
    form("hand-in/", title="How we sell  pumps")
    assert (says().title, draft().handed_in_at is None) == ("How we sell pumps", False)
    assert 'name="title"' not in form("")


def test_the_gaps_of_a_version_are_filled_in_a_round_that_starts_from_it(
    head: Any, now: datetime, signed_in: Any, data: Facts
) -> None:
    whole = load("demand_waterfall")
    lacking = replace(whole, outcome=replace(whole.outcome, statement=""))
    version = import_agreement(text=write_yaml(lacking), by=head, at=now, origin="a test")
    client = signed_in(head)
    page = client.get(reverse("agree:version", args=[version.public_id])).content.decode()
    assert 'value="version-1"' in page
    client.post(reverse("agree:begin_round"), {"start": "version-1"})
    assert says().digest == lacking.digest
    refused = client.post(reverse("agree:begin_round"), {"start": "version-99"})
    assert refused.status_code == 404
