"""A form of a website as somebody arranges it: what was written, and the HTML to copy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from onefunnel.facts.declaration import SQL_TYPES, Type
from onefunnel.server.run.handovers.lead_data import label_of
from onefunnel.server.run.tracker.arrivals import digest_of
from onefunnel.server.run.tracker.book import Book
from onefunnel.server.run.tracker.fields import OURS
from onefunnel.server.run.tracker.models import CaptureForm
from onefunnel.server.run.tracker.web_forms import BESIDE, MOST_FIELDS, TRAP, FormField

#: So many empty lines for further fields.
_EMPTY = 3
_FIRST = (
    {"name": "name", "label": "Your name", "kind": "text", "required": False},
    {"name": "email", "label": "Your e-mail address", "kind": "text", "required": True},
    {"name": "company", "label": "Your company", "kind": "text", "required": False},
)
#: What people call the types of answers.
KINDS = {
    "text": "text", "int": "whole number", "number": "number", "money": "money", "time": "time",
    "day": "day", "flag": "yes or no",
}  # fmt: skip
assert KINDS.keys() == SQL_TYPES.keys()
_INPUTS = {"int": "number", "day": "date", "flag": "checkbox", "time": "datetime-local"}


@dataclass(frozen=True)
class Line:
    """One field as it stands in the page: its question, the lead's field it fills, its type."""

    name: str = ""
    label: str = ""
    kind: str = "text"
    is_required: bool = False


@dataclass(frozen=True)
class Arranged:
    """A form as its page shows it; `state` tells whether somebody else changed it meanwhile."""

    slug: str = ""
    name: str = ""
    lines: tuple[Line, ...] = ()
    origins: str = ""
    source: str = ""
    thanks_url: str = ""
    is_open: bool = True
    state: str = ""

    @property
    def fields(self) -> tuple[FormField, ...]:
        """The lines that say anything, as the deed takes them."""
        return tuple(
            FormField(one.name, one.label, one.kind, one.is_required)  # type: ignore[arg-type]
            for one in self.lines
            if one.name or one.label
        )

    @property
    def sites(self) -> list[str]:
        """The sites that may send it."""
        return self.origins.split()


@dataclass(frozen=True)
class Needed:
    """A column that a hand-over card requires, and the cards that do; `is_asked` here already."""

    name: str
    label: str
    kind: Type
    cards: str
    is_asked: bool


def needed_by_cards(book: Book, shown: Arranged) -> list[Needed]:
    """What the hand-overs of the agreement in force require, in their order."""
    cards: dict[str, list[str]] = {}
    for card in book.agreement.handovers:
        for column in card.required:
            cards.setdefault(column, []).append(card.name)
    asked = {one.name for one in shown.lines}
    return [
        Needed(name, label_of(name), book.fields.get(name, "text"), ", ".join(by), name in asked)
        for name, by in cards.items()
        if name not in OURS | BESIDE
    ]


def with_needed(shown: Arranged, needed: Sequence[Needed], chosen: Collection[str]) -> Arranged:
    """The form with a field for each chosen thing that a hand-over needs."""
    more = tuple(
        Line(one.name, one.label, one.kind)
        for one in needed
        if one.name in chosen and not one.is_asked
    )
    return replace(shown, lines=(*(one for one in shown.lines if one.name or one.label), *more))


def of_form(form: CaptureForm | None) -> Arranged:
    """A form as it is kept; for none a new one that asks the usual."""
    if form is None:
        return Arranged(lines=_lines(_FIRST))
    return Arranged(
        slug=form.slug,
        name=form.name,
        lines=_lines(form.fields),
        origins="\n".join(form.origins),
        source=form.source,
        thanks_url=form.thanks_url,
        is_open=form.is_open,
        state=state_of(form),
    )


def state_of(form: CaptureForm) -> str:
    """Another one after every change of the form."""
    return digest_of([form.name, form.fields, form.origins, form.source, form.thanks_url,
                      form.is_open])[:16]  # fmt: skip


def of_sent(sent: Mapping[str, str], slug: str) -> Arranged:
    """A form as somebody sent it."""
    lines = tuple(
        Line(
            sent.get(f"name-{n}", "").strip(),
            sent.get(f"label-{n}", "").strip()[:200],
            sent.get(f"kind-{n}", "text"),
            sent.get(f"required-{n}") == "yes",
        )
        for n in range(MOST_FIELDS)
        if f"name-{n}" in sent
    )
    return Arranged(
        slug=slug or sent.get("slug", "").strip(),
        name=sent.get("name", "").strip()[:80],
        lines=lines,
        origins=sent.get("origins", "")[:4000],
        source=sent.get("source", "").strip()[:120],
        thanks_url=sent.get("thanks_url", "").strip()[:400],
        is_open=sent.get("is_open") == "yes",
        state=sent.get("state", ""),
    )


def snippet(form: CaptureForm, address: str, script: str) -> SafeString:
    """The HTML that a website shows. It works without the script on its last line, which only
    tells of visitors who began and left.

    It is HTML: a page that shows it as a text to copy has to escape it by force.
    """
    rows = format_html_join(
        "\n",
        "  <p><label>{}<br>\n    <input{}></label></p>",
        ((one["label"], _attributes(one)) for one in form.fields),
    )
    trap = format_html(
        '  <p style="position:absolute;left:-9999px" aria-hidden="true"><label>Leave this empty\n'
        '    <input name="{}" tabindex="-1" autocomplete="off"></label></p>',
        TRAP,
    )
    whole = '<form method="post" action="{}">\n{}\n{}\n  <p><button>Send</button></p>\n</form>\n'
    whole += '<script src="{}" defer></script>'
    return format_html(whole, address, rows, trap, script)


def _attributes(one: Mapping[str, object]) -> SafeString:
    kind = "email" if one["name"] == "email" else _INPUTS.get(str(one["kind"]), "text")
    said = format_html(' name="{}" type="{}"', one["name"], kind)
    value = SafeString(' value="yes"') if kind == "checkbox" else SafeString("")
    required = SafeString(" required") if one["required"] else SafeString("")
    return SafeString(conditional_escape(said) + value + required)


def _lines(fields: Sequence[Mapping[str, object]]) -> tuple[Line, ...]:
    kept = [
        Line(str(one["name"]), str(one["label"]), str(one["kind"]), bool(one["required"]))
        for one in fields
    ]
    return (*kept, *[Line()] * min(_EMPTY, MOST_FIELDS - len(kept)))
