"""Objectives as their pages show them: in words, who signed, what was saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from onefunnel.charts import written
from onefunnel.planner.pacing import Planned
from onefunnel.server.agree.basis import Basis, current_basis
from onefunnel.server.agree.disputes.deciding import signing_for
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import may
from onefunnel.server.plan.models import (
    MONEY,
    Objective,
    ObjectiveSignature,
    Outcome,
    SalesCapacity,
    SavedPlan,
    Wording,
)
from onefunnel.server.plan.wording import ObjectiveRefused, definition_of, moment_of


@dataclass(frozen=True)
class SignatureLine:
    """A team that signs, and its signature under the words as they are, if it stands."""

    team: str
    label: str
    signature: ObjectiveSignature | None


@dataclass(frozen=True)
class ObjectiveView:
    """One objective: its words now, who signed them, what was saved for it."""

    objective: Objective
    wording: Wording
    title: str
    lines: tuple[SignatureLine, ...]
    capacity: SalesCapacity | None
    plans: tuple[SavedPlan, ...]

    @property
    def is_signed(self) -> bool:
        return all(line.signature is not None for line in self.lines)

    @property
    def standing(self) -> str:
        """Where it stands, in words."""
        if self.objective.set_aside_at is not None:
            return "set aside"
        signed = [line.label for line in self.lines if line.signature is not None]
        if len(signed) == len(self.lines):
            return "signed by both sides"
        return f"draft, signed by {' and '.join(signed)}" if signed else "draft"

    @property
    def plan(self) -> SavedPlan | None:
        """The plan that counts: the one saved last."""
        return self.plans[-1] if self.plans else None

    def may_sign(self, person: Person) -> bool:
        """Whether the person's own team has still to sign, and the person may."""
        if self.objective.set_aside_at is not None or not may(person, "sign objective"):
            return False
        return any(line.team == person.team and line.signature is None for line in self.lines)


def objectives() -> list[ObjectiveView]:
    """Every objective: those followed first, the nearest day first; then those set aside."""
    teams = signing_for(current_basis().agreement)
    found = [_view(one, teams) for one in Objective.objects.all()]
    return sorted(
        found,
        key=lambda one: (one.objective.set_aside_at is not None, one.wording.until, one.wording.pk),
    )


def objective_view(objective_id: object) -> ObjectiveView | None:
    """One objective; None where there is none."""
    found = Objective.objects.filter(public_id=objective_id).first()
    return _view(found, signing_for(current_basis().agreement)) if found else None


def title_of(outcome: str, amount: Decimal, currency: str, segment: str, until: date) -> str:
    """An objective in a few words: "120 won leads by 30 June 2027"."""
    if outcome in MONEY:
        much = f"{written.money(amount, currency)} of {outcome}"
    elif outcome == Outcome.SHARE:
        much = f"{amount.normalize():f}% of the accounts won"
    else:
        much = f"{amount:,.0f} won lead{'' if amount == 1 else 's'}"
    among = f" in {segment}" if segment else ""
    return f"{much}{among} by {until.day} {until:%B %Y}"


def proposed(basis: Basis) -> dict[str, str]:
    """The words of a first objective, from the success sheet of the agreement; empty where it
    names no outcome that has a day to come."""
    outcome = basis.agreement.outcome
    amount: Decimal | int | None = outcome.volume
    kind = Outcome.WON
    if amount is None and outcome.margin is not None:
        amount, kind = outcome.margin, Outcome.MARGIN
    now = basis.data_at
    if amount is None or outcome.by is None or (now is not None and outcome.by <= now.date()):
        return {}
    named = {one.name for one in basis.agreement.segments}
    return {
        "statement": outcome.statement,
        "outcome": kind.value,
        "amount": str(amount),
        "currency": basis.agreement.currency if kind == Outcome.MARGIN else "",
        "segment": outcome.segment if outcome.segment in named else "",
        "where": "",
        "until": outcome.by.isoformat(),
    }


def objectives_to_sign(person: Person) -> int:
    """How many objectives wait for this person's signature."""
    if not may(person, "sign objective"):
        return 0
    return sum(one.may_sign(person) for one in objectives())


def _view(objective: Objective, teams: tuple[str, ...]) -> ObjectiveView:
    wording = Wording.objects.select_related("objective", "written_by").get(
        objective=objective, revision=objective.revision
    )
    return ObjectiveView(
        objective=objective,
        wording=wording,
        title=title_of(
            wording.outcome, wording.amount, wording.currency, wording.segment, wording.until
        ),
        lines=_lines(wording, teams),
        capacity=SalesCapacity.objects.filter(objective=objective).last(),
        plans=tuple(SavedPlan.objects.filter(objective=objective).select_related("saved_by")),
    )


def _lines(wording: Wording, teams: tuple[str, ...]) -> tuple[SignatureLine, ...]:
    signed = {
        one.team: one
        for one in ObjectiveSignature.objects.filter(digest=wording.digest).select_related(
            "signed_by"
        )
    }
    return tuple(SignatureLine(team, Team(team).label, signed.get(team)) for team in teams)


@dataclass(frozen=True)
class PlanToFollow:
    """The plan that counts for an objective: its months, and which leads it is about.

    `is_for_these_words`: whether it was saved for the objective as it reads now; one that was not
    is followed by the words it was saved for. `is_under_this_agreement`: whether the agreement is
    still the one it was made under; what counts as a lead, or as won, goes by the present one.
    """

    objective_id: str
    title: str
    number: int
    months: tuple[Planned, ...]
    where: str
    is_for_these_words: bool
    is_under_this_agreement: bool


def plans_to_follow(basis: Basis) -> tuple[PlanToFollow, ...]:
    """The last saved plan of each objective that is followed, the nearest day first. One whose
    segment the agreement has no more, or whose words are not there, is left out: nothing can be
    counted for it."""
    found = []
    for one in objectives():
        plan = one.plan
        if plan is None or one.objective.set_aside_at is not None:
            continue
        words = _words_of(plan, one)
        if words is None:
            continue
        try:
            where = definition_of(words, basis.agreement)
        except ObjectiveRefused:
            continue
        found.append(
            PlanToFollow(
                objective_id=str(one.objective.public_id),
                title=one.title,
                number=plan.number,
                months=tuple(
                    Planned(
                        moment_of(date.fromisoformat(month["since"]), basis.zone),
                        moment_of(date.fromisoformat(month["until"]), basis.zone),
                        float(month["leads"]),
                        float(month["wins"]),
                    )
                    for month in plan.months
                ),
                where=where,
                is_for_these_words=words.revision == one.wording.revision,
                is_under_this_agreement=plan.agreement == basis.agreement.digest,
            )
        )
    return tuple(found)


def _words_of(plan: SavedPlan, one: ObjectiveView) -> Wording | None:
    """The words that a plan was saved for; None where they are not there."""
    if plan.digest == one.wording.digest:
        return one.wording
    every = Wording.objects.filter(objective=one.objective).select_related("objective")
    return next((words for words in every if words.digest == plan.digest), None)
