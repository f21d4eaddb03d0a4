"""One difference between two drafts of an agreement, in a form people can settle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

DifferenceKind = Literal[
    "missing stage",
    "renamed stage",
    "moved boundary",
    "other criterion",
    "other kind",
    "other order",
    "other owner",
    "other remit",
    "other place",
    "other measure",
    "other target",
    "other promise",
    "other hand-over",
    "other initiatives",
    "other touchpoints",
    "other term",
    "other segment",
    "other persona",
    "other credit policy",
    "other working time",
    "other outcome",
    "other currency",
    "other charter",
]

#: What a discrepancy is about.
Thing = Literal[
    "stage",
    "stages",
    "hand-over",
    "promise",
    "segment",
    "persona",
    "term",
    "credit policy",
    "working time",
    "outcome",
    "charter",
    "agreement",
]

#: Which of the two drafts.
Side = Literal["ours", "theirs"]
#: What a document can say in one place; None: it says nothing there.
Value = str | int | float | bool | Decimal | date | tuple[str, ...] | None


#: Fields of texts that no program reads.
_READ_BY_PEOPLE = frozenset(
    {"meaning", "what", "why", "process", "statement", "purpose", "fallback", "words"}
)


@dataclass(frozen=True)
class Discrepancy:
    """What two drafts say differently in one place.

    `field` is the part of the `thing` they differ in (empty where only one draft has the thing at
    all, or where names differ). `our_name` and `their_name` name the thing in either draft, None
    where a draft lacks it. `ours` and `theirs` are the values as written; `ours_says` and
    `theirs_says` the same in plain words. `our_stage` and `their_stage` are the stage it concerns
    in either draft, if it concerns one. `what` takes no side: it reads the same to both.
    """

    kind: DifferenceKind
    thing: Thing
    field: str
    what: str
    our_name: str | None
    their_name: str | None
    ours: Value
    theirs: Value
    ours_says: str
    theirs_says: str
    our_stage: str | None = None
    their_stage: str | None = None
    number: int = 0

    @property
    def where(self) -> str:
        """The place in words: "stage MQL", or "stage MQL / Ripe lead" where the names differ."""
        names = dict.fromkeys(name for name in (self.our_name, self.their_name) if name)
        return f"{self.thing} {' / '.join(names)}".strip()

    @property
    def key(self) -> str:
        """What stays the same when other differences are settled and numbers move up."""
        names = (self.our_name or "", self.their_name or "")
        return "|".join((self.kind, self.thing, *names, self.field))

    @property
    def only_by(self) -> Side | None:
        """The draft that says something here where the other says nothing; None where both do."""
        ours = self.our_name is not None and self.ours not in (None, "", ())
        theirs = self.their_name is not None and self.theirs not in (None, "", ())
        if ours == theirs:
            return None
        return "ours" if ours else "theirs"

    @property
    def is_of_words(self) -> bool:
        """Whether both drafts say something here that only people read: no lead, hour or share
        hangs on which of the two it is."""
        said = self.our_name is not None and self.their_name is not None
        return said and bool(self.ours) and bool(self.theirs) and self.field in _READ_BY_PEOPLE

    def swapped(self) -> Discrepancy:
        """The same discrepancy as the other side reads it."""
        return replace(
            self,
            our_name=self.their_name,
            their_name=self.our_name,
            ours=self.theirs,
            theirs=self.ours,
            ours_says=self.theirs_says,
            theirs_says=self.ours_says,
            our_stage=self.their_stage,
            their_stage=self.our_stage,
        )
