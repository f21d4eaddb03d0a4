"""How one mail to a lead goes out: through the door once more, with the way to unsubscribe."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from onefunnel.server.notify.mail.letters import all_mail, send
from onefunnel.server.notify.outbox.models import Outgoing
from onefunnel.server.notify.outbox.outcome import Outcome, Way, forbidden
from onefunnel.server.notify.to_leads.digests import digest_of
from onefunnel.server.notify.to_leads.door import why_not, why_not_now
from onefunnel.server.notify.to_leads.tokens import unsubscribe_url


def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
    """Send one mail to a lead, unless by now nobody may write to them, or not now."""
    content = outgoing.content
    to = str(content["to"])
    if reason := why_not(to, str(content["purpose"])) or why_not_now(outgoing.key, at=at):
        return forbidden(reason)
    away = unsubscribe_url(digest_of(to))
    about = {"text": content["text"], "away": away}
    return send(
        outgoing,
        to=to,
        subject=str(content["subject"]),
        text=render_to_string("notify/mail/to_lead.txt", about),
        html=render_to_string("notify/mail/to_lead.html", about),
        headers={
            "List-Unsubscribe": f"<{away}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


WAY = Way(deliver, all_mail)
