"""What does each field of a form cost, and did it ever decide anything?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.db.models import Max, Sum

from onefunnel.facts.store import MissingFacts
from onefunnel.measures.form_fields import Decided, form_field_decisions, form_field_records
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.agree.basis import Basis
from onefunnel.server.agree.signatures import team_of
from onefunnel.server.run.handovers.queries import territories
from onefunnel.server.run.tracker.models import CaptureForm, FormAnswer, FormCount
from onefunnel.server.warehouse.kept import Kept

#: Fewer answers than this say nothing about a field.
ENOUGH = 20
What = Literal["asked", "filled", "empty", "decided"]
_WORDS = {
    "stage": "the stage", "required": "what a hand-over needs", "test": "the test of a hand-over",
    "routing": "whose lead it is",
}  # fmt: skip
_CANNOT = (MissingFacts, NoSuccessPath)
_kept = Kept(16)


@dataclass(frozen=True)
class FieldCost:
    """One field. `asked` is of answers that became leads; `left` is None where no page tells it,
    `decided` where nothing can be asked."""

    name: str
    label: str
    is_required: bool
    asked: int = 0
    filled: int = 0
    refused: int = 0
    left: int | None = None
    decided: int | None = None
    by_kind: Mapping[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> int:
        """How often it was asked and left empty."""
        return self.asked - self.filled

    @property
    def is_enough(self) -> bool:
        """Whether its answers are enough to say that it decides nothing."""
        return self.filled >= ENOUGH

    @property
    def is_idle(self) -> bool:
        """Whether it was answered often and never decided anything."""
        return self.is_enough and self.decided == 0

    @property
    def decides(self) -> str:
        """What it decided, in words."""
        return ", ".join(f"{_WORDS[kind]}: {n:,}" for kind, n in self.by_kind.items())


@dataclass(frozen=True)
class FormCost:
    """A form: its fields as they are asked now; `left` of `begun` visitors who were watched."""

    fields: tuple[FieldCost, ...]
    answers: int
    since: datetime | None
    begun: int | None
    left: int | None
    unknown: str = ""

    @property
    def idle(self) -> tuple[FieldCost, ...]:
        """The fields that never decided anything, those asked most first."""
        return tuple(sorted((one for one in self.fields if one.is_idle), key=lambda f: -f.filled))

    @property
    def is_enough(self) -> bool:
        """Whether any field was answered often enough to tell."""
        return any(one.is_enough for one in self.fields)


def field_cost(form: CaptureForm, basis: Basis) -> FormCost:
    """What the fields of a form cost, by its answers so far and the agreement of the basis."""
    mine = FormAnswer.objects.filter(form=form)
    asked, filled, ids = Counter[str](), Counter[str](), []
    watched = 0
    since = None
    for lead_id, at, all_asked, all_filled, is_watched in mine.order_by("pk").values_list(
        "lead_id", "at", "asked", "filled", "is_watched"
    ):
        since = since or at
        ids.append(lead_id)
        asked.update(all_asked)
        filled.update(all_filled)
        watched += is_watched
    counted = {
        row["field"]: row
        for row in FormCount.objects.filter(form=form).order_by().values("field")
        .annotate(refused=Sum("refused"), left=Sum("left"))
    }  # fmt: skip
    left = sum(row["left"] for row in counted.values())
    is_watched = bool(watched or left)
    decided, unknown = _decided(form, basis, ids)
    fields = []
    for one in form.fields:
        name = str(one["name"])
        row = counted.get(name, {"refused": 0, "left": 0})
        found = decided.get(name)
        fields.append(
            FieldCost(
                name, str(one["label"]), bool(one["required"]), asked[name], filled[name],
                row["refused"], row["left"] if is_watched else None,
                found.leads if found else None, found.by_kind if found else {},
            )
        )  # fmt: skip
    return FormCost(
        tuple(fields), len(ids), since, watched + left if is_watched else None,
        left if is_watched else None, unknown,
    )  # fmt: skip


def leads_behind(form: CaptureForm, basis: Basis, name: str, what: What) -> list[str]:
    """The keys of the leads behind one number of a field, in the order they came.

    Raises:
        LookupError: the form asks no such field, or the number cannot be had.
    """
    if name not in {str(one["name"]) for one in form.fields}:
        raise LookupError(f"the form asks no {name}")
    rows = list(
        FormAnswer.objects.filter(form=form)
        .order_by("pk")
        .values_list("lead_id", "asked", "filled")
    )
    if what == "decided":
        if _cannot(basis):
            raise LookupError("it cannot be told what the field decided")
        ids = [lead_id for lead_id, *_ in rows]
        found = form_field_records(
            basis.facts, basis.agreement, ids, name, routing=_routing(basis)
        ).table.to_pyarrow()
        there = set(found["lead_id"].to_pylist())
        return [one for one in ids if one in there]
    has = {
        "asked": lambda asked, filled: name in asked,
        "filled": lambda asked, filled: name in filled,
        "empty": lambda asked, filled: name in asked and name not in filled,
    }[what]
    return [lead_id for lead_id, asked, filled in rows if has(asked, filled)]


def _cannot(basis: Basis) -> str:
    if basis.agreement.status == "not agreed":
        return "Nothing is in force yet, so no field can have decided anything."
    if "leads" not in basis.facts or "moves" not in basis.facts:
        return "The numbers do not hold the leads yet; look again in a moment."
    return ""


def _decided(
    form: CaptureForm, basis: Basis, ids: Sequence[str]
) -> tuple[Mapping[str, Decided], str]:
    if why := _cannot(basis):
        return {}, why
    names = tuple(str(one["name"]) for one in form.fields)
    routing = _routing(basis)
    last = FormAnswer.objects.filter(form=form).aggregate(last=Max("pk"))["last"]
    key = (
        form.pk, last, names, basis.version, basis.agreement.digest,
        tuple(sorted((team, tuple(texts)) for team, texts in routing.items())),
    )  # fmt: skip
    try:
        return _kept.get(
            key,
            lambda: form_field_decisions(basis.facts, basis.agreement, ids, names, routing=routing),
        ), ""
    except _CANNOT as refusal:
        return {}, f"It cannot be told what a field decided: {refusal}"


def _routing(basis: Basis) -> dict[str, tuple[str, ...]]:
    """For the receiving team of each hand-over, as the agreement calls it, whose leads are."""
    by_team = territories()
    teams = {card.to_team for card in basis.agreement.handovers}
    return {team: by_team.get(team_of(team), ()) for team in sorted(teams)}
