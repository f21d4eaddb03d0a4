"""Mail into a folder: each message a file that mail programs open. The demo's way, and the way
where no mail server is set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from onefunnel.server.people.ids import uuid7


class FolderBackend(BaseEmailBackend):
    """Writes `<message id>.eml` into settings.EMAIL_FILE_PATH, for this user only.

    The same message written again takes the place of the first.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message; how many."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            written = message.message()
            file = folder / f"{_name_of(str(written['Message-ID'] or ''))}.eml"
            draft = file.with_suffix(f".{os.getpid()}.draft")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                out.truncate()
                out.write(written.as_bytes(linesep="\r\n"))
            draft.replace(file)
        return len(email_messages)


def remove_file(message_id: str) -> None:
    """Remove the file of a message, if there is one."""
    (Path(settings.EMAIL_FILE_PATH) / f"{_name_of(message_id)}.eml").unlink(missing_ok=True)


def _name_of(message_id: str) -> str:
    """What stands before the @ of a message id, where it makes a safe name of a file."""
    name = message_id.strip("<>").partition("@")[0]
    return name if name and all(c.isalnum() or c in "._-" for c in name) else str(uuid7())
