"""Where the warehouse learns which agreement the journeys follow.

The room `agree` lies above this one and registers a provider when it is ready; without one, or
while nothing is agreed, the journeys follow a proposal made from the facts.
"""

from __future__ import annotations

from collections.abc import Callable

from onefunnel.agreement.document import Agreement

Provider = Callable[[], Agreement | None]
_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Register who knows the agreement in force; the last one registered is asked."""
    _providers[:] = [provider]


def agreement_in_force() -> Agreement | None:
    """The agreement in force; None where there is none or nobody was registered."""
    return _providers[0]() if _providers else None
