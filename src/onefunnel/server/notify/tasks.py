"""What the clock does for this room: mornings bring digests, and what is due goes out."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic

from onefunnel.server.notify.hooks import delivering
from onefunnel.server.notify.mail import letters
from onefunnel.server.notify.mail.digests import write_digests
from onefunnel.server.notify.outbox.commands import clear_away
from onefunnel.server.notify.outbox.models import Channel
from onefunnel.server.notify.outbox.outcome import Way
from onefunnel.server.notify.outbox.sending import send_due
from onefunnel.server.notify.to_leads import mailing

#: How messages of each channel go out.
WAYS: dict[str, Way] = {
    Channel.MAIL: letters.WAY,
    Channel.LEAD: mailing.WAY,
    Channel.HOOK: delivering.WAY,
}


def tick(*, at: datetime) -> int:
    """Write the digests that are due and clear away what is long done; how many digests."""
    clear_away(at=at)
    return write_digests(at=at)


def send_out(*, at: datetime) -> int:
    """Send what is due; how many messages went out.

    Receivers may take their time, so it runs beside the clock of promises, not in it; a round may
    take minutes, and time goes on in it.
    """
    begun = monotonic()
    return send_due(now=lambda: at + timedelta(seconds=monotonic() - begun), ways=WAYS)[0]
