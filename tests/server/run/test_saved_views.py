"""Views that people keep: their own, shared with all teams, the first one, and what is gone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from onefunnel.server.people.hiding import Hiding
from onefunnel.server.record.models import Event
from onefunnel.server.run.asking import NONE, wanted
from onefunnel.server.run.saved import commands
from onefunnel.server.run.saved.models import FirstView, SavedView
from onefunnel.server.run.saved.queries import first_address, views_for
from onefunnel.server.run.stale import gone
from tests.server.run.handovers.test_race import together
from tests.server.run.tiny import basis_of

pytestmark = pytest.mark.django_db
ALL = Hiding(sees_all=True)


def keep(by: Any, name: str = "Ours", *, shared: bool = False, **words: str) -> SavedView:
    return commands.save_view(
        name=name, page="board", words=words, is_shared=shared, by=by, at=timezone.now()
    )


def names(person: Any, hiding: Hiding = ALL) -> list[str]:
    return [one.name for one in views_for(person, hiding)]


def test_a_view_is_ones_own_until_it_is_shared(marketer: Any, seller: Any) -> None:
    view = keep(marketer, "  Fair   leads ", source="Fair", colour="red")
    assert view.words == {"source": "Fair"}
    assert (names(marketer), names(seller)) == (["Fair leads"], [])
    with pytest.raises(commands.NoSuchView):
        commands.begin_with(view_id=view.public_id, by=seller, at=timezone.now())
    change(view, marketer, "Fair leads", shared=True)
    (seen,) = views_for(seller, ALL)
    assert (seen.address, seen.by, seen.may_change) == (
        "/run/board/?source=Fair", "Mia Marsh", False,
    )  # fmt: skip
    with pytest.raises(PermissionDenied):
        change(view, seller, "Mine now", shared=True)
    commands.begin_with(view_id=view.public_id, by=seller, at=timezone.now())
    assert first_address(seller, ALL) == "/run/board/?source=Fair"
    commands.begin_with(view_id=view.public_id, by=seller, at=timezone.now())  # it is so already
    (chosen,) = Event.objects.filter(kind="run.first-view-chosen")
    assert (chosen.by, chosen.payload) == (seller, {"view": str(view.public_id)})
    change(view, marketer, "Fair leads", shared=False)
    assert first_address(seller, ALL) == ""
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "run.view-saved", "run.view-changed", "run.first-view-chosen", "run.view-changed",
    ]  # fmt: skip


def change(view: SavedView, by: Any, name: str, *, shared: bool) -> None:
    commands.change_view(
        view_id=view.public_id, name=name, is_shared=shared, by=by, at=timezone.now()
    )


def test_a_head_may_delete_what_others_share_but_never_sees_what_they_keep(
    marketer: Any, owner: Any
) -> None:
    own, shared = keep(marketer, "Own"), keep(marketer, "All", shared=True)
    commands.begin_with(view_id=shared.public_id, by=owner, at=timezone.now())
    with pytest.raises(commands.NoSuchView):
        commands.delete_view(view_id=own.public_id, by=owner, at=timezone.now())
    assert commands.delete_view(view_id=shared.public_id, by=owner, at=timezone.now()) == "All"
    assert not FirstView.objects.exists()
    assert names(marketer) == ["Own"]


@pytest.mark.parametrize(
    ("name", "words"), [("", "needs a name"), ("x" * 61, "needs a name"), ("OURS", "already")]
)
def test_what_cannot_be_kept_is_told(marketer: Any, name: str, words: str) -> None:
    keep(marketer)
    with pytest.raises(commands.ViewRefused, match=words):
        keep(marketer, name)
    assert SavedView.objects.count() == 1


def test_what_no_database_keeps_is_refused_in_words(marketer: Any) -> None:
    with pytest.raises(commands.ViewRefused, match="This name cannot be kept"):
        keep(marketer, "Fa\0ir")
    with pytest.raises(commands.ViewRefused, match="This list cannot be kept"):
        keep(marketer, q="a\0b")
    view = keep(marketer)
    with pytest.raises(commands.ViewRefused, match="This name cannot be kept"):
        change(view, marketer, "Fa\x01ir", shared=True)
    assert names(marketer) == ["Ours"]


@pytest.mark.django_db(transaction=True)
def test_of_views_kept_at_once_under_one_name_one_is_kept(marketer: Any) -> None:
    for name in map(str, range(10)):
        kept = together([partial(keep, marketer, name)] * 4)
        others = [str(one) for one in kept if not isinstance(one, SavedView)]
        assert others == [f"There is a view “{name}” already. Choose another name."] * 3


def test_who_does_not_see_personal_data_does_not_see_it_in_views(
    marketer: Any, outsider: Any
) -> None:
    hiding = Hiding(frozenset({"leads.owner"}))
    keep(marketer, "A name", shared=True, q="ann")
    keep(marketer, "An owner", shared=True, owner="Sam")
    keep(marketer, "An address", shared=True, source="ann@firm.example")
    keep(marketer, "Dairy", shared=True, segment="Dairy")
    assert names(outsider, hiding) == ["Dairy"]
    with pytest.raises(PermissionDenied):
        keep(outsider)


def test_what_is_gone_is_said_in_words() -> None:
    basis = basis_of()

    def said(hiding: Hiding = ALL, **words: str) -> str:
        return " ".join(gone(basis, wanted(words), hiding))

    assert said(stage="Won", source="Fair", since="2026-01-01") == said(stage=NONE) == ""
    assert "no stage “Demo”: it was renamed or left out" in said(stage="Demo")
    assert "no day" in said(since="soon")
    assert "no deals" in said(currency="EUR")
    assert "does not see the owner" in said(Hiding(frozenset({"leads.owner"})), owner="Sam")
    tables = {**basis.facts.tables, "leads": basis.facts["leads"].drop("segment")}
    basis = replace(basis, facts=replace(basis.facts, tables=tables), version="later")
    assert "no segment any more" in said(segment="Dairy")


# --- the pages -----------------------------------------------------------------------------------
def test_kept_from_the_board_renamed_begun_with_and_deleted(
    demo: Any, signed_in: Any, marketer: Any
) -> None:
    client = signed_in(marketer)
    sent = {"page": "board", "words": "segment=Dairy&after=x", "name": "Dairy", "shared": "yes"}
    answer = client.post("/run/views/new/", sent)
    assert answer["Location"] == "/run/board/?segment=Dairy"
    text = client.get(answer["Location"]).content.decode()
    assert "Kept as “Dairy” for everybody." in text
    assert 'aria-current="true">Dairy' in text
    twice = client.post("/run/views/new/", sent, follow=True).content.decode()
    assert "There is a view “Dairy” already." in twice
    unfit = {**sent, "words": "q=a%00b", "name": "Odd"}
    odd = client.post("/run/views/new/", unfit, follow=True)
    assert (odd.status_code, "cannot be kept" in odd.content.decode()) == (200, True)
    view = SavedView.objects.get()
    place = f"/run/views/{view.public_id}"
    assert client.post(f"{place}/change/", {"name": ""}).status_code == 422
    client.post(f"{place}/change/", {"name": "Dairies"})
    assert "yours alone" in client.get("/run/views/").content.decode()
    client.post("/run/views/first/", {"view": str(view.public_id)})
    assert client.get("/run/")["Location"] == "/run/board/?segment=Dairy"
    client.post("/run/views/first/", {})
    assert client.get("/run/")["Location"] == "/run/leads/"
    client.post(f"{place}/delete/")
    assert "no saved views yet" in client.get("/run/views/").content.decode()
    assert client.post(f"{place}/delete/").status_code == 404
    assert client.post("/run/views/first/", {"view": "none"}).status_code == 404


def test_a_view_of_a_stage_that_is_gone_opens_and_says_so(
    demo: Any, signed_in: Any, marketer: Any
) -> None:
    client = signed_in(marketer)
    keep(marketer, "Old", stage="Demo booked")
    for place in ("/run/leads/", "/run/board/"):
        answer = client.get(f"{place}?stage=Demo+booked")
        assert answer.status_code == 200
        assert "no stage “Demo booked”: it was renamed or left out" in answer.content.decode()


def test_a_viewer_opens_shared_views_and_changes_none(
    demo: Any, signed_in: Any, marketer: Any, outsider: Any
) -> None:
    view = keep(marketer, "Dairy", shared=True, segment="Dairy")
    client = signed_in(outsider)
    text = client.get("/run/views/").content.decode()
    main = text.partition("<main")[2].partition("</main")[0]
    assert "Dairy" in main
    assert "<form" not in main
    place = f"/run/views/{view.public_id}"
    for where in (f"{place}/change/", f"{place}/delete/", "/run/views/new/", "/run/views/first/"):
        sent = {"name": "x", "view": str(view.public_id), "page": "board"}
        assert client.post(where, sent).status_code == 403
    assert SavedView.objects.get().name == "Dairy"
