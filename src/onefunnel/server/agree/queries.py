"""What is agreed: the agreement the numbers follow, its versions, whether they are untouched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.agreement.yaml_text import read_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree.models import SIMULATED, Adoption, AgreementVersion, Signature
from onefunnel.server.agree.signatures import SignatureLine, are_all_signed, lines_of
from onefunnel.server.people.queries import workspace
from onefunnel.server.warehouse import queries as warehouse


@dataclass(frozen=True)
class InUse:
    """A version in use, from when, and the agreement it holds."""

    agreement: Agreement
    version: AgreementVersion
    effective_from: datetime


@dataclass(frozen=True)
class Use:
    """A version and from when it counts, until the next one does; `is_coming`: not yet."""

    version: AgreementVersion
    effective_from: datetime
    by: object
    is_coming: bool


@dataclass(frozen=True)
class BrokenSeal:
    """A row whose content is not what was sealed, or whose link to the row before is gone."""

    what: str


def in_use(*, at: datetime) -> InUse | None:
    """The version in use at that moment; None where none was put into use by then.

    The simulated company's own agreement goes with it.
    """
    adoptions = _adoptions(at).filter(effective_from__lte=at)
    adoption = adoptions.select_related("version").order_by("-effective_from", "-pk").first()
    if adoption is None:
        return None
    agreement = agreement_of(adoption.version)
    is_signed = are_all_signed(lines_of(adoption.version, agreement))
    return InUse(
        replace(agreement, status="agreed" if is_signed else "in use"),
        adoption.version,
        adoption.effective_from,
    )


def binding_before(version: AgreementVersion, *, at: datetime) -> AgreementVersion | None:
    """The signed version in force at that moment, where this one is not signed by all who shall:
    it binds both teams, so no one of them puts an unsigned text in its place."""
    found = in_use(at=at)
    if found is None or not found.agreement.is_agreed or found.version.pk == version.pk:
        return None
    is_signed = are_all_signed(lines_of(version, agreement_of(version)))
    return None if is_signed else found.version


def version_in_use(*, at: datetime) -> tuple[int, str] | None:
    """Key and digest of the version in use at that moment, as `in_use` finds it.

    In SQL, since every lead that comes in asks.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.id, v.digest FROM agree_adoption a "
            "JOIN agree_agreementversion v ON v.id = a.version_id "
            "WHERE a.effective_from <= %s AND a.adopted_at <= %s AND (v.origin <> %s OR EXISTS "
            "(SELECT 1 FROM people_workspace w WHERE w.id = 1 AND w.is_demo)) "
            "ORDER BY a.effective_from DESC, a.id DESC LIMIT 1",
            [moment, moment, SIMULATED],
        )
        return cursor.fetchone()  # type: ignore[no-any-return]


def uses(*, at: datetime) -> tuple[Use, ...]:
    """Which versions were, are and will be in use, in order of time, as was known at that moment.

    Of two that were put into use for the same moment the later decision counts. A version that
    goes on after itself is told once.
    """
    rows = _adoptions(at).select_related("version", "adopted_by").order_by("effective_from", "pk")
    counted = {row.effective_from: row for row in rows}
    found: list[Use] = []
    for row in counted.values():
        if not found or found[-1].version.pk != row.version.pk:
            is_coming = row.effective_from > at
            found.append(Use(row.version, row.effective_from, row.adopted_by, is_coming))
    return tuple(found)


def coming(*, at: datetime) -> Use | None:
    """The next version that will come into use; None where none is decided."""
    return next((use for use in uses(at=at) if use.is_coming), None)


def _adoptions(at: datetime) -> QuerySet[Adoption]:
    found = Adoption.objects.filter(adopted_at__lte=at)
    return found if workspace().is_demo else found.exclude(version__origin=SIMULATED)


@lru_cache(maxsize=64)
def agreement_of_version(version: tuple[int, str]) -> Agreement:
    """The agreement that a version holds; its text never changes, so it is read once."""
    return agreement_of(AgreementVersion.objects.get(pk=version[0]))


def current_agreement(*, at: datetime) -> Agreement:
    """What the numbers rest on at that moment: the version in use, else a proposal from the data.

    Without any data the proposal has no stages.
    """
    found = in_use(at=at)
    if found is not None:
        return found.agreement
    return proposed_from_data(warehouse.current_facts())


def proposed_from_data(facts: Facts) -> Agreement:
    """The proposal that the copy's journeys follow, else a new one; empty without any data."""
    text = warehouse.proposed_for_the_copy()
    if text:
        return read_yaml(text, "proposed agreement")
    if "moves" not in facts and "stages" not in facts:
        return Agreement("No funnel yet", version="proposed")
    return propose(facts)


def agreement_for_the_copy() -> Agreement | None:
    """What the warehouse asks: the version in use now, None while there is none."""
    found = in_use(at=timezone.now())
    return found.agreement if found else None


def agreement_of(version: AgreementVersion) -> Agreement:
    """The agreement a version holds; read once for each text."""
    return _read(version.text, str(version))


def signature_lines(found: InUse) -> tuple[SignatureLine, ...]:
    """Every line to sign of a version in use, signed or not, in the order of its charter."""
    return lines_of(found.version, found.agreement)


def versions() -> list[AgreementVersion]:
    """Every version, the newest first."""
    return list(AgreementVersion.objects.select_related("created_by").order_by("-number"))


def broken_seals() -> list[BrokenSeal]:
    """Every version or adoption that was changed, removed or put in behind the program's back."""
    broken = []
    before = ""
    for version in AgreementVersion.objects.order_by("number"):
        if version.seal() != version.hash or agreement_digest(version) != version.digest:
            broken.append(BrokenSeal(f"Version {version.number} was changed in the database."))
        if version.previous != before:
            broken.append(BrokenSeal(f"A version before version {version.number} is missing."))
        before = version.hash
    before = ""
    for adoption in Adoption.objects.select_related("version").order_by("pk"):
        if adoption.seal() != adoption.hash:
            said = f"The note that put {adoption.version} into use was changed in the database."
            broken.append(BrokenSeal(said))
        if adoption.previous != before:
            said = f"A note before the one that put {adoption.version} into use is missing."
            broken.append(BrokenSeal(said))
        before = adoption.hash
    before = ""
    for signature in Signature.objects.select_related("version").order_by("pk"):
        if signature.seal() != signature.hash or signature.digest != signature.version.digest:
            broken.append(BrokenSeal(f"The signature of {signature} was changed in the database."))
        if signature.previous != before:
            broken.append(BrokenSeal(f"A signature before that of {signature} is missing."))
        before = signature.hash
    return broken


def agreement_digest(version: AgreementVersion) -> str:
    """The digest of what the version's text says now; empty where it cannot be read."""
    try:
        return agreement_of(version).digest
    except ValueError:
        return ""


@lru_cache(maxsize=64)
def _read(text: str, name: str) -> Agreement:
    return read_yaml(text, name)
