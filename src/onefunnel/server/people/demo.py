"""The people of the simulated company, and when the sign-in page offers to look around as them."""

from __future__ import annotations

import ipaddress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from onefunnel.server.people.commands import save_workspace
from onefunnel.server.people.models import Person, Role, Team
from onefunnel.server.people.queries import demo_people, workspace

CAST = (
    ("Mia Marsh", Team.MARKETING, Role.LEAD),
    ("Sam Sole", Team.SALES, Role.LEAD),
    ("Ana Adler", Team.ACCOUNTS_AND_SERVICE, Role.LEAD),
    ("Lea Lind", Team.LEADERSHIP, Role.OWNER),
    ("Olu Okoro", Team.OPERATIONS, Role.MEMBER),
)


@transaction.atomic
def add_demo_people(*, at: datetime) -> None:
    """Make the cast, without passwords: they come in by the buttons of the sign-in page only."""
    for name, team, role in CAST:
        address = f"{name.split()[0].lower()}@simulated.invalid"
        if not Person.objects.filter(email=address).exists():
            Person.objects.create_user(
                address, None, name=name, team=team, role=role, is_simulated=True
            )
    Person.objects.filter(is_simulated=True).update(is_active=True)
    save_workspace(by=None, at=at, is_demo=True)


@transaction.atomic
def remove_demo_people(*, at: datetime) -> None:
    """Stop the cast from coming in. Their rows stay: the record still names them."""
    Person.objects.filter(is_simulated=True).update(is_active=False)
    save_workspace(by=None, at=at, is_demo=False)


def may_look_around(request: HttpRequest) -> bool:
    """Say whether signing in without a password is offered.

    Only in a demo workspace, bound to this machine, asked for from this machine, with no public
    address in front. Everybody else signs in.
    """
    return (
        workspace().is_demo
        and not settings.PUBLIC_URL
        and is_loopback(settings.BIND_HOST)
        and is_loopback(request.META.get("REMOTE_ADDR", ""))
        and "HTTP_X_FORWARDED_FOR" not in request.META  # a proxy on this machine: anybody
    )


def look_around_choices(request: HttpRequest) -> list[Person]:
    """Who the sign-in page offers; nobody outside a demo."""
    return demo_people() if may_look_around(request) else []


def is_loopback(host: str) -> bool:
    """Say whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
