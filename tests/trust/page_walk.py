"""Walk the pages by their links, and read what a page shows: its figures and its loose digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.urls import URLPattern, URLResolver, get_resolver

#: Links that are not pages to look at: files, sign-out, the API, and things that change something.
_NOT_PAGES = re.compile(
    r"^/(static|api|sign-in|healthz|search/hits|simulated-company)|\.(csv|png|svg|js|css|zip)$"
)
#: Records are many and alike: so many of each kind are enough.
_ENOUGH = {"/run/leads/*": 4, "/run/accounts/*": 3, "/measure/list/": 0}
_ENOUGH_OTHERWISE = 3

_VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "wbr", "col", "source", "area"})
#: A text that is a number and nothing else, and the places where pages state one.
_NUMBER = re.compile(r"(?:[A-Z]{3} |[€$£])?[-−+]?\d[\d.,\u00a0\u202f]*(?: ?%| [A-Z]{3}| days?)?")
_STATES = frozenset({"strong", "dd"})

#: Where digits are no figures: times, code, what people choose or type, and names out of the data.
_QUIET_TAGS = frozenset({"time", "code", "script", "style", "option", "textarea", "kbd", "title"})


@dataclass(frozen=True)
class Shown:
    """A figure of a page: where it leads and what the list there has to come to."""

    text: str
    href: str
    value: str
    kind: str
    list_total: str


@dataclass
class Page(HTMLParser):
    """What is on a page. `loose` are texts with digits that no figure and no name holds; `stated`
    are those that are a number in a place made for one: (text, name of the part of the page).
    """

    path: str = ""
    links: list[str] = field(default_factory=list)
    figures: list[Shown] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    of_list: list[str] = field(default_factory=list)
    stated: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._figure: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.path, str(given["href"])))
        if "data-list" in given:
            self._figure, self._text = given, ""
        if "data-of-list" in given:
            self.of_list.append(str(given["data-of-list"]))
        if tag not in _VOID:
            self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, given = self._open.pop()
            if given is self._figure and self._figure is not None:
                self.figures.append(
                    Shown(
                        text=self._text.strip(),
                        href=urljoin(self.path, str(given.get("href", ""))),
                        value=str(given.get("data-value", "")),
                        kind=str(given.get("data-kind", "")),
                        list_total=str(given.get("data-list", "")),
                    )
                )
                self._figure = None
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._figure is not None:
            self._text += data
            return
        if not any(character.isdigit() for character in data):
            return
        if not any(tag == "main" for tag, _ in self._open):
            return
        quiet = any(
            tag in _QUIET_TAGS or "data-name" in given or "data-of-list" in given
            for tag, given in self._open
        )
        if not quiet:
            text = " ".join(data.split())
            self.loose.append(text)
            if _NUMBER.fullmatch(text) and any(map(_is_stated, self._open)):
                self.stated.append((text, self._part()))

    def _part(self) -> str:
        """The name of the innermost part of the page that has one."""
        for _, given in reversed(self._open):
            if name := given.get("aria-label") or given.get("aria-labelledby"):
                return name
        return ""


def _is_stated(element: tuple[str, dict[str, str | None]]) -> bool:
    tag, given = element
    names = set(str(given.get("class") or "").split())
    return tag in _STATES or "figure" in names or (tag == "td" and "number" in names)


def read(client: Any, path: str) -> Page:
    """Fetch a page and read it; anything but 200 fails."""
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    page = Page(path=path)
    page.feed(answer.content.decode())
    page.close()
    return page


def walk(
    client: Any, *, start: str = "/", most: int = 400, of_each: int | None = None
) -> Iterator[Page]:
    """Every page that links lead to from `start`, a few (or `of_each`) of each kind of record."""
    waiting, seen, kinds = [start], {start}, Counter[str]()
    while waiting and most:
        path = waiting.pop(0)
        answer = client.get(path)
        if answer.status_code in (301, 302):
            waiting += _fresh([urljoin(path, answer["Location"])], seen, kinds, of_each)
            continue
        if answer.status_code == 403:  # a link nobody should have shown is another test's business
            continue
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if not answer["Content-Type"].startswith("text/html"):
            continue
        most -= 1
        page = Page(path=path)
        page.feed(answer.content.decode())
        page.close()
        yield page
        waiting += _fresh(page.links, seen, kinds, of_each)


def _fresh(links: list[str], seen: set[str], kinds: Counter[str], of_each: int | None) -> list[str]:
    found = []
    for link in links:
        parts = urlsplit(link)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if parts.netloc or path in seen or _NOT_PAGES.search(parts.path):
            continue
        kind = _kind(parts.path)
        if parts.query:
            kind += "?" + "&".join(sorted({key for key, _ in parse_qsl(parts.query)}))
        most = _ENOUGH.get(_kind(parts.path), _ENOUGH_OTHERWISE)
        if of_each is not None:
            most = min(most, of_each)
        if kinds[kind] >= most:
            continue
        kinds[kind] += 1
        seen.add(path)
        found.append(path)
    return found


def addresses(given: Mapping[str, object]) -> Iterator[str]:
    """Every address of the program, those with parts filled in from `given`; no sign-out."""

    def paths(patterns: list[Any], start: str) -> Iterator[str]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from paths(one.url_patterns, start + str(one.pattern))
            elif isinstance(one, URLPattern):
                path = start + str(one.pattern)
                for name, value in given.items():
                    for kind in ("", "str:", "uuid:", "int:", "path:", "slug:"):
                        path = path.replace(f"<{kind}{name}>", str(value))
                if "<" not in path and "(" not in path and "^" not in path:
                    yield "/" + path.strip("/").rstrip("$") + ("/" if path.endswith("/") else "")

    for path in paths(get_resolver().url_patterns, ""):
        if "sign-out" not in path and "logout" not in path:
            yield path


def _kind(path: str) -> str:
    """The path with the part that names a record replaced by a star."""
    if path == "/run/leads/new/":  # a form, no lead
        return path
    parts = path.strip("/").split("/")
    if len(parts) > 2 and parts[0] in ("run", "data", "agree"):
        return f"/{parts[0]}/{parts[1]}/*"
    return path
