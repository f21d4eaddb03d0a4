"""What a request asks for: the question in its address, and the number whose list it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest

from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.answers import calendar_of
from onefunnel.server.measure.asking import Asked, asked
from onefunnel.server.measure.privacy import permitted
from onefunnel.server.people.hiding import hiding_from
from onefunnel.server.run.handovers.queries import opening_hours


def question_of(request: HttpRequest, basis: Basis) -> Asked:
    """The question in an address, read under the basis; refused where it asks for too much."""
    question = asked(
        request.GET.dict(),
        agreement=basis.agreement,
        calendar=calendar_of(basis),
        data_at=basis.facts.data_at,
    )
    scope = replace(question.scope, hours=opening_hours(basis.agreement))
    question = replace(question, scope=scope)
    return permitted(question, hiding_from(request.user, basis.personal))


def asked_figure(words: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Which figure of which measure an address asks for, and in which row."""
    row = {key[4:]: words[key] for key in words if key.startswith("row.")}
    return words.get("measure", ""), words.get("figure", ""), row
