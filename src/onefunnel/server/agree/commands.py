"""The deeds of this room: bring in a version, start from a template, sign, put into use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max
from django_tasks import default_task_backend

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Gap
from onefunnel.agreement.templates import templates
from onefunnel.agreement.yaml_text import read_yaml, write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree import events
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.gaps import gaps_of
from onefunnel.server.agree.models import SIMULATED, Adoption, AgreementVersion, Signature
from onefunnel.server.agree.queries import agreement_of, binding_before, version_in_use
from onefunnel.server.agree.signatures import signing_teams, team_of
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append, hold_the_chain
from onefunnel.server.warehouse.queries import current_facts
from onefunnel.server.warehouse.tasks import refresh_copy

_DEED = "propose agreement"


class NotComplete(Exception):
    """The version has gaps, so it cannot come into use. `gaps` names them."""

    def __init__(self, gaps: tuple[Gap, ...]) -> None:
        self.gaps = gaps
        first = "; ".join(f"{gap.where}: {gap.what}" for gap in gaps[:3])
        super().__init__(f"{len(gaps)} gaps have to be closed first ({first})")


class CannotSign(Exception):
    """This person's signature does not belong under this version. The text says why."""


class NotSigned(Exception):
    """A version that both teams signed is in force; only one that both signed can follow it."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            f"Version {number} is in force and signed by both teams, so it binds both. Another "
            "comes into force once both teams have signed it too: nobody changes it alone."
        )


class InThePast(ValueError):
    """A version cannot come into use earlier than now: past numbers keep their definitions."""


def import_agreement(
    *, text: str, by: Person | None, at: datetime, name: str = "agreement", origin: str = "file"
) -> AgreementVersion:
    """Bring in an agreement written as YAML as a new proposed version.

    The text is read strictly and kept in its plain form, without remarks; what it says of its own
    version and status is not believed. A text that means the same as the last version is that
    version.

    Raises:
        AgreementTextError: the text is not an agreement; every problem with its line and column.
    """
    if by is not None:
        require(by, _DEED)
    return _keep(read_yaml(text, name), by=by, at=at, origin=origin)


def start_from_template(
    *, name: str, by: Person | None, at: datetime, facts: Facts | None = None
) -> AgreementVersion:
    """Start a proposed version from a template, fitted to the stages of the data where it has any.

    Raises:
        KeyError: there is no template of that name.
    """
    if by is not None:
        require(by, _DEED)
    template = templates.load(name)
    facts = current_facts() if facts is None else facts
    if "moves" in facts or "stages" in facts:
        template = templates.fit(template, facts).agreement
    return _keep(template, by=by, at=at, origin=f"template {name}")


def adopt_agreement(
    *,
    version_id: object,
    by: Person | None,
    at: datetime,
    effective_from: datetime | None = None,
    refresh: bool = True,
) -> Adoption:
    """Put a version into use: from `effective_from` (now, if not given) the numbers follow it.

    It is in use, not agreed: signatures are another deed. Every number follows it from then on; the
    columnar copy that makes them fast is brought up in the background at that moment, unless
    `refresh` is False.

    Raises:
        AgreementVersion.DoesNotExist: there is no such version.
        NotComplete: a tick, a card or a definition is missing.
        NotSigned: a signed version is in force then, and not all have signed this one.
        InThePast: `effective_from` lies before `at`.
    """
    if by is not None:
        require(by, _DEED)
    if effective_from is not None and effective_from < at:
        raise InThePast("A version comes into use now or later; past numbers keep their own.")
    columns = definition_columns(current_facts())
    with transaction.atomic():
        hold_the_chain()
        version = AgreementVersion.objects.get(public_id=version_id)
        gaps = gaps_of(agreement_of(version), columns)
        if gaps:
            raise NotComplete(gaps)
        bound = binding_before(version, at=effective_from or at) if by is not None else None
        if bound is not None:
            raise NotSigned(bound.number)
        last = Adoption.objects.order_by("-pk").first()
        adoption = Adoption(
            version=version,
            effective_from=effective_from or at,
            adopted_at=at,
            adopted_by=by,
            previous=last.hash if last else "",
        )
        adoption.hash = adoption.seal()
        adoption.save()
        append(
            kind=events.VERSION_ADOPTED,
            at=at,
            by=by,
            subject=f"agreement:{version.public_id}",
            payload={
                "version": version.number,
                "digest": version.digest[:12],
                "from": adoption.effective_from.astimezone(UTC).isoformat(timespec="seconds"),
            },
        )
    if refresh:
        _follow(adoption.effective_from, at)
    return adoption


def adopt_simulated(*, text: str, at: datetime) -> Adoption:
    """Put the simulated company's own agreement into use, unsigned; it goes with the company."""
    version = import_agreement(text=text, by=None, at=at, origin=SIMULATED)
    return adopt_agreement(version_id=version.public_id, by=None, at=at, refresh=False)


