"""The deeds on saved views: keep one, rename or share it, delete it, begin with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.saved import events
from onefunnel.server.run.saved.models import FirstView, SavedView
from onefunnel.server.run.saved.whose import CHANGE_OTHERS, KEEP, may_change
from onefunnel.server.run.tracker.arrivals import UNFIT, is_unfit

#: So many views of one person are enough to find one among them.
MOST = 100


class ViewRefused(ValueError):
    """A view cannot be kept like that; the words say why and what to do."""


class NoSuchView(LookupError):
    """There is no such view, or it is somebody else's own."""


def save_view(
    *, name: str, page: str, words: Mapping[str, str], is_shared: bool, by: Person, at: datetime
) -> SavedView:
    """Keep a page of leads under a name. Raises ViewRefused."""
    require(by, KEEP)
    if page not in SavedView.Page.values:
        raise ViewRefused("Only the list and the board of leads can be kept as a view.")
    asked = dict(wanted(words).words)
    if any(map(is_unfit, asked.values())):
        raise ViewRefused(f"This list cannot be kept as a view: {UNFIT}. Search anew.")
    with transaction.atomic():
        mine = _views_of(by)
        if mine.count() >= MOST:
            raise ViewRefused(f"You keep {MOST} views already. Delete one that you do not need.")
        view = SavedView(
            name=_name(name, mine), page=page, words=asked,
            is_shared=is_shared, by=by, made_at=at,
        )  # fmt: skip
        view.save()
        _tell(events.VIEW_SAVED, view, by, at)
    return view


def change_view(*, view_id: object, name: str, is_shared: bool, by: Person, at: datetime) -> None:
    """Rename a view, share it or take it back for oneself.

    Raises:
        NoSuchView.
        ViewRefused: the name is empty or taken.
        PermissionDenied: it is shared by somebody else, and this person is no head.
    """
    with transaction.atomic():
        view = _to_change(view_id, by)
        others = _views_of(view.by).exclude(pk=view.pk)
        view.name, view.is_shared = _name(name, others), is_shared
        view.save(update_fields=["name", "is_shared"])
        if not is_shared:  # nobody can begin with what they cannot open
            FirstView.objects.filter(view=view).exclude(person=view.by).delete()
        _tell(events.VIEW_CHANGED, view, by, at)


def delete_view(*, view_id: object, by: Person, at: datetime) -> str:
    """Delete a view; its name. Raises as change_view."""
    with transaction.atomic():
        view = _to_change(view_id, by)
        _tell(events.VIEW_DELETED, view, by, at)
        view.delete()
    return view.name


def begin_with(*, view_id: object, by: Person, at: datetime) -> None:
    """Make a view the first thing this person sees under Run; None: the list of all leads.

    Where it is so already nothing happens. Raises NoSuchView.
    """
    require(by, KEEP)
    with transaction.atomic():
        view = None if view_id is None else _seen(view_id, by)
        before = FirstView.objects.filter(person=by).values_list("view_id", flat=True).first()
        if before == (view.pk if view else None):
            return
        if view is None:
            FirstView.objects.filter(person=by).delete()
        else:
            FirstView.objects.update_or_create(person=by, defaults={"view": view})
        append(
            kind=events.FIRST_CHOSEN, at=at, by=by, subject=f"person:{by.public_id}",
            payload={"view": str(view.public_id) if view else ""},
        )  # fmt: skip


def forget_simulated_views() -> int:
    """Remove what people of the simulated company kept; how many."""
    count, _ = SavedView.objects.filter(by__is_simulated=True).delete()
    return count


def _seen(view_id: object, person: Person) -> SavedView:
    found = SavedView.objects.filter(Q(by=person) | Q(is_shared=True), public_id=view_id).first()
    if found is None:
        raise NoSuchView(f"There is no view {view_id}.")
    return found


def _to_change(view_id: object, by: Person) -> SavedView:
    require(by, KEEP)
    view = _seen(view_id, by)
    if not may_change(view, by):
        require(by, CHANGE_OTHERS)
    return view


def _views_of(person: Person) -> QuerySet[SavedView]:
    """Somebody's views, where nobody else keeps or names one of them until this is written."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    return SavedView.objects.filter(by=person)


def _name(text: str, beside: QuerySet[SavedView]) -> str:
    name = " ".join(text.split())
    if not name or len(name) > 60:
        raise ViewRefused("A view needs a name of up to 60 characters.")
    if is_unfit(name):
        raise ViewRefused(f"This name cannot be kept: {UNFIT}. Type it anew.")
    if beside.filter(name__iexact=name).exists():
        raise ViewRefused(f"There is a view “{name}” already. Choose another name.")
    return name


def _tell(kind: str, view: SavedView, by: Person, at: datetime) -> None:
    append(kind=kind, at=at, by=by, subject=f"view:{view.public_id}",
           payload={"page": view.page, "shared": view.is_shared})  # fmt: skip
