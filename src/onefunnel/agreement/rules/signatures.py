"""Fifth tick: the teams named to sign have signed this very text."""

from __future__ import annotations

from collections.abc import Iterator, Set

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Gap


def gaps(agreement: Agreement, signed_by: Set[str]) -> Iterator[Gap]:
    """`signed_by` are the teams whose signature stands under this agreement's digest."""
    missing = [each.team for each in agreement.charter.signatories if each.team not in signed_by]
    for team in dict.fromkeys(missing):
        yield Gap("signatures", "agreement", f"{team} has not signed", f"ask {team} to sign it")
