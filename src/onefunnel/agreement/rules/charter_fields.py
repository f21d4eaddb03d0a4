"""The charter says what, why, by which process, how often it is reviewed, and who signs."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap

_FIELDS = {
    "what": "what is agreed",
    "why": "why it is agreed",
    "process": "by which process it is changed",
    "review_every": "how often it is reviewed",
}


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for name, meaning in _FIELDS.items():
        if not getattr(agreement.charter, name).strip():
            yield Gap("charter", "charter", f"{name} is missing", f"write {name}: {meaning}")
    teams = {folded(signatory.team) for signatory in agreement.charter.signatories} - {""}
    if len(teams) < 2:
        yield Gap(
            "charter",
            "charter",
            f"{len(teams) or 'no'} team{'' if len(teams) == 1 else 's'} named to sign",
            "write signatories: at least two teams",
        )
