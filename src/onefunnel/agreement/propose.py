"""An agreement proposed from the data, so that the first look needs no set-up."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts


def propose(facts: Facts) -> Agreement:
    """The funnel as the data show it: stages as found, in order, marked "not agreed"."""
    raise NotImplementedError
