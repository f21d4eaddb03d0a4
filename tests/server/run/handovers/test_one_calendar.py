"""One truth about working hours: the team's own where it has some, else the agreement's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from onefunnel.agreement.duties import WorkingTime
from onefunnel.business_time import Hours
from onefunnel.measures.steps.opening import hours_of
from onefunnel.server.agree import queries as agree
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure.asked_for import question_of
from onefunnel.server.run.handovers import calendars, commands
from tests.server.run.handovers.conftest import AT

pytestmark = pytest.mark.django_db
AGREED = WorkingTime(
    zone="Europe/Berlin", days=("monday", "tuesday"), opens="10:00", closes="12:00",
    holidays=(date(2026, 11, 24),),
)  # fmt: skip
OWN = [[["08:00", "20:00"]]] * 5 + [[], []]


@pytest.fixture
def said(agreed: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The demand waterfall in force, with business hours."""
    before = agree.agreement_of_version
    text = before(agree.version_in_use(at=AT))
    with_hours = replace(text, working_time=AGREED)
    monkeypatch.setattr(agree, "agreement_of_version", lambda version: with_hours)
    return with_hours


def set_own(head: Any) -> None:
    commands.save_hours(team="sales", zone="UTC", week=OWN, holidays=[], revision=0, by=head, at=AT)


def test_without_own_hours_the_agreement_says_when_it_is_due(said: Any) -> None:
    # Wednesday, 10 o'clock UTC: the next agreed hours are on Monday, ten to twelve in Berlin,
    # and Tuesday is a holiday
    assert calendars.due("sales", 2, at=AT) == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert calendars.due("sales", 3, at=AT) == datetime(2026, 11, 30, 10, tzinfo=UTC)


def test_own_hours_count_before_the_agreements_and_measures_go_by_the_same(
    said: Any, make_person: Any, owner: Any
) -> None:
    set_own(make_person("Hed Hand", team="sales", role="lead"))
    assert calendars.due("sales", 2, at=AT) == datetime(2026, 11, 18, 12, tzinfo=UTC)
    request = RequestFactory().get("/measure/promises/")
    request.user = owner
    basis = SimpleNamespace(
        agreement=said, facts=current_basis().facts, zone=current_basis().zone,
        fiscal_year_starts=1, personal=frozenset(), version=0,
    )  # fmt: skip
    scope = question_of(request, basis).scope
    for team in ("sales", "marketing"):
        assert hours_of(team, said, scope.hours, scope.zone) == calendars.calendar_of(team, at=AT)
    assert hours_of("sales", said, scope.hours).week[0] == (Hours(time(8), time(20)),)
    assert hours_of("marketing", said, scope.hours).week[0] == (Hours(time(10), time(12)),)


def test_the_page_shows_the_hours_that_count(said: Any, signed_in: Any, owner: Any) -> None:
    client = signed_in(owner)
    page = client.get("/run/handovers/hours/sales/").content.decode()
    assert "these are the agreement&#x27;s business hours" in page.replace("'", "&#x27;")
    assert 'value="10:00-12:00"' in page
    assert 'value="Europe/Berlin"' in page
    assert "2026-11-24" in page
    set_own(owner)
    page = client.get("/run/handovers/hours/sales/").content.decode()
    assert "They are the team" in page
    assert 'value="08:00-20:00"' in page
