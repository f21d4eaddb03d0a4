"""Why the agreement exists, what success is, and how credit is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Signatory:
    """Who signs for a team. A name here is not a signature."""

    team: str
    person: str = ""


@dataclass(frozen=True)
class Charter:
    """What is agreed, why, by which process, how often it is reviewed and who signs.

    `notes` hold remarks of the authors; a proposal says here why it was put together this way.
    """

    what: str = ""
    why: str = ""
    process: str = ""
    review_every: str = ""
    signatories: tuple[Signatory, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The success sheet: ONE outcome that both teams want, and the measures that show it.

    `volume` is a number of won leads, `margin` money in the agreement's currency, `segment` a
    segment's name, `by` the last day.
    """

    statement: str = ""
    volume: int | None = None
    margin: Decimal | None = None
    segment: str = ""
    by: date | None = None
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class CreditPolicy:
    """How credit for a sale is shared out among touches, agreed before the money is seen.

    `model` names the attribution model, `window_days` how long before the sale a touch counts,
    `purpose` what the figures may be used for.
    """

    model: str = ""
    window_days: int | None = None
    purpose: str = ""
