"""The door that every mail to a lead goes through: may this address be written to for this?"""

from __future__ import annotations

from onefunnel.server.notify.to_leads.digests import digest_of, key_mark
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


def unreadable() -> bool:
    """Whether rows are there that were made with another secret key."""
    mine = key_mark()
    marks = (
        rows.objects.order_by(order).values_list("key_mark", flat=True).first()
        for rows in (Suppression, Basis)
        for order in ("key_mark", "-key_mark")
    )
    return any(mark not in (None, mine) for mark in marks)
