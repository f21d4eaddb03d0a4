"""What changed, clause by clause; from when a version is in force; where charts show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree import commands, queries
from onefunnel.server.agree.models import Adoption, AgreementVersion
from onefunnel.server.people.models import Workspace

WHOLE = write_yaml(load("demand_waterfall"))


def bring_in(text: str, by: Any, at: datetime) -> AgreementVersion:
    return commands.import_agreement(text=text, by=by, at=at)


def use(version: AgreementVersion, by: Any, at: datetime, start: datetime | None = None) -> None:
    commands.adopt_agreement(
        version_id=version.public_id, by=by, at=at, effective_from=start, refresh=False
    )


@pytest.fixture
def two(data: Facts, head: Any, now: datetime) -> tuple[AgreementVersion, AgreementVersion]:
    """The second version gives the stage SAL to marketing and answers slower."""
    first = bring_in(WHOLE, head, now)
    assert "answer_within_hours: 8" in WHOLE
    changed = WHOLE.replace("answer_within_hours: 8", "answer_within_hours: 24", 1)
    return first, bring_in(changed, head, now + timedelta(hours=1))


def test_all_versions_with_the_sentence_of_their_change(two: Any, head: Any, see: Any) -> None:
    use(two[0], head, timezone.now())
    page = see("/agree/changes/")
    assert "The first version." in page
    assert "is answered within" in page or "answer" in page
    assert "Hal Hart" in page
    assert "in use from" in page
    assert "○ not signed" in page
    assert page.index("Version 2") < page.index("Version 1")


def test_word_by_word_with_words_for_screen_readers(two: Any, see: Any) -> None:
    page = see("/agree/changes/between/?old=1&new=2")
    assert "<del>" in page
    assert "[removed:" in page
    assert "<ins>" in page
    assert "[added:" in page
    assert "24" in page.split("<ins>")[-1].split("</ins>")[0]
    assert "8" in page.split("<del>")[-1].split("</del>")[0]
    backwards = see("/agree/changes/between/?old=2&new=1")
    assert "24" in backwards.split("<del>")[-1].split("</del>")[0]
    assert "Nothing changed" in see("/agree/changes/between/?old=1&new=1")
    see("/agree/changes/between/?old=1&new=9", 404)


def test_without_two_versions_it_says_so(db: None, see: Any) -> None:
    assert "No version yet" in see("/agree/changes/")
    assert "There are no two versions yet" in see("/agree/changes/between/")


def test_the_line_between_the_teams_is_told(data: Facts, head: Any, see: Any) -> None:
    now = timezone.now()
    bring_in(WHOLE, head, now)
    agreement = load("demand_waterfall")
    taker = next(one for one in agreement.success_path if one.leads != ("marketing",))
    assert taker.leads == ("sales",)
    stages = tuple(
        replace(one, leads=("marketing",)) if one.name == taker.name else one
        for one in agreement.stages
    )
    bring_in(write_yaml(replace(agreement, stages=stages)), head, now)
    page = see("/agree/changes/")
    assert "The line between marketing and sales moved: it was" in page
    assert "The path in version" in see("/agree/changes/between/")


def test_a_version_comes_into_force_on_a_day_of_the_workspace(
    data: Facts, signed_in: Any, head: Any
) -> None:
    Workspace.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    version = bring_in(WHOLE, head, timezone.now())
    client = signed_in(head)
    address = reverse("agree:adopt", args=[version.public_id])
    page = client.post(address, {"from_on": "2099-12-01"}, follow=True).content.decode()
    assert "comes into force on" in page
    adoption = Adoption.objects.get()
    assert adoption.effective_from == datetime(2099, 11, 30, 15, tzinfo=UTC)
    assert queries.in_use(at=timezone.now()) is None
    found = queries.in_use(at=datetime(2099, 12, 1, tzinfo=UTC))
    assert found is not None
    assert found.version == version
    for path in ("/agree/", "/agree/versions/", "/agree/changes/",
                 reverse("agree:version", args=[version.public_id])):  # fmt: skip
        assert "comes into force on" in client.get(path).content.decode(), path
    told = client.get("/api/agree/current").json()
    assert told["effective_from"] is None
    assert (told["next_version"], told["next_effective_from"][:10]) == ("1", "2099-11-30")


@pytest.mark.parametrize(
    ("day", "said"),
    [("2001-01-01", "Choose today or a later day"), ("tomorrow", "This is no day")],
)
def test_a_day_that_cannot_be_is_refused_on_the_page(
    data: Facts, signed_in: Any, head: Any, day: str, said: str
) -> None:
    version = bring_in(WHOLE, head, timezone.now())
    address = reverse("agree:adopt", args=[version.public_id])
    answer = signed_in(head).post(address, {"from_on": day})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Adoption.objects.exists()


def test_which_version_was_in_use_when(two: Any, head: Any, now: datetime) -> None:
    later, last = now + timedelta(days=3), now + timedelta(days=9)
    use(two[0], head, now)
    use(two[1], head, now, later)
    use(two[0], head, now, later)  # decided anew for the same moment: the later decision counts
    use(two[1], head, now, last)
    found = queries.uses(at=later)
    assert [(one.version.number, one.effective_from, one.is_coming) for one in found] == [
        (1, now, False), (2, last, True),
    ]  # fmt: skip
    coming = queries.coming(at=now)
    assert coming is not None
    assert coming.version.number == 2
    assert queries.coming(at=last) is None
