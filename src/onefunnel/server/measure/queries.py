"""What other rooms and Today ask of the numbers."""

from __future__ import annotations

from dataclasses import dataclass

from onefunnel.agreement.document import Agreement
from onefunnel.charts.funnel import against, agreed_rate, team_of
from onefunnel.facts.store import MissingFacts
from onefunnel.measures.scope import Scope
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.measure.answers import answer
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import Figure, Piece, figure, pieces
from onefunnel.server.measure.pages import currency_of


@dataclass(frozen=True)
class StripLine:
    """One stage of the strip: how many, at which rate, against what was agreed.

    `tone` is good, bad or detail; `status` its words ("▲ agreed 14%"); `bar` is the rate in per
    cent of the strip's width; `team` names who leads, `identity` its colour.
    """

    stage: str
    reached: Figure | None
    rate: Figure | None
    bar: float
    tone: str
    status: str
    team: str
    identity: str


@dataclass(frozen=True)
class FunnelStrip:
    """The funnel in few lines, for Today. Render with `{% sentence %}` and `{% figure %}`.

    `under` says what the stages rest on where nobody has signed them; empty when it is signed.

    `is_behind`: the numbers are old; show no figure then but say so, as the pages of Measure do.
    """

    sentence: tuple[Piece, ...]
    lines: tuple[StripLine, ...]
    under: str
    is_behind: bool = False
    url: str = "/measure/funnel/"


def today_funnel() -> FunnelStrip | None:
    """The funnel of all leads as it stands; None while there is no data."""
    basis = current_basis()
    if basis.is_empty:
        return None
    question = Asked(Scope())
    try:
        result = answer("stages", basis, question)
    except MissingFacts:
        return None
    stages = {stage.name: stage for stage in basis.agreement.stages}
    lines = []
    for place, row in enumerate(result.rows):
        stage = stages.get(str(row["stage"]))
        tone, status = against(row, agreed_rate(stage)) if place else ("detail", "")
        share = row.get("step_share")
        lines.append(
            StripLine(
                stage=str(row["stage"]),
                reached=figure(result, question, "reached", row),
                rate=figure(result, question, "step_share", row) if place else None,
                bar=round(float(str(share)) * 100, 1) if share is not None else 0.0,
                tone=tone,
                status=status,
                team=" and ".join(stage.leads) if stage else "",
                identity=team_of(stage),
            )
        )
    currency = currency_of(result, basis)
    return FunnelStrip(
        sentence=tuple(pieces(result.sentence, result, question, currency)),
        lines=tuple(lines),
        under=_under(basis.agreement),
        is_behind=basis.is_behind,
    )


def _under(agreement: Agreement) -> str:
    if agreement.is_agreed:
        return ""
    if agreement.status == "in use":
        return f"Agreement {agreement.version}, in use, not signed"
    return "Not agreed: stages as found"
