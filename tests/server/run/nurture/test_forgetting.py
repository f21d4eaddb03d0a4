"""A forgotten lead is nowhere in the outbox: not in mails that wait, failed or have gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import serializers

from onefunnel.server.notify.outbox.models import Attempt, Outgoing, State
from onefunnel.server.notify.tasks import send_out
from onefunnel.server.run.nurture import commands, forgetting
from onefunnel.server.run.nurture.tasks import tick
from tests.server.run.nurture.conftest import AT, bring, consent, enter, letter, switched_on

pytestmark = pytest.mark.django_db
CANARY = "finchbird"


def everything() -> str:
    """All that the outbox and its folder of mails hold, as text."""
    rows = [*Outgoing.objects.all(), *Attempt.objects.all()]
    folder = Path(settings.EMAIL_FILE_PATH)
    files = [path.read_text() for path in folder.glob("*.eml")] if folder.is_dir() else []
    return "".join([serializers.serialize("json", rows), *files])


@pytest.mark.usefixtures("agreed")
def test_no_row_of_the_outbox_holds_the_address_of_a_forgotten_lead(
    marketer: Any, head: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        settings, "EMAIL_BACKEND", "onefunnel.server.notify.mail.folder.FolderBackend"
    )
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", str(tmp_path / "mail"))
    leads = (CANARY, f"{CANARY}2", f"{CANARY}3", "stays")
    bring(*leads)
    consent(*leads)
    sequence = switched_on(marketer, head, letter("a"), letter("b", wait=3))
    enter(sequence, leads[:1], marketer)
    tick(at=AT)
    send_out(at=AT)  # the first has gone, and stands in the folder
    enter(sequence, leads[1:], marketer)
    tick(at=AT + timedelta(minutes=1))
    failed = next(one for one in Outgoing.objects.all() if f"{CANARY}2" in str(one.content))
    Outgoing.objects.filter(pk=failed.pk).update(state=State.FAILED, ended_at=AT, reason="no")
    assert everything().count(CANARY) >= 3
    assert list((tmp_path / "mail").glob("*.eml"))
    monkeypatch.setattr(
        forgetting, "simulated_leads", lambda ids: {one for one in ids if CANARY in one}
    )
    commands.forget_simulated_nurture()
    assert CANARY not in everything()
    assert "stays@firm.example" in everything()
