"""One workspace that every role asks: people of two teams and more, and a thing of each kind.

It is made once for a module, inside a transaction that is taken back at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from onefunnel.server.agree import commands as agree
from onefunnel.server.agree.disputes import commands as disputes
from onefunnel.server.agree.drafts import commands as drafts
from onefunnel.server.measure.lift.commands import enter_test
from onefunnel.server.notify.hooks import commands as hooks
from onefunnel.server.notify.outbox.models import Outgoing
from onefunnel.server.people import commands as people
from onefunnel.server.people.keys import make_key
from onefunnel.server.people.models import Invitation, Person
from onefunnel.server.plan.commands import draft_objective
from onefunnel.server.plan.lists.commands import add_item
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.nurture import commands as nurture
from onefunnel.server.run.nurture.models import Enrolment, Todo
from onefunnel.server.run.nurture.plan import Plan, Step
from onefunnel.server.run.saved.commands import save_view
from onefunnel.server.run.tracker import commands as tracker
from onefunnel.server.warehouse import commands as warehouse
from onefunnel.server.warehouse.duplicates.rows import Merge, Suggestion

#: role -> (team, role in the table). The last four are the same person by other ways in.
CAST = {
    "viewer": ("sales", "viewer"),
    "marketer": ("marketing", "member"),
    "rep": ("sales", "member"),
    "rep of the other team": ("accounts_and_service", "member"),
    "operations": ("operations", "member"),
    "head": ("sales", "lead"),
    "owner": ("leadership", "owner"),
    "ex-user": ("sales", "member"),
}
ROLES = ("anonymous", *CAST, "key read", "key write", "key of the ex-user")
#: A key stands for the rep.
KEYS = {"key read": "read", "key write": "write"}


@dataclass(frozen=True)
class World:
    """People by role, the keys of the rep and the ex-user, and one thing of each kind."""

    people: dict[str, Person]
    secrets: dict[str, str]
    cookies: dict[str, str]
    things: dict[str, object]
    handovers: dict[tuple[str, str], object]  # (giving team, receiving team) -> id
    views: dict[str, object]  # whose -> id
    keys: dict[str, object]  # whose -> id
    todos: dict[str, object]  # team -> id
    handler: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def person(self, role: str) -> Person | None:
        """Who asks; nobody where nobody is let in."""
        if role in ("anonymous", "ex-user", "key of the ex-user"):
            return None
        return self.people["rep" if role in KEYS else role]

    def client(self, role: str) -> Client:
        """A fresh client with the role's cookie or key, and the one handler that all use."""
        secret = self.secrets.get(role)
        client = Client(headers={"Authorization": f"Bearer {secret}"} if secret else {})
        client.handler, client.raise_request_exception = self.handler, False
        if role in self.cookies:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[role]
        return client


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written meanwhile is not there afterwards, and nothing follows from it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world() -> World:
    """Make the people and the things."""
    now = timezone.now()
    cast = {
        name: Person.objects.create_user(
            f"{name.replace(' ', '-')}@example.com", name=name, team=team, role=role
        )
        for name, (team, role) in CAST.items()
    }
    marketer, rep, other = cast["marketer"], cast["rep"], cast["rep of the other team"]
    leaving, owner = cast["ex-user"], cast["owner"]
    secrets, keys = {}, {}
    for name, person, scope in (
        *((name, rep, scope) for name, scope in KEYS.items()),
        ("key of the ex-user", leaving, "write"),
        *(("", cast[name], "read") for name in CAST if name not in ("viewer", "rep", "ex-user")),
    ):
        kept, secret = make_key(label="k", scope=scope, days=None, by=person, at=now)
        keys[person.name] = kept.public_id
        if name:
            secrets[name] = secret
    cookies = {}
    for name, person in cast.items():
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        cookies[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    people.change_person(
        public_id=str(leaving.public_id), team="sales", role="member", is_active=False,
        by=owner, at=now,
    )  # fmt: skip
    version = agree.start_from_template(name="demand_waterfall", by=owner, at=now)
    agree.adopt_agreement(version_id=version.public_id, by=owner, at=now, refresh=False)
    lead = {"lead_id": "a", "created_at": now.replace(tzinfo=None), "email": "a@firm.example",
            "source": "Fair", "company": "Firm", "account_id": "f"}  # fmt: skip
    move = {"lead_id": "a", "at": now.replace(tzinfo=None), "stage": "MQL", "seq": 0}
    account = {"account_id": "f", "name": "Firm"}
    warehouse.record_rows(
        rows={"accounts": [account], "leads": [lead], "moves": [move]}, by=owner, at=now
    )
    moved = tracker.move_lead(lead_id="a", stage="Inquiry", by=rep, at=now)
    contact = tracker.note_contact(lead_id="a", kind="called", by=rep, at=now)
    tracker.save_form(
        slug="own", name="Form", fields=[tracker.FormField("email", "E-mail", "text")],
        origins=["https://site.example"], source="", thanks_url="", is_open=True, by=owner, at=now,
    )  # fmt: skip
    pair = Suggestion.objects.create(
        kept_lead="a", lead="b", zone="review", probability=0.5, why="same", found_at=now
    )
    merge = Merge.objects.create(kept_lead="a", merged_lead="c", at=now)
    people.invite(email="new@example.com", team="sales", role="member", by=owner, at=now)
    endpoint, _ = hooks.add_endpoint(
        label="ours", url="https://hooks.example/x", kinds=[], has_personal_data=False,
        by=owner, at=now,
    )  # fmt: skip
    hooks.try_endpoint(endpoint_id=endpoint.public_id, by=owner, at=now)
    dispute = disputes.open_dispute(kind="stage", about="MQL", claim="wrong", by=rep, at=now)
    test = enter_test(
        typed={"kind": "holdout", "split": "channel", "name": "Fair", "since": "2026-01-01",
               "until": "2026-02-01", "lift": "5", "low": "1", "high": "9"},
        by=rep, at=now,
    )  # fmt: skip
    objective = draft_objective(
        typed={"outcome": "won", "amount": "5", "until": f"{now.date() + timedelta(days=90)}"},
        by=rep, at=now,
    )  # fmt: skip
    work = add_item(
        objective_id=objective.public_id, by=rep, at=now,
        typed={"list": "leads", "what": "Call", "strategy": "s", "tactic": "t", "stage": "MQL",
               "measure": "stages", "owner": str(rep.public_id), "due_on": "2027-01-31"},
    )  # fmt: skip
    drafts.open_round(by=rep, at=now)
    imported = warehouse.start_import(by=owner, at=now)
    return World(
        people=cast, secrets=secrets, cookies=cookies,
        things={
            "person": marketer.public_id, "import": imported.public_id, "lead": "a",
            "invitation": Invitation.objects.get(email="new@example.com").public_id,
            "webhook": endpoint.public_id, "version": version.public_id,
            "dispute": dispute.public_id, "objective": objective.public_id, "work": work.public_id,
            "bulk": moved.bulk_id,
            "contact": contact, "test": test.public_id,
            "message": Outgoing.objects.filter(endpoint=endpoint)[0].public_id,
            **_nurture(by=rep, head=owner),
            "form": "own", "account": "f", "pair": pair.public_id, "merge": merge.public_id,
        },
        handovers={
            (one, two): _offered(one, two, by=owner, number=n)
            for n, (one, two) in enumerate(
                (a, b) for a in _TEAMS for b in (*_TEAMS, "nobody") if a != b
            )
        },
        views={
            who.name: save_view(
                name=f"of {who.name}", page="leads", words={}, is_shared=False, by=who, at=now
            ).public_id
            for who in (rep, other)
        },
        keys=keys,
        todos={team: _todo(team) for team in _TEAMS},
    )  # fmt: skip


_TEAMS = ("marketing", "sales", "accounts_and_service", "operations", "leadership")


def _nurture(*, by: Person, head: Person) -> dict[str, object]:
    """A sequence that is on, a lead that the rep had enter it, and one that is not on yet."""
    now = timezone.now()
    plan = Plan(steps=(Step("a", "mail", "marketing", subject="Hello", text="News."),))
    made = nurture.make_sequence(name="Own", plan=plan, by=head, at=now)
    nurture.switch_sequence(sequence_id=made.public_id, is_on=True, by=head, at=now)
    entered = nurture.enter_leads(sequence_id=made.public_id, lead_ids=["a"], by=by, at=now)
    lead = Enrolment.objects.get(sequence=made)
    draft = nurture.make_sequence(name="Draft", plan=plan, by=head, at=now)
    return {
        "sequence": made.public_id,
        "draft of a sequence": draft.public_id,
        "batch": entered.batch_id,
        "enrolment": lead.public_id,
    }


def _todo(team: str) -> object:
    now = timezone.now()
    return Todo.objects.create(
        lead_id="a", team=team, deed="call", why="human", made_at=now, due_at=now
    ).public_id


def _offered(giver: str, receiver: str, *, by: Person, number: int) -> object:
    now = timezone.now()
    return Handover.objects.create(
        lead_id="a", card=f"card {number}", from_team=giver, to_team=receiver, status="offered",
        made_at=now, offered_at=now, offered_by=by, due_at=now + timedelta(days=1),
        agreement_version="1", agreement_digest="d" * 64,
    ).public_id  # fmt: skip


def nothing(kind: str) -> object:
    """An id that no thing has."""
    return {"uuid": str(uuid4()), "int": 10_000}.get(kind, "no-such-thing")