def sign_version(*, version_id: object, by: Person, at: datetime) -> Signature:
    """Sign a version for one's own team. It stands under this digest for ever.

    Where the version waited for this signature, it comes into force with it.

    Raises:
        AgreementVersion.DoesNotExist: there is no such version.
        NotComplete: a tick, a card or a definition is missing.
        CannotSign: the charter does not name the person's team, or the team has signed.
    """
    require(by, "sign agreement")
    columns = definition_columns(current_facts())
    with transaction.atomic():
        hold_the_chain()
        before = version_in_use(at=at)
        version = AgreementVersion.objects.get(public_id=version_id)
        agreement = agreement_of(version)
        if agreement.digest != version.digest:
            raise CannotSign(
                "The text of this version was changed in the database; do not sign it."
            )
        _may_sign(by, agreement, version)
        gaps = gaps_of(agreement, columns)
        if gaps:
            raise NotComplete(gaps)
        last = Signature.objects.order_by("-pk").first()
        signature = Signature(
            version=version, digest=version.digest, team=by.team, signed_at=at, signed_by=by,
            previous=last.hash if last else "",
        )  # fmt: skip
        signature.hash = signature.seal()
        signature.save()
        append(
            kind=events.VERSION_SIGNED,
            at=at,
            by=by,
            subject=f"agreement:{version.public_id}",
            payload={"version": version.number, "digest": version.digest[:12], "team": by.team},
        )
    if version_in_use(at=at) != before:
        _follow(at, at)
    return signature


def _follow(moment: datetime, at: datetime) -> None:
    """Have the columnar copy follow the version in use at once, or when its time has come."""
    if moment <= at:
        refresh_copy.enqueue()
    elif default_task_backend.supports_defer:
        refresh_copy.using(run_after=moment).enqueue()


def _may_sign(by: Person, agreement: Agreement, version: AgreementVersion) -> None:
    teams = {team_of(named): named for named in signing_teams(agreement)}
    strangers = [named for team, named in teams.items() if team not in Team.values]
    if len(teams) < 2 or strangers:
        who = f"nobody here works in {strangers[0]}" if strangers else "two teams have to sign"
        raise CannotSign(f"The charter of this version cannot be signed: {who}. Correct it there.")
    if by.team not in teams:
        raise CannotSign(
            f"{by.get_team_display()} is not among those who sign this agreement "
            f"({', '.join(teams.values())}). Its charter says who signs."
        )
    signatures = Signature.objects.filter(version=version)
    if signatures.filter(team=by.team).exists():
        raise CannotSign(f"{by.get_team_display()} has signed this version already.")
    if signatures.filter(signed_by=by).exists():
        raise CannotSign("You have signed this version already; each team has its own signatory.")


def _keep(
    agreement: Agreement, *, by: Person | None, at: datetime, origin: str
) -> AgreementVersion:
    with transaction.atomic():
        hold_the_chain()
        last = AgreementVersion.objects.order_by("-number").first()
        if last is not None and last.digest == agreement.digest:
            return last
        number = (AgreementVersion.objects.aggregate(most=Max("number"))["most"] or 0) + 1
        plain = replace(agreement, version=str(number), status="not agreed")
        version = AgreementVersion(
            number=number,
            text=write_yaml(plain),
            digest=plain.digest,
            title=plain.title[:300],
            origin=origin[:80],
            created_at=at,
            created_by=by,
            previous=last.hash if last else "",
        )
        version.hash = version.seal()
        version.save()
        append(
            kind=events.VERSION_PROPOSED,
            at=at,
            by=by,
            subject=f"agreement:{version.public_id}",
            payload={"version": number, "stages": len(plain.stages), "digest": plain.digest[:12]},
        )
    return version
