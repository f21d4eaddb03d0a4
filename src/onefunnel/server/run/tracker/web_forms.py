"""Forms of websites: which fields they have, and what comes in by them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from django.db import transaction

from onefunnel.facts.declaration import SQL_TYPES, Type
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.arrivals import Entered, digest_of
from onefunnel.server.run.tracker.entering_one import enter_lead
from onefunnel.server.run.tracker.fields import OURS, BadField, read_value
from onefunnel.server.run.tracker.form_counts import count_refused
from onefunnel.server.run.tracker.models import CaptureForm, FormAnswer
from onefunnel.server.warehouse.queries import lead_columns

#: The field that people do not see and programs fill in.
TRAP = "website"
#: What our script adds: the page tells of visitors who began and left.
WATCHED = "_watched"  # no field of a form can be called that
#: What a form may send beside its fields: the trap, the key that makes it come in once, the mark.
BESIDE = frozenset({TRAP, "key", WATCHED})
MOST_FIELDS = 40
#: Equal answers of one visitor to one form are one answer where no more seconds lie between: a
#: double click. Up to twice as many may, as time is cut into pieces of that length.
AT_ONCE = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BLANK = re.compile(r"[\x00-\x20\x7f]")
_PORTS = {"https": 443, "http": 80}
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class BadForm(ValueError):
    """The form cannot be like that. The text says why."""


@dataclass(frozen=True)
class FormField:
    """One thing that a form asks."""

    name: str
    label: str
    kind: Type = "text"
    is_required: bool = False


def save_form(
    *,
    slug: str,
    name: str,
    fields: Sequence[FormField],
    origins: Sequence[str],
    by: Person,
    at: datetime,
    source: str = "",
    thanks_url: str = "",
    is_open: bool = True,
) -> CaptureForm:
    """Make a form, or change the one of that slug.

    Args:
        origins: The sites that may send it, such as "https://www.example.com".
        source: What the source of its leads says; the form's name if empty.

    Raises:
        BadForm: a name, field or origin cannot be like that.
    """
    require(by, "arrange forms")
    _check(slug, name, fields, thanks_url, {column for column, _ in lead_columns()})
    sites = list(dict.fromkeys(_origin(one) for one in origins))
    listed = [
        {"name": one.name, "label": one.label, "kind": one.kind, "required": one.is_required}
        for one in fields
    ]
    with transaction.atomic():
        form, _ = CaptureForm.objects.update_or_create(
            slug=slug,
            defaults={
                "name": name, "fields": listed, "origins": sites,
                "source": source, "thanks_url": thanks_url, "is_open": is_open,
            },
            create_defaults={
                "name": name, "fields": listed, "origins": sites,
                "source": source, "thanks_url": thanks_url, "is_open": is_open,
                "by": by, "made_at": at,
            },
        )  # fmt: skip
        append(kind=events.FORM_CHANGED, at=at, by=by, subject=f"form:{form.public_id}",
               payload={"fields": [one.name for one in fields], "open": is_open})  # fmt: skip
    return form


def open_form(slug: str) -> CaptureForm | None:
    """The form of that slug, where it takes answers."""
    return CaptureForm.objects.filter(slug=slug, is_open=True).first()


def take_answer(
    *, form: CaptureForm, said: Mapping[str, str], at: datetime, visitor: str = ""
) -> tuple[Entered | None, list[BadField]]:
    """Enter what somebody sent by a form: the lead, or what is wrong with each field.

    Without a key of its own, the same said again by the same visitor AT_ONCE is the same answer.
    Both are empty for what a program sent that filled in the trap: it is not told.
    """
    asked = {str(one["name"]): one for one in form.fields}
    wrong = [
        BadField(name, "the form does not ask this", "Leave it out")
        for name in said
        if name not in asked and name not in BESIDE
    ]
    read: dict[str, object] = {}
    for name, one in asked.items():
        try:
            read[name] = read_value(name, said.get(name, ""), one["kind"])
        except BadField as bad:
            wrong.append(bad)
            continue
        if read[name] is None and one["required"]:
            wrong.append(BadField(name, f"“{one['label']}” is missing", "Fill it in"))
    if said.get(TRAP):
        return None, wrong
    if wrong:
        count_refused(form=form, fields=[one.field for one in wrong], at=at)
        return None, wrong
    if all(value is None for value in read.values()):
        return None, [BadField("fields", "nothing is filled in", "Fill in at least one field")]
    # as they were sent: a field that the workspace knows is read as what it is there
    filled = {name: said[name] for name, value in read.items() if value is not None}
    fields: dict[str, object] = dict(filled)
    fields.setdefault("source", form.source or form.name)
    key, before = said.get("key", "")[:200], ""
    if not key:
        piece, digest = int(at.timestamp()) // AT_ONCE, digest_of([visitor, fields])
        key, before = (f"said:{number}:{digest}" for number in (piece, piece - 1))
    try:
        entered = enter_lead(
            fields=fields, declared={n: o["kind"] for n, o in asked.items()}, by=None, at=at,
            key=key, before=before, caller=f"form:{form.public_id}",
            via=f"the form {form.name}",
            answer=FormAnswer(form=form, at=at, asked=list(asked), filled=list(filled),
                              is_watched=bool(said.get(WATCHED))),
        )  # fmt: skip
    except BadField as bad:
        count_refused(form=form, fields=[bad.field], at=at)
        return None, [bad]
    return entered, []


def _check(
    slug: str, name: str, fields: Sequence[FormField], thanks_url: str, columns: Collection[str]
) -> None:
    """Refuse a form that cannot be; `columns` are those of leads, however they are written."""
    if not _SLUG.fullmatch(slug) or not name.strip():
        raise BadForm("A form needs a name, and an address of small letters, digits and hyphens.")
    if not 1 <= len(fields) <= MOST_FIELDS or len({f.name for f in fields}) != len(fields):
        raise BadForm(f"A form asks 1 to {MOST_FIELDS} fields, each once.")
    for one in fields:
        is_known = one.name in columns  # as the data have it: “Mitarbeiter” too
        if not (is_known or _NAME.fullmatch(one.name)) or one.name in OURS | BESIDE:
            raise BadForm(f"A field cannot be called “{one.name}”: use small letters and _.")
        if one.kind not in SQL_TYPES or not one.label.strip():
            raise BadForm(f"“{one.name}” needs a label, and one of: {', '.join(SQL_TYPES)}.")
    if thanks_url:
        _site_of(thanks_url)


def _origin(text: str) -> str:
    """A site as browsers name it: scheme, host in small letters, and a port that is not usual."""
    parts, site = _site_of(text.strip())
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in text or "#" in text:
        raise BadForm(f"“{text}” names a page. A form is of a whole site: write {site}.")
    return site


def _site_of(address: str) -> tuple[SplitResult, str]:
    """The parts of a web address, and its site. Raises BadForm."""
    try:
        if _BLANK.search(address):
            raise ValueError("a blank or a control character")
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
        if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
            raise ValueError("no site")
    except ValueError:
        raise BadForm(
            f"“{address}” is not the address of a site, such as https://example.com."
        ) from None
    host = f"[{host}]" if ":" in host else host
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return parts, f"{parts.scheme}://{host}{shown}"
