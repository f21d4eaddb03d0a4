"""API keys: made once, shown once, kept as a digest."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from onefunnel.server.people import tokens
from onefunnel.server.people.events import PeopleEvent, tell
from onefunnel.server.people.models import ApiKey, Person, Scope
from onefunnel.server.people.rules import may, require

USED_EVERY = timedelta(minutes=1)  # how exactly "last used" is kept: a write per call is too dear


@transaction.atomic
def make_key(
    *, label: str, scope: str, days: int | None, by: Person, at: datetime
) -> tuple[ApiKey, str]:
    """Make a key for oneself and return it with its secret, which nobody can read again."""
    require(by, "make keys")
    secret = tokens.new_key()
    key = ApiKey.objects.create(
        person=by,
        label=label.strip(),
        start=secret[: len(tokens.KEY_PREFIX) + 4],
        digest=tokens.digest(secret),
        scope=Scope(scope),
        made_at=at,
        expires_at=at + timedelta(days=days) if days else None,
    )
    tell(PeopleEvent("people.key-made", at, by, f"key:{key.public_id}", {"scope": scope}))
    return key, secret


@transaction.atomic
def revoke_key(*, public_id: str, by: Person, at: datetime) -> bool:
    """End a key at once: one's own, or anybody's for those who manage people."""
    keys = ApiKey.objects.filter(public_id=public_id, revoked_at=None)
    if not may(by, "manage people"):
        keys = keys.filter(person=by)
    if keys.update(revoked_at=at) != 1:
        return False
    tell(PeopleEvent("people.key-revoked", at, by, f"key:{public_id}"))
    return True


def use_key(*, secret: str, at: datetime) -> ApiKey | None:
    """Find the key that this secret opens; None if unknown, ended, expired or its person left.

    In SQL, as `workspace`: every call of a program asks.
    """
    if not secret.startswith(tokens.KEY_PREFIX):
        return None
    digest = tokens.digest(secret)
    found = ApiKey.objects.raw("SELECT * FROM people_apikey WHERE digest = %s", [digest])
    key = next(iter(found), None)
    if key is None or key.revoked_at or (key.expires_at and key.expires_at <= at):
        return None
    person = Person.objects.raw("SELECT * FROM people_person WHERE id = %s", [key.person_id])[0]
    if not person.is_active:
        return None
    key.person = person
    if key.last_used_at is None or at - key.last_used_at > USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
