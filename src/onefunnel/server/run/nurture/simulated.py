"""The sequence that runs in the simulated company."""

from __future__ import annotations

from datetime import datetime

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.notify.to_leads.commands import record_basis
from onefunnel.server.notify.to_leads.queries import about_address
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.queries import demo_people
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.lead_rows import keys_of
from onefunnel.server.run.nurture.editing import make_sequence, switch_sequence
from onefunnel.server.run.nurture.entering import enter_leads
from onefunnel.server.run.nurture.forgetting import SIMULATED
from onefunnel.server.run.nurture.models import Sequence
from onefunnel.server.run.nurture.plan import HumanNeeded, Plan, Step
from onefunnel.server.warehouse.queries import (
    leads_with_address,
    living_leads,
    simulated_leads,
)

#: What the simulated company writes to leads that are new.
_PLAN = Plan(
    stages=("Inquiry",),
    steps=(
        Step("a", "mail", "marketing", 0, "days", "How others pack what you pack",
             "Hello {name},\n\nthank you for asking about our machines. Two pages on how makers "
             "like you chose theirs."),
        Step("b", "mail", "marketing", 4, "days", "What a machine costs over ten years",
             "Hello {name},\n\nprice, spare parts, people: the sum that our customers make."),
        Step("c", "todo", "sales", 3, "days", text="Ask what they read, and which line it is for.",
             deed="call"),
    ),
    human=HumanNeeded(touches=1, days=14, kinds=("replied", "asked for a call")),
)  # fmt: skip
_SEQUENCE = "New inquiries"
#: So many of the leads that are there enter it at the start.
_MOST_IN_IT = 12
#: So many of a stage are looked at to find them.
_LOOKED_AT = 5_000


def begin_simulated_sequence(*, at: datetime) -> None:
    """Have one sequence run in the simulated company, by the head of its marketing; once.

    It goes with the company, and so does the consent that is made up for its leads: nobody else's
    is, and nothing that was said of an address is written over. Whoever enters later by its rule
    is written to like these: into files, for the simulated company sends nothing.
    """
    by = next((one for one in demo_people() if one.team == Team.MARKETING), None)
    if by is None or Sequence.objects.exists():
        return
    made = make_sequence(name=_SEQUENCE, plan=_PLAN, by=by, at=at)
    switch_sequence(sequence_id=made.public_id, is_on=True, by=by, at=at)
    chosen = _simulated_in(_PLAN.stages[0], by)
    for lead in living_leads(chosen).values():
        address = str(lead.get("email") or "")
        if address and _is_made_up(address):
            record_basis(
                address=address, purpose=_PLAN.purpose, ground="consent", source=SIMULATED, at=at
            )
    if chosen:
        enter_leads(sequence_id=made.public_id, lead_ids=chosen, by=by, at=at)


def _simulated_in(stage: str, by: Person) -> list[str]:
    """The first leads of the simulated company in a stage: people's own may stand there too."""
    there = keys_of(current_basis(), Wanted({"stage": stage}), hiding_for(by), most=_LOOKED_AT)
    simulated = simulated_leads(there)
    return [one for one in there if one in simulated][:_MOST_IN_IT]


def _is_made_up(address: str) -> bool:
    """Whether only simulated leads have an address, and nobody said anything of it."""
    theirs = leads_with_address(address)
    return simulated_leads(theirs) >= set(theirs) and not about_address(address).said
