"""Who is named is a team here: nobody else can sign, take a lead or keep a promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import nearest
from onefunnel.agreement.rules.gap import Gap, Spot

_WHERE = {"stages": "stage", "handovers": "hand-over", "promises": "promise", "glossary": "word"}


def named(agreement: Agreement) -> Iterator[tuple[str, Spot]]:
    """Every team that the document names, with where it does."""
    for stage in agreement.stages:
        for field in ("leads", "supports"):
            for team in getattr(stage, field):
                yield team, Spot("stages", stage.name, field)
    for card in agreement.handovers:
        yield card.from_team, Spot("handovers", card.name, "from_team")
        yield card.to_team, Spot("handovers", card.name, "to_team")
    for promise in agreement.promises:
        yield promise.by_team, Spot("promises", promise.name, "by_team")
        yield promise.to_team, Spot("promises", promise.name, "to_team")
    for term in agreement.glossary:
        yield term.owner, Spot("glossary", term.name, "owner")
    for signatory in agreement.charter.signatories:
        yield signatory.team, Spot("charter", field="signatories")


def gaps(agreement: Agreement, teams: Collection[str]) -> Iterator[Gap]:
    """`teams` are the teams there are, by every name they go by.

    A team that the document names at several places is one of its own, though nobody here works in
    it: only what it would have to do itself (sign) cannot be done.
    """
    here = {folded(team) for team in teams}
    found = [(team.strip(), spot) for team, spot in named(agreement) if team.strip()]
    times = Counter(folded(team) for team, _ in found)
    for team, spot in found:
        signs = spot.part == "charter"
        if folded(team) in here or (times[folded(team)] > 1 and not signs):
            continue
        where = f"{_WHERE[spot.part]} {spot.name}" if spot.name else spot.part
        close = nearest(team, teams)
        fix = f"did you mean {close[0]}?" if close else f"choose one: {', '.join(sorted(teams))}"
        yield Gap("team", where, f"nobody here works in “{team}”", fix, spot)
