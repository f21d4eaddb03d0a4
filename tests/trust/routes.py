"""Every route of the program, read from the URL resolver and from the API, with who may ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from onefunnel.server.people.access import Access, access_of
from onefunnel.server.site.api import api

#: Sign-in pages of a library, which ask by themselves; and the API's own documents.
_OF_LIBRARIES = re.compile(r"sign-in/|api/(openapi\.json|docs|)$|api/<")
_PART = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)|\{(?:(\w+):)?(\w+)\}")


@dataclass(frozen=True)
class Part:
    """A part of an address that names something: `before` is the address up to it."""

    before: str
    kind: str
    name: str


@dataclass(frozen=True)
class Route:
    """One address and how it may be asked. `operation` is there for routes of the API."""

    path: str
    methods: tuple[str, ...]
    view: Any
    operation: Any = None

    @property
    def access(self) -> Access | None:
        """What the code beside the view says of who may."""
        return access_of(self.view)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What has to be named to ask for it."""
        return tuple(
            Part(self.path[: m.start()], m[1] or m[4] or "str", m[2] or m[3] or m[5])
            for m in _PART.finditer(self.path)
        )

    def address(self, named: dict[str, object]) -> str:
        """The address with its parts filled in."""
        return "/" + _PART.sub(lambda m: str(named[m[2] or m[3] or m[5]]), self.path)


def pages() -> list[Route]:
    """Every page and download, asked by GET and by POST."""
    return [
        Route(path, ("GET", "POST"), pattern.callback)
        for path, pattern in _walked(get_resolver().url_patterns, "")
        if not _OF_LIBRARIES.match(path) and not path.startswith("api/")
    ]


def operations() -> list[Route]:
    """Every operation of the API; but the one that answers where there is nothing."""
    assert get_resolver().url_patterns  # the API joins its routers once its addresses are made
    found = []
    for prefix, router in api._routers:
        for path, held in router.path_operations.items():
            if path == "/{path:rest}":
                continue
            start = "api/" + "/".join(filter(None, (prefix.strip("/"), path.lstrip("/"))))
            end = "/" if path == "/" else ""
            found += [
                Route(start + end, tuple(one.methods), one.view_func, one)
                for one in held.operations
            ]
    return found


def _walked(patterns: list[Any], start: str) -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        path = start + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walked(one.url_patterns, path)
        elif isinstance(one, URLPattern):
            yield re.sub(r"(?<!\()\^|\$$|\\", "", path), one
