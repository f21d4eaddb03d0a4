"""The seal of one event: what the chain of the log is made of."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from onefunnel.server.record.models import Event


def seal(event: Event) -> str:
    """The hash an event must have: over its content and the hash of the one before it."""
    content = {
        "id": str(event.public_id),
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": event.by_id,
        "kind": event.kind,
        "subject": event.subject,
        "payload": event.payload,
        "previous": event.previous,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
