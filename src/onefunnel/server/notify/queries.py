"""What waits in somebody's inbox, and how they want to be told."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from onefunnel.server.notify.mail.letters import mail_goes as mail_goes
from onefunnel.server.notify.models import MailChoice, Mailing, Notice
from onefunnel.server.notify.topics import Topic, topics
from onefunnel.server.people.models import Person


def inbox(person: Person) -> QuerySet[Notice]:
    """Everything sent to the person, newest first."""
    return Notice.objects.filter(person=person)


def unread_count(person: Person) -> int:
    """How many notices the person has not read."""
    return Notice.objects.filter(person=person, read_at=None).count()


def mailing_of(persons: Sequence[Person], about: Topic) -> dict[int, str]:
    """How each of the persons, by number, wants notices of a kind mailed."""
    said = MailChoice.objects.filter(person__in=persons, topic=about.name)
    return {one.pk: about.mailing for one in persons} | dict(said.values_list("person", "mailing"))


def mail_choices(person: Person) -> list[tuple[Topic, Mailing]]:
    """Every kind of notice with what the person chose for it, or what is usual."""
    said = dict(MailChoice.objects.filter(person=person).values_list("topic", "mailing"))
    return [(one, Mailing(said.get(one.name, one.mailing))) for one in topics()]
