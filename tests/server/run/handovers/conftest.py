"""A workspace with an agreement in force and a few leads, kept as people's deeds keep them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from onefunnel.server.agree import commands as agree
from onefunnel.server.run.handovers import commands
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.warehouse import commands as warehouse
from onefunnel.server.warehouse.columns import reading
from onefunnel.server.warehouse.events import rows_recorded

#: A Wednesday, 10 o'clock: seven working hours of the day are left.
AT = datetime(2026, 11, 18, 10, tzinfo=UTC)
CARD = "MQL to sales"
CLAUSE = "the company is known"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty workspace folder; the copy is not brought up after each deed."""
    before = settings.WORKSPACE
    settings.WORKSPACE = tmp_path
    monkeypatch.setattr(rows_recorded, "send", lambda **_: [])
    yield tmp_path
    settings.WORKSPACE = before
    reading._copies.pop(tmp_path / "columns", None)


def put_in_force() -> None:
    """Put the demand waterfall into use: marketing gives at MQL, sales at Won."""
    version = agree.start_from_template(name="demand_waterfall", by=None, at=AT - timedelta(days=9))
    agree.adopt_agreement(
        version_id=version.public_id, by=None, at=AT - timedelta(days=8), refresh=False
    )


def bring(*lead_ids: str, stage: str = "MQL", **more: object) -> None:
    """Leads that stand in a stage."""
    at = (AT - timedelta(days=2)).replace(tzinfo=None)
    leads = [
        {"lead_id": key, "created_at": at, "source": "Fair", "company": f"Firm {key}",
         "email": f"{key}@firm.example", "name": f"Pat {key}", "country": "UK", **more}
        for key in lead_ids
    ]  # fmt: skip
    moves = [{"lead_id": key, "at": at, "stage": stage, "seq": 0} for key in lead_ids]
    with transaction.atomic():
        warehouse.record_rows(rows={"leads": leads, "moves": moves}, by=None, at=AT)


@pytest.fixture
def agreed(db: None) -> None:
    """The demand waterfall is in force."""
    put_in_force()


@pytest.fixture
def second_seller(make_person: Any) -> Any:
    """Sue, a second member of sales."""
    return make_person("Sue Sand", team="sales")


@pytest.fixture
def offered(agreed: None, marketer: Any, seller: Any) -> Handover:
    """Lead `a`, offered by Mia of marketing to sales, where only Sam is."""
    bring("a")
    return commands.offer_lead(lead_id="a", card=CARD, by=marketer, at=AT)
