"""What a draft would have done to the leads of last quarter, beside the present funnel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.facts.store import MissingFacts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.agree.queries import current_agreement
from onefunnel.server.warehouse import queries as warehouse


@dataclass(frozen=True)
class Effect:
    """Leads of the quarter that reached each stage: by the draft, and by the present funnel (None
    where it has no stage of that name). `problem` says why it cannot be told."""

    since: datetime
    until: datetime
    stages: tuple[tuple[str, int, int | None], ...] = ()
    problem: str = ""


def effect_of(draft: Agreement, *, now: datetime) -> Effect:
    """Both funnels over the leads that entered in the quarter before `now`."""
    since, until = _last_quarter(now)
    facts = warehouse.current_facts()
    if "moves" not in facts:
        return Effect(since, until, problem="There is no data yet to try it on.")
    scope = Scope(since=since, until=until)
    try:
        counted = [
            {
                str(row["stage"]): int(str(row["reached"]))
                for row in compute_measure("stages", facts, agreement, scope).rows
            }
            for agreement in (draft, current_agreement(at=now))
        ]
    except (PredicateError, NoSuccessPath, MissingFacts) as problem:
        return Effect(since, until, problem=f"It cannot be tried yet: {problem}")
    of_draft, present = counted
    stages = tuple((name, leads, present.get(name)) for name, leads in of_draft.items())
    return Effect(since, until, stages)


def list_of(draft: Agreement, stage: str, *, is_present: bool, now: datetime) -> Records:
    """The leads of the quarter that reached a stage, by the draft or by the present funnel."""
    since, until = _last_quarter(now)
    agreement = current_agreement(at=now) if is_present else draft
    scope = Scope(since=since, until=until)
    facts = warehouse.current_facts()
    return records_of("stages", facts, agreement, scope, "reached", {"stage": stage})


def _last_quarter(now: datetime) -> tuple[datetime, datetime]:
    """First day of the last whole calendar quarter, and of the one after it (UTC, naive)."""
    today = now.astimezone(UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    until = today.replace(month=today.month - (today.month - 1) % 3)
    if until.month == 1:
        return until.replace(year=until.year - 1, month=10), until
    return until.replace(month=until.month - 3), until
