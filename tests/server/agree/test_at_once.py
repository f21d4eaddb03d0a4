"""All that a draft lacks on one form: proposals are marked, and only what is kept is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onefunnel.agreement.rules.gap import Columns
from onefunnel.facts.store import Facts
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.drafts import commands, proposed, queries
from onefunnel.server.agree.models import Draft

PAGE = reverse("agree:at_once", args=["marketing"])


@pytest.fixture
def draft(head: Any, now: datetime, data: Facts) -> Draft:
    """Marketing's draft, as the data propose it."""
    return queries.sides(commands.open_round(by=head, at=now))[0]


@pytest.fixture
def client_of_head(signed_in: Any, head: Any, draft: Draft) -> Client:
    client: Client = signed_in(head)
    return client


def sent_of(answer: Any) -> dict[str, Any]:
    """What the browser would send if nothing was changed on the page."""
    rows = [*answer.context["stages"], *answer.context["others"]]
    sent: dict[str, Any] = {"revision": "0", "keep": [row.key for row in rows if row.is_kept]}
    for row in rows:
        for cell in row.cells:
            choices = [one.value for one in cell.line.choices if one.is_chosen]
            sent[cell.name] = choices[0] if choices else cell.line.value
    return sent


def test_the_gaps_lead_to_one_page_that_proposes_and_writes_nothing(
    client_of_head: Client, draft: Draft
) -> None:
    assert PAGE in client_of_head.get(reverse("agree:drafts")).content.decode()
    assert PAGE in client_of_head.get(reverse("agree:draft", args=["marketing"])).content.decode()
    page = client_of_head.get(PAGE).content.decode()
    assert "A lead enters it when the stage is Qualified." in page
    assert "usual at this place of a funnel" in page
    assert "time in stage" in page
    draft.refresh_from_db()
    assert draft.revision == 0


def test_one_button_keeps_what_is_ticked_and_every_gap_still_counts(
    client_of_head: Client, draft: Draft
) -> None:
    answer = client_of_head.get(PAGE)
    sent = sent_of(answer)
    sent["stages-0-meaning"] = "Came in by itself"
    sent["stages-1-target"] = "66 %"
    sent["keep"].remove("stages-2")
    done = client_of_head.post(PAGE, sent)
    assert done.status_code == 302
    draft.refresh_from_db()
    new, qualified, proposal, *_ = queries.read(draft).stages
    assert (new.meaning, new.measure, new.leads) == (
        "Came in by itself", "time in stage", ("marketing",)
    )  # fmt: skip
    assert (qualified.measure, qualified.target) == ("step conversion", 0.66)
    assert (proposal.leads, proposal.measure) == ((), "")
    left = client_of_head.get(done.url).content.decode()
    for where in ("stage Proposal", "success", "charter"):
        assert where in left  # nobody said what success is, or why
    assert {row.key for row in client_of_head.get(PAGE).context["stages"]} >= {"stages-2"}


def test_it_says_how_many_things_were_changed_not_how_many_were_ticked(
    client_of_head: Client, draft: Draft
) -> None:
    sent = sent_of(client_of_head.get(PAGE))
    for row in sent["keep"]:
        if row != "stages-1":
            sent |= {name: "" for name in sent if name.startswith(f"{row}-")}
    for place, stage in enumerate(queries.read(draft).stages):
        sent[f"stages-{place}-meaning"] = stage.meaning  # as the draft says already
    assert len(sent["keep"]) > 4
    page = client_of_head.post(PAGE, sent, follow=True).content.decode()
    assert "Kept, in 1 place." in page


def test_who_leads_is_proposed_by_whose_the_leads_are_without_a_number_that_opens_nothing(
    client_of_head: Client, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposed, "owning_teams", lambda *_: {"Qualified": ("sales", 6, 9)})
    rows = {row.title: row for row in client_of_head.get(PAGE).context["stages"]}
    sources = {
        name: next(cell.source for cell in rows[name].cells if cell.line.field.name == "leads")
        for name in ("New", "Qualified")
    }
    assert sources == {
        "New": "usual at this place of a funnel",
        "Qualified": "owns most of the leads that stand here",
    }


def test_the_columns_are_looked_up_once_for_all_stages(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Facts] = []

    def counting(facts: Facts) -> Columns:
        asked.append(facts)
        return definition_columns(facts)

    monkeypatch.setattr(proposed, "definition_columns", counting)
    proposed.proposals_for(draft, queries.read(draft))
    assert len(asked) == 1


def test_a_mistake_stands_at_its_field_and_nothing_is_lost_or_written(
    client_of_head: Client, draft: Draft
) -> None:
    sent = sent_of(client_of_head.get(PAGE))
    sent |= {"stages-0-target": "many", "stages-1-meaning": "Mine"}
    answer = client_of_head.post(PAGE, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is no number" in page
    assert "Mine</textarea>" in page
    draft.refresh_from_db()
    assert draft.revision == 0


def test_nothing_ticked_is_said_and_an_older_page_overwrites_nothing(
    client_of_head: Client, draft: Draft
) -> None:
    sent = sent_of(client_of_head.get(PAGE))
    answer = client_of_head.post(PAGE, sent | {"keep": []})
    assert "Nothing was ticked" in answer.content.decode()
    assert client_of_head.post(PAGE, sent).status_code == 302
    answer = client_of_head.post(PAGE, {"keep": "charter-0", "charter-0-why": "x", "revision": "0"})
    assert answer.status_code == 422
    assert "changed this draft in the meantime" in answer.content.decode()


def test_the_other_side_neither_sees_nor_fills_it(
    draft: Draft, seller: Any, signed_in: Any
) -> None:
    client = signed_in(seller)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"keep": "stages-0"}).status_code == 403
    assert client.get(reverse("agree:came_list", args=["marketing"])).status_code == 403


def test_what_came_so_far_opens_its_list(client_of_head: Client) -> None:
    for stage, leads in (("New", 15), ("Qualified", 10), ("Lost", 4)):
        where = reverse("agree:came_list", args=["marketing"]) + f"?stage={stage}"
        assert f'data-of-list="{leads}"' in client_of_head.get(where).content.decode()
    missing = reverse("agree:came_list", args=["marketing"]) + "?stage=Nowhere"
    assert client_of_head.get(missing).status_code == 404
