"""What is to come out of the funnel, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

#: No plan looks further ahead: nothing that is learnt holds so long.
FURTHEST = timedelta(days=20 * 366)


class NoObjective(ValueError):
    """The objective asks for nothing, or for something else than one outcome by a day to come."""


@dataclass(frozen=True)
class Objective:
    """One outcome by one moment.

    Attributes:
        until: The moment by which it is to be there (UTC without a zone, not included).
        won: So many won leads; or
        margin: so much contribution margin of won deals, or
        revenue: so much of their amounts, each in `currency`; or
        share: so large a part (0..1) of the accounts of the list of accounts, won.
        where: Which leads it is about: a predicate over lead columns, in the language of
            agreements; all of them where it is empty.
    """

    until: datetime
    won: int | None = None
    margin: Decimal | None = None
    revenue: Decimal | None = None
    share: float | None = None
    currency: str = ""
    where: str = ""

    def check(self, now: datetime) -> None:
        """Raise NoObjective where nothing, several things or the past is asked for."""
        asked = [
            one for one in (self.won, self.margin, self.revenue, self.share) if one is not None
        ]
        if len(asked) != 1:
            raise NoObjective(
                "name one thing to reach: won leads, margin, revenue or a share of accounts"
            )
        if asked[0] <= 0:
            raise NoObjective("what is to be reached must be above zero")
        if self.share is not None and self.share > 1:
            raise NoObjective("a share of accounts is at most all of them: 100 %")
        if self.until <= now:
            raise NoObjective(f"{self.until:%Y-%m-%d} is over: name a day to come")
        if self.until > now + FURTHEST:
            raise NoObjective(
                f"{self.until:%Y-%m-%d} is too far away to plan for: name a day within "
                f"{FURTHEST.days // 365} years"
            )
