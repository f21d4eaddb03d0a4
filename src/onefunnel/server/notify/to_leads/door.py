"""The door that every mail to a lead goes through: may this address be written to for this?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from onefunnel.server.notify.to_leads.digests import NotAnAddress, digest_of, key_mark
from onefunnel.server.notify.to_leads.models import Basis, Ground, Suppression

_OTHER_KEY = (
    "The list of those nobody may write to was kept under another secret key and cannot be read, "
    "so nobody is written to{}. Start with the former ONEFUNNEL_SECRET_KEY again."
)


class Unreadable(ValueError):
    """The lists were kept under another secret key. The text says what to do."""


def require_readable() -> None:
    """Refuse to write rows of this key beside rows of another: then neither key could read all.

    Raises:
        Unreadable: see the class.
    """
    if unreadable():
        raise Unreadable(_OTHER_KEY.format(" and nothing is put on it"))


def why_not(address: str, purpose: str) -> str:
    """Why an address must not be written to for a purpose; empty where it may be.

    Nobody is written to who is on the list, or for whom no basis is recorded. Where the list was
    kept under another secret key it cannot be read, and then nobody is written to at all.

    Raises:
        NotAnAddress: the text is no address.
    """
    digest = digest_of(address)
    if unreadable():
        return _OTHER_KEY.format("")
    listed = Suppression.objects.filter(digest=digest).first()
    if listed is not None:
        return f"Nobody may write to this address: {listed.get_why_display()}."
    said = Basis.objects.filter(digest=digest, purpose=purpose).first()
    if said is None:
        return f"No basis is recorded on which this address may be written to for “{purpose}”."
    if said.ground == Ground.NONE:
        return f"For “{purpose}” this address may not be written to: consent was taken back."
    return ""


def is_listed(address: str) -> bool:
    """Whether the address is on the list of those nobody may write to; no address is not."""
    try:
        return Suppression.objects.filter(digest=digest_of(address)).exists()
    except NotAnAddress:
        return False


#: What rooms above say of a mail by its key at the moment of sending: why not, or nothing.
LastLook = Callable[[str, datetime], str]
_last_looks: list[LastLook] = []


def provide_last_look(look: LastLook) -> None:
    """Have each mail to a lead looked at once more when it goes out. Called once, at the start."""
    if look not in _last_looks:
        _last_looks.append(look)


def why_not_now(key: str, *, at: datetime) -> str:
    """Why a mail must not go out at this moment, by those who had it written; empty: it may."""
    return next((reason for look in _last_looks if (reason := look(key, at))), "")


def unreadable() -> bool:
    """Whether rows are there that were made with another secret key."""
    ends = ", ".join(
        f"(SELECT {end}(key_mark) FROM {rows._meta.db_table})"
        for rows in (Suppression, Basis)
        for end in ("min", "max")
    )
    with connection.cursor() as cursor:  # in one statement: every mail asks
        cursor.execute(f"SELECT {ends}")
        marks = cursor.fetchone()
    return any(mark not in (None, key_mark()) for mark in marks)
