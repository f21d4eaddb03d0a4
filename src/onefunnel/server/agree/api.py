"""The agreement for programs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree import queries
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.disputes.api import router as disputes
from onefunnel.server.agree.pages import in_words
from onefunnel.server.people.access import who_may
from onefunnel.server.warehouse.queries import current_facts

router = Router()
router.add_router("/disputes", disputes)


class StageOut(Schema):
    """One stage: `when` runs over the data, `sentence` is the same in words."""

    name: str
    kind: str
    when: str
    sentence: str
    meaning: str
    leads: list[str]
    supports: list[str]
    measure: str
    target: float | None


class AgreementOut(Schema):
    """What the numbers rest on now. `status` is "not agreed", "in use" or "agreed"."""

    title: str
    version: str
    status: str
    is_agreed: bool
    digest: str
    effective_from: datetime | None
    next_version: str | None
    next_effective_from: datetime | None
    currency: str
    stages: list[StageOut]
    yaml: str


@router.get("/current", response=AgreementOut, summary="What have we agreed?")
@who_may("see numbers")
def current(request: HttpRequest) -> dict[str, object]:
    """The agreement the numbers follow now: the version in use, or the proposal from the data."""
    facts = current_facts()
    now = timezone.now()
    found, coming = queries.in_use(at=now), queries.coming(at=now)
    agreement = found.agreement if found else queries.proposed_from_data(facts)
    columns = definition_columns(facts)
    return {
        "title": agreement.title,
        "version": agreement.version,
        "status": agreement.status,
        "is_agreed": agreement.is_agreed,
        "digest": agreement.digest,
        "effective_from": found.effective_from if found else None,
        "next_version": str(coming.version.number) if coming else None,
        "next_effective_from": coming.effective_from if coming else None,
        "currency": agreement.currency,
        "stages": [
            {
                "name": stage.name,
                "kind": stage.kind,
                "when": stage.when,
                "sentence": in_words(stage.when, columns)[0],
                "meaning": stage.meaning,
                "leads": list(stage.leads),
                "supports": list(stage.supports),
                "measure": stage.measure,
                "target": stage.target,
            }
            for stage in agreement.stages
        ],
        "yaml": write_yaml(agreement),
    }
