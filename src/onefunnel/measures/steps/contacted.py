"""Which touches are marketing mail that went out, and which are contacts of sales?

Sources call them differently: what is read here are the words of the channel and the kind, and the
team where it is said. What a lead did (opened, clicked, replied) is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.store import Facts
from onefunnel.measures.steps.drifting import is_ours
from onefunnel.measures.steps.run import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: How the team that writes to leads is called.
MARKETING = ("marketing",)
#: Whose a contact is that names no team.
SALES = "sales"
#: Channels of mail, and kinds that say that one went out.
MAIL = frozenset({"e-mail", "email", "mail", "newsletter"})
SENT = frozenset({"sent", "e-mailed", "emailed", "mailed", "nurtured", "delivered"})
#: What people of ours do with a lead, by kind or by channel. Without a team it is sales' doing.
SPOKEN = frozenset(
    {"called", "met", "visited", "demonstrated", "messaged",
     "call", "phone", "telephone", "meeting", "visit", "demonstration", "demo", "message"}
)  # fmt: skip
#: Of a team that is named, a mail written by hand is a contact too.
WROTE = frozenset({"wrote"}) | SENT
#: What the program notes of a lead that woke up: no touch of anybody.
WOKEN = "woken"


def is_marketing_mail(touch: Mapping[str, object]) -> bool:
    """Whether one touch is a marketing mail that went out."""
    channel, kind, team = _said(touch)
    return channel in MAIL and kind in SENT and (not team or is_ours(team, MARKETING))


def is_sales_contact(touch: Mapping[str, object]) -> bool:
    """Whether one touch is a contact that somebody beside marketing made."""
    channel, kind, team = _said(touch)
    if team and is_ours(team, MARKETING):
        return False
    return (
        kind in SPOKEN
        or (channel in SPOKEN and kind in ("", channel))
        or (bool(team) and kind in WROTE)
    )


def team_of_contact(touch: Mapping[str, object]) -> str:
    """The team that made a contact, as the data call it; sales where they do not say."""
    return _said(touch)[2] or SALES


def mails_and_contacts(facts: Facts) -> tuple[ir.Table, ir.Table]:
    """The marketing mails that went out and the sales contacts: lead_id, at, and what is known.

    The same words in bulk as `is_marketing_mail` and `is_sales_contact` say of one.
    """
    touches = facts["touches"]
    lacking = {
        name: ibis.null("string")
        for name in ("touch_id", "lead_id", "channel", "kind", "team", "campaign")
        if name not in touches.columns
    }
    if "at" not in touches.columns:
        lacking["at"] = ibis.null("timestamp")
    touches = touches.mutate(**lacking)
    touches = touches.filter(touches["lead_id"].notnull() & touches["at"].notnull())
    ways = rows(touches.select("channel", "kind", "team").distinct())
    mails = [way for way in ways if is_marketing_mail(way)]
    contacts = [way for way in ways if is_sales_contact(way)]
    chosen = touches.select("touch_id", "lead_id", "at", "channel", "kind", "team", "campaign")
    return chosen.filter(_is_one(chosen, mails)), chosen.filter(_is_one(chosen, contacts))


def _is_one(touches: ir.Table, ways: list[dict[str, str | None]]) -> ir.BooleanValue:
    """Whether a touch is of one of these ways: by one text, however many there are."""
    mark = _mark(*(touches[name].fill_null("") for name in ("channel", "kind", "team")))
    return mark.isin(["\x1f".join(str(way[n] or "") for n in ("channel", "kind", "team"))
                      for way in ways])  # fmt: skip


def _mark(channel: ir.StringValue, kind: ir.StringValue, team: ir.StringValue) -> ir.StringValue:
    return channel + "\x1f" + kind + "\x1f" + team


def _said(touch: Mapping[str, object]) -> tuple[str, str, str]:
    return (
        str(touch.get("channel") or "").strip().casefold(),
        str(touch.get("kind") or "").strip().casefold(),
        str(touch.get("team") or "").strip(),
    )
