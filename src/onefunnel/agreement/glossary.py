"""The product's own words, read from the one file that defines them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class GlossaryTerm:
    """One word of the field: its group, meaning, other names, and the anchor it has on a page."""

    name: str
    group: str
    meaning: str
    also: tuple[str, ...]
    slug: str


class GlossaryError(ValueError):
    """The glossary file breaks its own format; the text says where."""


def read_glossary(text: str) -> tuple[GlossaryTerm, ...]:
    """The terms of a glossary file, in its order.

    Raises:
        GlossaryError: a term stands twice (also as another's other name) or has no meaning.
    """
    found: list[GlossaryTerm] = []
    group = ""
    for block in re.split(r"^(?=#{2,3} )", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        if head.startswith("## "):
            group = head.removeprefix("## ").strip()
            continue
        found.append(_term(head.removeprefix("### ").strip(), group, body))
    seen: dict[str, str] = {}
    for term in found:
        for name in (term.name, *term.also):
            if seen.setdefault(name.casefold(), term.name) != term.name or (
                name == term.name and [each.name for each in found].count(name) > 1
            ):
                raise GlossaryError(f"{name!r} is defined twice")
    return tuple(found)


def _term(name: str, group: str, body: str) -> GlossaryTerm:
    lines = [line.strip() for line in body.strip().splitlines()]
    also = tuple(
        other.strip()
        for line in lines
        if line.startswith("*Also:*")
        for other in line.removeprefix("*Also:*").split(",")
    )
    meaning = " ".join(line for line in lines if line and not line.startswith("*Also:*"))
    if not meaning:
        raise GlossaryError(f"{name!r} has no meaning")
    return GlossaryTerm(name, group, meaning, also, slug_of(name))


def slug_of(name: str) -> str:
    """The name as an anchor: small letters and hyphens."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")


@cache
def terms() -> tuple[GlossaryTerm, ...]:
    """Every term of the product's glossary."""
    text = resources.files("onefunnel.agreement").joinpath("glossary.md")
    return read_glossary(text.read_text(encoding="utf-8"))


@cache
def _by_name() -> dict[str, GlossaryTerm]:
    return {name.casefold(): term for term in terms() for name in (term.name, *term.also)}


def term(name: str) -> GlossaryTerm | None:
    """The term of that name (or other name), in any case; None where it is not defined."""
    return _by_name().get(" ".join(name.split()).casefold())
