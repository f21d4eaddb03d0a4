"""The agreement: one document that says what the funnel is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from onefunnel.agreement.charter import Charter, CreditPolicy, Outcome
from onefunnel.agreement.digest import digest_of
from onefunnel.agreement.duties import Handover, Promise, WorkingTime
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.words import Persona, Segment, Term

Status = Literal["not agreed", "in use", "agreed"]


@dataclass(frozen=True)
class Agreement:
    """What marketing and sales agree their funnel to be.

    Stages stand in the order of the funnel; detours (lost, disqualified, recycled) may stand
    anywhere among them. `status`: "not agreed" is a proposal or draft; "in use" is what the
    numbers follow without both signatures; "agreed" is signed by both. Signatures are kept where
    people sign, never in the document itself, and neither `version` nor `status` is part of what
    is signed: `digest` covers everything else.
    """

    title: str
    version: str = "draft"
    status: Status = "not agreed"
    currency: str = ""
    charter: Charter = field(default_factory=Charter)
    outcome: Outcome = field(default_factory=Outcome)
    stages: tuple[Stage, ...] = ()
    handovers: tuple[Handover, ...] = ()
    promises: tuple[Promise, ...] = ()
    working_time: WorkingTime | None = None
    segments: tuple[Segment, ...] = ()
    personas: tuple[Persona, ...] = ()
    glossary: tuple[Term, ...] = ()
    credit: CreditPolicy | None = None

    @property
    def success_path(self) -> tuple[Stage, ...]:
        """The stages of kind open and won, in order; stages after won are kind open too."""
        return tuple(stage for stage in self.stages if stage.is_success)

    @property
    def detours(self) -> tuple[Stage, ...]:
        """The stages off the success path: lost, disqualified, recycled."""
        return tuple(stage for stage in self.stages if not stage.is_success)

    @property
    def won(self) -> Stage | None:
        """The first stage of kind won: where a lead is won. None where none is defined."""
        return next((stage for stage in self.stages if stage.kind == "won"), None)

    @property
    def teams(self) -> tuple[str, ...]:
        """Every team named as leading or supporting a stage, in the order they first appear."""
        named = (team for stage in self.stages for team in (*stage.leads, *stage.supports))
        return tuple(dict.fromkeys(named))

    @property
    def is_agreed(self) -> bool:
        """Whether both teams have signed it."""
        return self.status == "agreed"

    @property
    def agreed(self) -> bool:
        """The same as `is_agreed`."""
        return self.is_agreed

    def stage(self, name: str) -> Stage:
        """The stage of that name; KeyError where there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(f"the agreement defines no stage {name!r}")

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical text: what people sign."""
        return digest_of(self)
