"""The definitions of a draft that nothing in the data has ever met, with why."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from onefunnel.agreement.document import Agreement
from onefunnel.measures.never_met import never_met
from onefunnel.measures.steps.defined import Rule
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

#: Every move is read to tell; a form is shown again with each mistake, so it is told once.
_kept = Kept(64)


def never_met_of(rules: Mapping[str, Rule]) -> dict[str, str]:
    """Why no lead meets a rule, for each rule that none ever did, by its name."""
    facts, version = warehouse.current_data()  # one look: the answer is kept by this version
    key = (str(settings.WORKSPACE), version, tuple(sorted(rules.items(), key=lambda one: one[0])))
    return _kept.get(key, lambda: never_met(facts, rules))


def never_met_in(draft: Agreement) -> tuple[tuple[str, str], ...]:
    """The stages and hand-overs of a draft whose condition nothing in the data meets, with why."""
    rules = {f"stage {one.name}": Rule("moves", (one.when,)) for one in draft.stages}
    rules |= {
        f"hand-over {one.name}, accepted when": Rule("moves", (one.accepted_when,))
        for one in draft.handovers
    }
    return tuple(never_met_of(rules).items())
