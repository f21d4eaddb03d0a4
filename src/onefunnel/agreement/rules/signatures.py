"""Fifth tick: the teams named to sign have signed this very text."""

from __future__ import annotations

from collections.abc import Iterator, Set

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Gap, Spot


def gaps(agreement: Agreement, signed_by: Set[str]) -> Iterator[Gap]:
    """`signed_by` are the teams whose signature stands under this agreement's digest."""
    signed = {folded(team) for team in signed_by}
    named = {folded(each.team): each.team for each in reversed(agreement.charter.signatories)}
    for team in (named[key] for key in reversed(named) if key not in signed):
        spot = Spot("charter", field="signatories")
        what, fix = f"{team} has not signed", f"ask {team} to sign it"
        yield Gap("signatures", "agreement", what, fix, spot)
