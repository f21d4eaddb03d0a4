"""What an agreement lacks in this workspace, and the field of a draft where it is filled in."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from onefunnel.agreement.completeness import check
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot
from onefunnel.server.agree.drafts import editing
from onefunnel.server.people.models import Team

#: Every name that a team of ours goes by in a document.
TEAM_NAMES = tuple(
    dict.fromkeys(
        name for team in Team for name in (team.value, team.label, team.label.replace("&", "and"))
    )
)


@dataclass(frozen=True)
class OpenGap:
    """A gap of a draft, and the address of the field that closes it."""

    where: str
    what: str
    fix: str
    url: str


def gaps_of(agreement: Agreement, columns: Columns) -> tuple[Gap, ...]:
    """Everything that is missing before the agreement can come into force here."""
    return check(agreement, columns, teams=TEAM_NAMES)


def open_gaps(team: str, agreement: Agreement, columns: Columns) -> tuple[OpenGap, ...]:
    """The gaps of a team's draft, each with where it is closed."""
    return tuple(
        OpenGap(gap.where, gap.what, gap.fix, _address(team, agreement, gap.spot))
        for gap in gaps_of(agreement, columns)
    )


def _address(team: str, agreement: Agreement, spot: Spot) -> str:
    part = next(one for one in editing.PARTS.values() if one.document_name == spot.part)
    field = f"#f-{spot.field}" if spot.field else ""
    if not part.is_list:
        return reverse("agree:part", args=[team, part.slug, 0]) + field
    names = [thing.name for thing in editing.things(agreement, part)]
    if spot.name not in names:
        return reverse("agree:draft", args=[team]) + f"#{part.slug}"
    at = len(names) - 1 - names[::-1].index(spot.name)  # of two alike, the one added last
    return reverse("agree:part", args=[team, part.slug, at]) + field
