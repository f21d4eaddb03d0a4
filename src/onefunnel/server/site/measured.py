"""`onefunnel measure --workspace`: the facts and agreement of the workspace, for the library."""

from __future__ import annotations

import os

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.server.site.workspace import workspace_path

_BRING_IN = (
    "Bring exports in with `onefunnel serve --from DIR`, or measure them with --from DIR; "
    "ONEFUNNEL_WORKSPACE names another folder."
)


def facts_and_agreement() -> tuple[Facts, Agreement, str, int]:
    """The workspace's facts as the pages read them, the agreement their numbers follow, the zone
    in which days begin and the month in which the fiscal year does.

    Raises:
        LookupError: the workspace holds no data yet.
    """
    folder = workspace_path()
    if not os.environ.get("DATABASE_URL") and not (folder / "onefunnel.sqlite3").exists():
        raise LookupError(f"there is no workspace at {folder}. {_BRING_IN}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onefunnel.server.site.settings")
    import django

    django.setup()
    from onefunnel.server.agree.basis import current_basis

    basis = current_basis()
    if basis.is_empty:
        raise LookupError(f"the workspace at {folder} holds no data yet. {_BRING_IN}")
    return basis.facts, basis.agreement, basis.zone.key, basis.fiscal_year_starts
