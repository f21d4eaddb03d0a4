"""Saved views as their readers may see them, and what a view asks for that is gone."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.saved.models import FirstView, SavedView
from onefunnel.server.run.saved.whose import may_change


@dataclass(frozen=True)
class ViewLine:
    """One saved view; `by` is empty where it is the reader's own."""

    view_id: str
    name: str
    page: str
    address: str
    is_shared: bool
    by: str
    may_change: bool
    is_first: bool
    words: tuple[tuple[str, str], ...]

    def shows(self, page: str, asked: Wanted) -> bool:
        """Whether it is what a page shows."""
        return self.page == page and self.words == asked.key


def views_for(person: Person, hiding: Hiding) -> tuple[ViewLine, ...]:
    """The person's own views and those that all share, by name.

    A view that asks for what the reader may not see (a name searched for, an owner) is left out:
    its address would say it.
    """
    seen = SavedView.objects.filter(Q(by=person) | Q(is_shared=True)).select_related("by")
    first = FirstView.objects.filter(person=person).values_list("view_id", flat=True).first()
    return tuple(_line(one, person, hiding, first) for one in seen if _is_open(one, hiding))


def first_address(person: Person, hiding: Hiding) -> str:
    """Where Run begins for this person; empty where they chose no view."""
    found = FirstView.objects.filter(person=person).select_related("view").first()
    return _address(found.view) if found and _is_open(found.view, hiding) else ""


def _line(view: SavedView, person: Person, hiding: Hiding, first: int | None) -> ViewLine:
    return ViewLine(
        view_id=str(view.public_id),
        name=str(hiding.shown("saved", "name", view.name)),
        page=view.page,
        address=_address(view),
        is_shared=view.is_shared,
        by="" if view.by_id == person.pk else str(view.by),
        may_change=may_change(view, person),
        is_first=view.pk == first,
        words=Wanted(view.words).key,
    )


def _address(view: SavedView) -> str:
    query = Wanted(view.words).query()
    place = reverse(f"run:{view.page}")
    return f"{place}?{query}" if query else place


def _is_open(view: SavedView, hiding: Hiding) -> bool:
    if hiding.sees_all:
        return True
    return "q" not in view.words and all(
        hiding.shown("leads", _COLUMNS.get(word, word), said) == said
        for word, said in view.words.items()
    )


_COLUMNS = {"account": "account_id"}
