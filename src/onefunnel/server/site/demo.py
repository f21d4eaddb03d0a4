"""The simulated company in this workspace: bring it in, take it away."""

from __future__ import annotations

from datetime import datetime

from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree.commands import adopt_simulated
from onefunnel.server.agree.disputes.commands import close_with_the_demo
from onefunnel.server.people.commands import save_workspace
from onefunnel.server.people.demo import remove_demo_people
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import workspace
from onefunnel.server.plan.commands import set_aside_with_the_demo
from onefunnel.server.run.handovers.commands import forget_simulated
from onefunnel.server.run.nurture.commands import forget_simulated_nurture
from onefunnel.server.run.saved.commands import forget_simulated_views
from onefunnel.server.warehouse import commands as warehouse
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
