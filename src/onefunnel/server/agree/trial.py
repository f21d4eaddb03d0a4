"""A template tried on the own data: how many leads reach each of its stages."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.templates import templates
from onefunnel.agreement.templates.fitting import Fitted
from onefunnel.facts.store import Facts, MissingFacts
from onefunnel.measures.catalogue import compute_measure, records_of
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept


@dataclass(frozen=True)
class TriedStage:
    """One stage of the template with the data's stages it took and the leads that reach it.

    `reached` is None for detours and where the data say nothing.
    """

    name: str
    took: tuple[str, ...]
    reached: int | None


@dataclass(frozen=True)
class Trial:
    """A template laid over the data; `stages` is empty where there is no data."""

    fitted: Fitted | None
    stages: tuple[TriedStage, ...]


def trial_of(name: str) -> Trial:
    """The template tried on the data there are; KeyError where there is no such template."""
    return _tried(name)[0]


def list_of(name: str, stage: str) -> Records:
    """The leads behind a tried stage's number; KeyError where the template has no such stage."""
    trial, facts = _tried(name)
    if trial.fitted is None or stage not in {one.name for one in trial.stages if one.reached}:
        raise KeyError(stage)
    row = {"stage": stage}
    return records_of("stages", facts, trial.fitted.agreement, Scope(), "reached", row)


_kept = Kept(8)


def _tried(name: str) -> tuple[Trial, Facts]:
    """The trial and the facts it was made from, both of one version of the data."""
    facts, version = warehouse.current_data()
    key = (name, str(settings.WORKSPACE), version)
    return _kept.get(key, lambda: _try(templates.load(name), facts)), facts


def _try(template: Agreement, facts: Facts) -> Trial:
    if "moves" not in facts:
        return Trial(None, ())
    fitted = templates.fit(template, facts)
    took = dict(fitted.matched)
    reached: dict[str, int] = {}
    try:
        for row in compute_measure("stages", facts, fitted.agreement).rows:
            reached[str(row["stage"])] = int(str(row["reached"]))
    except MissingFacts:
        return Trial(fitted, ())
    return Trial(
        fitted,
        tuple(
            TriedStage(stage.name, took.get(stage.name, ()), reached.get(stage.name))
            for stage in template.stages
        ),
    )
