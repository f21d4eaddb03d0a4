"""What is agreed: the agreement the numbers follow, its versions, whether they are untouched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.propose import propose
from onefunnel.agreement.yaml_text import read_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree.in_force import Course, Decided, course_of
from onefunnel.server.agree.models import SIMULATED, Adoption, AgreementVersion, Signature
from onefunnel.server.agree.signatures import (
    SignatureLine,
    are_all_signed,
    last_signed_at,
    lines_of,
)
from onefunnel.server.people.queries import workspace
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

_in_force = Kept(64)


@dataclass(frozen=True)
class InUse:
    """A version in use, from when, and the agreement it holds."""

    agreement: Agreement
    version: AgreementVersion
    effective_from: datetime


@dataclass(frozen=True)
class Use:
    """A version and from when it counts, until the next one does; `is_coming`: not yet.

    `is_waiting`: from the day decided on, and not before all have signed it, since the version
    that it follows is signed by all.
    """

    version: AgreementVersion
    effective_from: datetime
    by: object
    is_coming: bool
    is_waiting: bool = False


@dataclass(frozen=True)
class BrokenSeal:
    """A row whose content is not what was sealed, or whose link to the row before is gone."""

    what: str


def in_use(*, at: datetime) -> InUse | None:
    """The version in use at that moment; None where none was put into use by then.

    One that all have signed stays until another comes that all have signed too. The simulated
    company's own agreement goes with it.
    """
    came = [each for each in _course(at).came if each[0] <= at]
    if not came:
        return None
    since, decided = came[-1]
    version = decided.adoption.version
    agreement = agreement_of(version)
    is_signed = are_all_signed(lines_of(version, agreement))
    return InUse(replace(agreement, status="agreed" if is_signed else "in use"), version, since)


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

    In SQL, since every lead that comes in asks. Only where another version with signatures was in
    use too is there more to look at, once until somebody signs or decides on a version.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT a.id, a.effective_from, v.id AS version_id, v.digest "
            "FROM agree_adoption a JOIN agree_agreementversion v ON v.id = a.version_id "
            "WHERE a.effective_from <= %s AND a.adopted_at <= %s AND (v.origin <> %s OR EXISTS "
            "(SELECT 1 FROM people_workspace w WHERE w.id = 1 AND w.is_demo))) "
            "SELECT last.version_id, last.digest, EXISTS (SELECT 1 FROM due JOIN agree_signature s "
            "ON s.version_id = due.version_id WHERE due.version_id <> last.version_id), "
            "(SELECT COUNT(*) FROM due), "
            "(SELECT hash FROM agree_adoption ORDER BY id DESC LIMIT 1), "
            "(SELECT COUNT(*) FROM agree_signature WHERE signed_at <= %s), "
            "(SELECT hash FROM agree_signature ORDER BY id DESC LIMIT 1) "
            "FROM due last ORDER BY last.effective_from DESC, last.id DESC LIMIT 1",
            [moment, moment, SIMULATED, moment],
        )
        found = cursor.fetchone()
    if found is None:
        return None
    version, digest, has_signed_before, *known = found
    if not has_signed_before:
        return version, digest

    def walked() -> tuple[int, str]:
        decided = [each for since, each in _course(at).came if since <= at][-1]
        return decided.adoption.version_id, decided.adoption.version.digest

    # what has come by then hangs on nothing but the decisions and signatures until then: rows that
    # are never changed, each sealed with all before it
    return _in_force.get(tuple(known), walked)


def uses(*, at: datetime) -> tuple[Use, ...]:
    """Which versions were, are and will be in use, in order of time, as was known at that moment.

    Of two that were put into use for the same moment the later decision counts. A version that
    goes on after itself is told once. What waits for signatures is not among them: see `waiting`.
    """
    counted = {since: decided.adoption for since, decided in _course(at).came}
    found: list[Use] = []
    for since, row in counted.items():
        if not found or found[-1].version.pk != row.version.pk:
            found.append(Use(row.version, since, row.adopted_by, since > at))
    return tuple(found)


def waiting(*, at: datetime) -> tuple[Use, ...]:
    """The versions decided on that come into use only once all have signed them."""
    return tuple(
        Use(row.version, row.effective_from, row.adopted_by, row.effective_from > at, True)
        for row in (decided.adoption for decided in _course(at).waiting)
    )


def coming(*, at: datetime) -> Use | None:
    """The next version that will come into use; None where none is decided."""
    return next((use for use in uses(at=at) if use.is_coming), None)


def _adoptions(at: datetime) -> QuerySet[Adoption]:
    found = Adoption.objects.filter(adopted_at__lte=at)
    return found if workspace().is_demo else found.exclude(version__origin=SIMULATED)


def _course(at: datetime) -> Course:
    """What came, will come and waits to come into force, as was known at that moment."""
    rows = _adoptions(at).select_related("version", "adopted_by").order_by("effective_from", "pk")
    signed = _signed_at([row.version for row in rows], at)
    return course_of([Decided(row, signed.get(row.version_id)) for row in rows])


def _signed_at(versions: Iterable[AgreementVersion], at: datetime) -> dict[int, datetime]:
    """When the last of all who sign a version did, by its key; without those not signed by all."""
    there = {version.pk: version for version in versions}
    moments: dict[int, dict[str, datetime]] = {}
    signatures = Signature.objects.filter(
        version__in=there, signed_at__lte=at, digest=F("version__digest")
    )
    for version, team, moment in signatures.values_list("version_id", "team", "signed_at"):
        moments.setdefault(version, {})[team] = moment
    found = {}
    for version, by_team in moments.items():
        try:
            last = last_signed_at(agreement_of(there[version]), by_team)
        except ValueError:  # changed behind the program, so it is not what they signed
            continue
        if last is not None:
            found[version] = last
    return found


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
