"""What changed between versions, who signed which, and from when each was in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest

from onefunnel.agreement.compare import changes as compared
from onefunnel.agreement.compare.changes import Changes
from onefunnel.facts.declaration import Type
from onefunnel.facts.store import Facts
from onefunnel.measures.steps.defined import lead_columns
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.models import AgreementVersion
from onefunnel.server.agree.queries import (
    Use,
    agreement_of,
    agreement_of_version,
    uses,
    versions,
    waiting,
)
from onefunnel.server.agree.signatures import SignatureLine, lines_of

_Columns = tuple[tuple[str, Type], ...]


@dataclass(frozen=True)
class Told:
    """One version in the history: what it changed against the one before (None: the first), who
    signed it, from when it was or will be in use (or what it waits for)."""

    version: AgreementVersion
    before: AgreementVersion | None
    changes: Changes | None
    lines: tuple[SignatureLine, ...]
    uses: tuple[Use, ...]

    @property
    def sentence(self) -> str:
        return "The first version." if self.changes is None else self.changes.sentence


def told(facts: Facts, *, at: datetime) -> list[Told]:
    """Every version, the newest first, with what it changed."""
    found = versions()
    by_version: dict[int, list[Use]] = {}
    for use in (*uses(at=at), *waiting(at=at)):
        by_version.setdefault(use.version.pk, []).append(use)
    return [
        Told(
            version,
            earlier,
            changes_between(earlier, version, facts) if earlier else None,
            lines_of(version, agreement_of(version)),
            tuple(by_version.get(version.pk, ())),
        )
        for version, earlier in zip_longest(found, found[1:])
    ]


def changes_between(old: AgreementVersion, new: AgreementVersion, facts: Facts) -> Changes:
    """What the one says otherwise than the other; read against the columns of these facts."""
    leads = lead_columns(facts) if "leads" in facts else {}
    return _changes(
        (old.pk, old.digest), (new.pk, new.digest),
        tuple(sorted(definition_columns(facts).items())), tuple(sorted(leads.items())),
    )  # fmt: skip


@lru_cache(maxsize=128)
def _changes(
    old: tuple[int, str], new: tuple[int, str], columns: _Columns, leads: _Columns
) -> Changes:
    return compared.changes(
        agreement_of_version(old),
        agreement_of_version(new),
        columns=dict(columns),
        **({"lead_columns": dict(leads)} if leads else {}),
    )
