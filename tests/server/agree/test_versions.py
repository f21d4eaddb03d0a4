"""Versions are brought in, put into use, and never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django_tasks_db.models import DBTaskResult

from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import AgreementTextError, write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree import commands, queries
from onefunnel.server.agree.models import Adoption, AgreementVersion, VersionsAreKept
from onefunnel.server.record.models import Event
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force

WHOLE = write_yaml(load("demand_waterfall"))


def bring_in(text: str, by: Any, at: datetime) -> AgreementVersion:
    return commands.import_agreement(text=text, by=by, at=at)


def use(version: AgreementVersion, by: Any, at: datetime, **more: Any) -> Adoption:
    return commands.adopt_agreement(
        version_id=version.public_id, by=by, at=at, refresh=False, **more
    )


def test_a_version_is_proposed_and_the_event_recorded(head: Any, now: datetime) -> None:
    version = bring_in(WHOLE, head, now)
    assert (version.number, version.digest) == (1, load("demand_waterfall").digest)
    assert queries.in_use(at=now) is None
    event = Event.objects.get(kind="agree.version-proposed")
    assert (event.by, event.payload["version"]) == (head, 1)


def test_the_same_meaning_is_the_same_version(head: Any, now: datetime) -> None:
    first = bring_in(WHOLE, head, now)
    assert bring_in("# a remark\n" + WHOLE, head, now) == first
    assert bring_in(WHOLE.replace("Demand waterfall", "Other"), head, now).number == 2


def test_what_a_text_says_of_its_own_status_is_not_believed(head: Any, now: datetime) -> None:
    version = bring_in(WHOLE.replace("version: template", "status: agreed"), head, now)
    assert not queries.agreement_of(version).is_agreed


def test_a_text_with_mistakes_is_refused_whole(head: Any, now: datetime) -> None:
    with pytest.raises(AgreementTextError, match="line 2, column 1"):
        bring_in("title: a\nfoo: b\n", head, now)
    assert not AgreementVersion.objects.exists()


def test_only_heads_and_operations_bring_in_and_use(
    outsider: Any, marketer: Any, operations: Any, now: datetime
) -> None:
    for person in (outsider, marketer):
        with pytest.raises(PermissionDenied):
            bring_in(WHOLE, person, now)
        with pytest.raises(PermissionDenied):
            commands.start_from_template(name="aida", by=person, at=now)
    version = bring_in(WHOLE, operations, now)
    with pytest.raises(PermissionDenied):
        use(version, marketer, now)
    assert use(version, operations, now)


def test_a_version_in_use_is_what_numbers_follow_but_it_is_not_agreed(
    head: Any, now: datetime
) -> None:
    version = bring_in(WHOLE, head, now)
    use(version, head, now)
    found = queries.current_agreement(at=now)
    assert (found.digest, found.version, found.status) == (version.digest, "1", "in use")
    assert not found.is_agreed
    assert Event.objects.filter(kind="agree.version-adopted").count() == 1


def test_each_moment_has_the_version_that_was_in_use_then(head: Any, now: datetime) -> None:
    first = bring_in(WHOLE, head, now)
    second = bring_in(WHOLE.replace("Demand waterfall", "Other"), head, now)
    use(first, head, now)
    use(second, head, now + timedelta(days=10), effective_from=now + timedelta(days=20))

    def number(days: int) -> int | None:
        found = queries.in_use(at=now + timedelta(days=days))
        return found.version.number if found else None

    assert [number(days) for days in (-1, 0, 15, 20, 40)] == [None, 1, 1, 2, 2]
    with pytest.raises(commands.InThePast):
        use(first, head, now, effective_from=now - timedelta(seconds=1))


def test_a_version_with_a_tick_missing_does_not_come_into_use(head: Any, now: datetime) -> None:
    lacking = WHOLE.replace("    target: 0.6\n", "", 1)
    version = bring_in(lacking, head, now)
    with pytest.raises(commands.NotComplete, match="stage MQL: no target"):
        use(version, head, now)
    assert not Adoption.objects.exists()


def test_a_template_is_fitted_to_the_stages_of_the_data(
    data: Facts, head: Any, now: datetime
) -> None:
    version = commands.start_from_template(name="demand_waterfall", by=head, at=now)
    stages = {stage.name: stage.when for stage in queries.agreement_of(version).stages}
    assert stages["Won"] == "stage = 'Won'"
    assert stages["SQL"] == "stage = 'Qualified'"
    use(version, head, now)


def test_without_a_version_the_funnel_is_proposed_from_the_data(
    db: None, data: Facts, now: datetime
) -> None:
    found = queries.current_agreement(at=now)
    assert [stage.name for stage in found.stages] == ["New", "Qualified", "Proposal", "Won", "Lost"]
    assert (found.status, found.version) == ("not agreed", "proposed")


def test_without_data_there_is_a_funnel_without_stages(db: None, now: datetime) -> None:
    assert queries.current_agreement(at=now).stages == ()


def test_the_warehouse_is_told_what_is_in_use(head: Any, now: datetime) -> None:
    assert agreement_in_force() is None
    long_ago = now - timedelta(days=30_000)
    version = bring_in(WHOLE, head, long_ago)
    use(version, head, long_ago)
    found = agreement_in_force()
    assert found is not None
    assert found.digest == version.digest


def test_versions_are_neither_changed_nor_removed(head: Any, now: datetime) -> None:
    version = bring_in(WHOLE, head, now)
    version.title = "Mine"
    with pytest.raises(VersionsAreKept):
        version.save()
    with pytest.raises(VersionsAreKept):
        version.delete()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE agree_agreementversion SET text = replace(text, '0.6', '0.1') WHERE number = 1",
        "UPDATE agree_agreementversion SET digest = 'x' WHERE number = 1",
        "UPDATE agree_agreementversion SET title = 'x' WHERE number = 2",
        "UPDATE agree_agreementversion SET created_by_id = NULL WHERE number = 2",
        "UPDATE agree_agreementversion SET previous = '' WHERE number = 2",
        "DELETE FROM agree_agreementversion WHERE number = 2",
        "UPDATE agree_adoption SET effective_from = '2020-01-01 00:00:00' WHERE id = (SELECT "
        "min(id) FROM agree_adoption)",
        "UPDATE agree_adoption SET adopted_by_id = NULL",
        "DELETE FROM agree_adoption WHERE id = (SELECT min(id) FROM agree_adoption)",
    ],
)
def test_a_row_changed_in_the_database_breaks_the_seal(
    tampering: str, head: Any, now: datetime, see: Any
) -> None:
    versions = [bring_in(WHOLE.replace("Demand", word), head, now) for word in "ABC"]
    use(versions[0], head, now)
    use(versions[2], head, now)
    assert queries.broken_seals() == []
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    assert queries.broken_seals()
    assert "The seal is broken" in see("/agree/versions/")


def test_the_copy_is_brought_up_in_the_background(head: Any, now: datetime, settings: Any) -> None:
    """At a million leads it takes longer than a request may; the numbers follow at once anyway."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    version = bring_in(WHOLE, head, now)
    commands.adopt_agreement(version_id=version.public_id, by=head, at=now)
    found = queries.in_use(at=now)
    assert found is not None
    assert found.version == version
    assert [one.task_path for one in DBTaskResult.objects.all()] == [
        "onefunnel.server.warehouse.tasks.refresh_copy"
    ]
