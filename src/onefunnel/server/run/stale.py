"""What an address of leads asks for that is not there any more, in words."""

from __future__ import annotations

from datetime import date

from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import NONE, Wanted
from onefunnel.server.run.lead_rows import source_of

#: Words of the address that narrow by a column of leads.
BY_COLUMN = {"source": "source", "owner": "owner", "segment": "segment", "account": "account_id"}


def gone(basis: Basis, asked: Wanted, hiding: Hiding) -> tuple[str, ...]:
    """Why the page shows something else than its address, or a saved view, asks for."""
    return tuple(_gone(basis, asked, hiding)) if not basis.is_empty else ()


def _gone(basis: Basis, asked: Wanted, hiding: Hiding) -> list[str]:
    found = []
    stage, source = asked.said("stage"), source_of(basis)
    if stage not in ("", NONE, *(one.name for one in basis.agreement.stages)):
        found.append(
            f"The agreement has no stage “{stage}”: it was renamed or left out. No lead stands in "
            "it; choose a stage of today, and save the view again if it is one."
        )
    for word, column in BY_COLUMN.items():
        if not asked.said(word):
            continue
        if column not in source.columns:
            found.append(
                f"The leads have no {word} any more, so they are not narrowed by it. Clear it, and "
                "save the view again if it is one."
            )
        elif hiding.hides("leads", column):
            found.append(f"Your role does not see the {word} of leads, so it narrows nothing.")
    if asked.said("currency") and not source.deals:
        found.append("There are no deals any more, so there is no money to show.")
    for word in ("since", "until"):
        try:
            date.fromisoformat(asked.said(word) or "2000-01-01")
        except ValueError:
            found.append(f"“{asked.said(word)}” is no day, so it narrows nothing.")
    return found
