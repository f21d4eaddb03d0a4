"""The simulated company in this workspace: bring it in, take it away."""

from __future__ import annotations

from datetime import datetime

from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.agree.commands import adopt_simulated
from onefunnel.server.agree.disputes.commands import close_with_the_demo
from onefunnel.server.notify.to_leads.commands import record_basis
from onefunnel.server.people.commands import save_workspace
from onefunnel.server.people.demo import remove_demo_people
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.queries import demo_people, workspace
from onefunnel.server.plan.commands import set_aside_with_the_demo
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.handovers.commands import forget_simulated
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.lead_rows import keys_of
from onefunnel.server.run.nurture.commands import (
    enter_leads,
    forget_simulated_nurture,
    make_sequence,
    switch_sequence,
)
from onefunnel.server.run.nurture.plan import HumanNeeded, Plan, Step
from onefunnel.server.run.nurture.queries import sequence_lines
from onefunnel.server.run.saved.commands import forget_simulated_views
from onefunnel.server.warehouse import commands as warehouse
from onefunnel.server.warehouse.queries import living_leads
from onefunnel.simulate.company.agreement import proposed_agreement


def has_demo() -> bool:
    """Say whether the simulated company is here."""
    return workspace().is_demo


def add_demo(
    *,
    by: Person | None,
    at: datetime,
    seed: int = 1,
    progress: warehouse.Progress | None = None,
) -> None:
    """Bring the simulated company in; every page then says that it is one.

    Its agreement is put into use, not signed. Its people do not come with it: they sign in
    without a password and belong to `onefunnel demo` alone.

    Raises:
        warehouse.NotEmpty: the workspace holds data of its own.
    """
    warehouse.load_demo(by=by, at=at, seed=seed, progress=progress)
    save_workspace(by=None, at=at, is_demo=True)
    adopt_simulated(text=write_yaml(proposed_agreement()), at=at)
    warehouse.refresh_copy(at=at)  # before anybody looks


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


def add_demo_sequence(*, at: datetime) -> None:
    """Have one sequence run in the simulated company, by the head of its marketing; once.

    It goes with the company. Whoever enters later by its rule is written to like these: into
    files, for the simulated company sends nothing.
    """
    by = next((one for one in demo_people() if one.team == Team.MARKETING), None)
    if by is None or sequence_lines():
        return
    made = make_sequence(name=_SEQUENCE, plan=_PLAN, by=by, at=at)
    switch_sequence(sequence_id=made.public_id, is_on=True, by=by, at=at)
    basis, hiding = current_basis(), hiding_for(by)
    wanted = Wanted({"stage": _PLAN.stages[0]})
    chosen = keys_of(basis, wanted, hiding, most=_MOST_IN_IT)
    for lead in living_leads(chosen).values():
        if address := str(lead.get("email") or ""):
            record_basis(
                address=address, purpose=_PLAN.purpose, ground="consent", source="simulated", at=at
            )
    if chosen:
        enter_leads(sequence_id=made.public_id, lead_ids=chosen, by=by, at=at)


def remove_demo(*, by: Person | None, at: datetime) -> None:
    """Take the simulated company away, with its people; own data stays."""
    save_workspace(by=None, at=at, is_demo=False)
    try:
        forget_simulated()
        forget_simulated_nurture()
        warehouse.remove_demo(by=by, at=at)
    except Exception:
        save_workspace(by=None, at=at, is_demo=True)  # it is still there: the button stays
        raise
    close_with_the_demo(at=at)
    set_aside_with_the_demo(at=at)
    forget_simulated_views()
    remove_demo_people(at=at)
