"""What Ctrl K finds: pages first, then what the rooms know."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import deeds_of
from onefunnel.server.run.found import find_records, find_views
from onefunnel.server.site.navigation import AVATAR_MENU, MENU, PLACES, links
from onefunnel.server.site.today import has_data

MOST = 12


class Found(Protocol):
    """What a room hands in: any object with these three words."""

    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    kind: str


Provider = Callable[[str, Person], Iterable[Found]]


# what the rooms below give: from the words typed, and who asks, to hits
PROVIDERS: tuple[Provider, ...] = (find_views, find_records)


def find(text: str, person: Person) -> list[Hit]:
    """Pages whose title has a word starting with the text, then records; at most twelve."""
    words = text.strip()
    hits = _pages(words, person)
    if len(words) >= 2 and has_data():
        for provider in PROVIDERS:
            hits += [Hit(found.title, found.url, found.kind) for found in provider(words, person)]
    return hits[:MOST]


def _pages(words: str, person: Person) -> list[Hit]:
    may = deeds_of(person)
    asked = words.casefold()
    return [
        Hit(link.title, link.url, "page")
        for link in links((*MENU, *PLACES, *AVATAR_MENU), "", may)
        if any(part.startswith(asked) for part in _starts(link.title))
    ]


def _starts(title: str) -> list[str]:
    """The title from each of its words on: `new import` finds `Data: new import`."""
    parts = title.casefold().split()
    return [" ".join(parts[index:]) for index in range(len(parts))]
