"""Who may ask for a route: said once, beside the view, and asked before the view runs.

    @require_http_methods(["GET", "POST"])
    @who_may("see changes", change="manage people")
    def people(request): ...

A page or an operation of the API that says nothing is closed to everybody; a test asks every route
as every role and compares the answers with what is said here (tests/trust/test_matrix.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar

from django.core.exceptions import PermissionDenied

from onefunnel.server.people.rules import RULES, require

#: Who may, where it is no deed of the table.
ANYBODY, SIGNED_IN = "anybody", "whoever is signed in"
READING = frozenset({"GET", "HEAD", "OPTIONS"})

#: What a thing of others is, to those whose role would do: like one's own; refused by a 403; or
#: not there at all, a 404, where that it exists says something already.
Others = Literal["like own", "refused", "unknown"]
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """The deed that looking at a route takes, the one that changing takes, and whose it may be."""

    see: str
    change: str
    others_see: Others
    others_change: Others
    unless: str

    def deed(self, method: str | None) -> str:
        """The deed a request of that method is."""
        return self.see if method in READING else self.change

    def others(self, method: str | None) -> Others:
        """What a thing of others is to a request of that method."""
        return self.others_see if method in READING else self.others_change

    def ask(self, person: Any, method: str | None) -> None:
        """Refuse the person with a 403 that names the deed, if the role does not include it."""
        deed = self.deed(method)
        if deed in RULES:
            require(person, deed)


def who_may(
    see: str, *, change: str = "", others: Others = "like own", others_see: Others | None = None,
    unless: str = "",
) -> Callable[[View], View]:  # fmt: skip
    """Say which deed of the table (or ANYBODY, SIGNED_IN) a route takes; `change`: other than GET.

    `others` says what a thing of others is to those who may; `unless` names the deed to whose
    doers it is like their own. Whose a thing is, the view or its command finds out, and commands
    ask for the deed again: they may be called from elsewhere.
    """
    access = Access(see, change or see, others_see or others, others, unless)
    unknown = {access.see, access.change, unless} - {*RULES, ANYBODY, SIGNED_IN, ""}
    if unknown:
        raise KeyError(f"no such deed in people/rules.py: {', '.join(unknown)}")

    def marked(view: View) -> View:
        vars(view)["who_may"] = access  # decorators around it carry it on
        return view

    return marked


def access_of(view: object) -> Access | None:
    """What a view says of who may; None where it says nothing."""
    return getattr(view, "who_may", None)


def asks_first(operation: Callable[..., Any]) -> Callable[..., Any]:
    """An operation of the API that asks who may before it runs; pages are asked by the middleware.

    One that says nothing is refused: forgetting it must not open it.
    """
    access = access_of(operation)

    @wraps(operation)
    def asked(request: Any, **values: Any) -> Any:
        if access is None:
            raise PermissionDenied("ask what does not say who may.")
        access.ask(request.user, request.method)
        return operation(request, **values)

    return asked
