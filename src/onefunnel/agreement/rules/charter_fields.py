"""The charter says what, why, by which process, how often it is reviewed, and who signs."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot

_FIELDS = {
    "what": "what is agreed",
    "why": "why it is agreed",
    "process": "by which process it is changed",
    "review_every": "how often it is reviewed",
}


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    for name, meaning in _FIELDS.items():
        if not getattr(agreement.charter, name).strip():
            yield _gap(f"it does not say {meaning}", f"say {meaning}", name)
    teams = {folded(signatory.team) for signatory in agreement.charter.signatories} - {""}
    if len(teams) < 2:
        yield _gap(
            f"{len(teams) or 'no'} team{'' if len(teams) == 1 else 's'} named to sign",
            "name at least two teams that sign",
            "signatories",
        )


def _gap(what: str, fix: str, field: str) -> Gap:
    return Gap("charter", "charter", what, fix, Spot("charter", field=field))
