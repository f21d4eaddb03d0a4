"""What happens in this room, in the past tense."""

from __future__ import annotations

VERSION_PROPOSED = "agree.version-proposed"
VERSION_ADOPTED = "agree.version-adopted"
VERSION_SIGNED = "agree.version-signed"
