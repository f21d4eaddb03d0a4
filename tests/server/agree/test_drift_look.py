"""Once a day the agreement is held against the data; a difference is one dispute, and goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from onefunnel.agreement.propose import propose
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree import commands, tasks
from onefunnel.server.agree.disputes import drifting, queries
from onefunnel.server.agree.disputes.commands import decide
from onefunnel.server.agree.disputes.models import Dispute, DriftLook
from onefunnel.server.agree.models import Adoption, AgreementVersion
from onefunnel.server.notify.models import Notice
from tests.library.agreement.made import facts, journey


@pytest.fixture
def seller_head(make_person: Any) -> Any:
    """Hedda, head of sales."""
    return make_person("Hedda Holm", team="sales", role="lead")


def in_force(made: Facts, by: Any, at: datetime) -> None:
    """The funnel of these data, in force past the question whether it is complete."""
    version = commands.import_agreement(text=write_yaml(propose(made)), by=by, at=at)
    row = Adoption(version=version, effective_from=at, adopted_at=at, adopted_by=by)
    row.hash = row.seal()
    row.save()


def place(monkeypatch: pytest.MonkeyPatch, made: Facts) -> None:
    monkeypatch.setattr("onefunnel.server.warehouse.queries.current_facts", lambda: made)


def with_parked() -> Facts:
    moves = [move for n in range(9) for move in journey(f"w{n}", "New", "Qualified", "Won")]
    return facts([*moves, ("w1", 9.0, "Parked"), ("w2", 9.0, "Parked")])


def test_a_difference_is_one_dispute_until_it_is_gone(
    data: Facts, head: Any, seller_head: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(facts(journey("w0", "New", "Qualified", "Won")), head, now)
    place(monkeypatch, with_parked())
    assert tasks.tick(at=now)
    assert not tasks.tick(at=now + timedelta(seconds=10))
    (dispute,) = queries.disputes(is_open=True)
    assert (dispute.kind, dispute.about, dispute.opened_by) == ("stage", "Parked", None)
    assert dispute.claim == ("2 leads are in Parked, which no definition of the agreement catches.")
    assert dispute.evidence.startswith("/measure/list/?measure=drift&figure=leads&")
    assert Notice.objects.filter(key__startswith="drift:").count() == 2
    assert tasks.tick(at=now + timedelta(days=1))
    assert Dispute.objects.count() == 1
    place(monkeypatch, data)
    assert drifting.look(at=now + timedelta(days=2))[1] == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.closed_by) == ("gone", None)
    assert dispute.entries.get().text == "The data no longer show it."


def test_what_the_heads_decided_is_not_asked_again(
    data: Facts, head: Any, seller_head: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(facts(journey("w0", "New", "Qualified", "Won")), head, now)
    place(monkeypatch, with_parked())
    assert drifting.look(at=now) == (1, 0)
    dispute = Dispute.objects.get()
    for person in (head, seller_head):
        decide(dispute_id=dispute.public_id, choice="leave", why="So be it.", by=person, at=now)
    assert drifting.look(at=now) == (0, 0)
    assert Dispute.objects.get().state == "decided"


def test_nothing_is_looked_for_without_an_agreement(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(monkeypatch, with_parked())
    assert not tasks.tick(at=now)
    assert drifting.look(at=now) == (0, 0)
    assert not DriftLook.objects.exists()


def test_another_agreement_is_looked_at_on_the_same_day(
    data: Facts, head: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(monkeypatch, with_parked())
    in_force(facts(journey("w0", "New", "Qualified", "Won")), head, now)
    assert tasks.tick(at=now)
    later = now + timedelta(hours=1)
    version = commands.import_agreement(text=write_yaml(propose(with_parked())), by=head, at=later)
    assert AgreementVersion.objects.count() == 2
    last = Adoption.objects.get()
    row = Adoption(version=version, effective_from=later, adopted_at=later, previous=last.hash)
    row.hash = row.seal()
    row.save()
    assert tasks.tick(at=later)
    assert not queries.disputes(is_open=True)


def test_the_dispute_leads_to_its_list(db: None, demo_like: Any, see: Any) -> None:
    page = see("/measure/drift/")
    assert "Does the funnel run as agreed?" in page
    assert 'data-list="2"' in page
    address = demo_like
    assert 'data-of-list="2"' in see(address)


@pytest.fixture
def demo_like(monkeypatch: pytest.MonkeyPatch) -> str:
    """Pages over the data with the parked leads; the address of what differs."""
    from types import SimpleNamespace

    from tests.server.measure.company import put_in_place_of

    agreement = propose(facts(journey("w0", "New", "Qualified", "Won")))
    made = with_parked()
    put_in_place_of(monkeypatch, SimpleNamespace(facts=lambda: made, agreement=agreement))
    return drifting.address_of({"difference": "no definition", "stage": "Parked", "team": ""})
