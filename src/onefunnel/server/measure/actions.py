"""The one next thing a page offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.urls import NoReverseMatch, reverse

from onefunnel.charts.funnel import agreed_rate
from onefunnel.measures.friction_words import FLAGGED
from onefunnel.measures.result import Result
from onefunnel.measures.steps.credit_policy import policy_of
from onefunnel.measures.steps.misaligned import ALL
from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import list_url
from onefunnel.server.measure.pages import PageKind, Section


@dataclass(frozen=True)
class Action:
    words: str
    url: str


def next_action(
    page: PageKind,
    sections: Sequence[Section],
    basis: Basis,
    question: Asked,
    *,
    may_propose: bool = False,
) -> Action | None:
    """What to do about what the page says; None where nothing sensible is left to offer."""
    result = next((section.result for section in sections if section.result), None)
    if result is None:
        return None
    if page.key == "funnel":
        is_open = not basis.agreement.is_agreed and basis.agreement.status != "in use"
        if is_open and may_propose:
            return _to("agree:home", "Agree on these stages")
        return _before_the_weakest(result, basis, question)
    if page.key == "speed":
        return _list(result, question, "older_than_p80", "See the leads waiting longest in {stage}")
    if page.key == "promises":
        return _not_kept(result, question) or _to("agree:home", "Agree on promises")
    if page.key == "ideal-lead":
        return _to("agree:drafts", "Take the card into a draft") if result.rows else None
    if page.key == "misalignment":
        return _costliest(result, question)
    if page.key == "friction":
        return _at_the_worst(result, question)
    if page.key == "credit" and policy_of(basis.agreement).refusal:
        return _to("agree:home", "Agree on a credit policy and sign it")
    if page.key == "channels" and "spend" not in basis.facts:
        return _to("data:home", "Add what was spent, to see the cost of a lead")
    return _list(result, question, "open", "See the open leads in {stage}")


def _not_kept(result: Result, question: Asked) -> Action | None:
    """The broken cases of the promise with most of them."""
    rows = [row for row in result.rows if row.get("broken")]
    if not rows:
        return None
    most = max(rows, key=lambda row: int(str(row["broken"])))
    words = f"See where this was not kept: {most['promise']}"
    return Action(words, list_url(result, question, "broken", most))


def _costliest(result: Result, question: Asked) -> Action | None:
    """The leads of the cause that cost most wins; none where no wins were lost."""
    lost = [row for row in result.rows if row["cause"] != ALL and row["lost_wins"] is not None]
    worst = max(lost, key=lambda row: float(str(row["lost_wins"])), default=None)
    if worst is None or not worst["n"] or float(str(worst["lost_wins"])) <= 0:
        return None
    return Action(f"See the leads: {worst['cause']}", list_url(result, question, "n", worst))


def _at_the_worst(result: Result, question: Asked) -> Action | None:
    """The leads that the costliest friction concerns; none where nothing stands out."""
    flagged = [row for row in result.rows if row["verdict"] in FLAGGED and row["hit"]]
    if not flagged:
        return None
    words = f"See the leads it concerns at {flagged[0]['stage']}"
    return Action(words, list_url(result, question, "hit", flagged[0]))


def _before_the_weakest(result: Result, basis: Basis, question: Asked) -> Action | None:
    """The open leads just before the step that is furthest below its agreed rate."""
    if question.scope.by:
        return None
    stages = {stage.name: stage for stage in basis.agreement.stages}
    gaps = []
    for before, row in pairwise(result.rows):
        agreed, high = agreed_rate(stages.get(str(row["stage"]))), row.get("high")
        share = row.get("step_share")
        if agreed is not None and high is not None and share is not None and before.get("open"):
            gaps.append((float(str(share)) - agreed, float(str(high)) < agreed, before, row))
    weak = [gap for gap in gaps if gap[1]]
    if not weak:
        return _list(result, question, "open", "See the open leads in {stage}")
    _, _, before, row = min(weak, key=lambda gap: gap[0])
    words = f"See the open leads before the weakest step, {row['stage']}"
    return Action(words, list_url(result, question, "open", before))


def _list(result: Result, question: Asked, column: str, words: str) -> Action | None:
    """The list of the row with most of something."""
    rows = [row for row in result.rows if isinstance(row.get(column), int) and row[column]]
    if not rows or "stage" not in result.columns:
        return None
    most = max(rows, key=lambda row: int(str(row[column])))
    return Action(_filled(words, most), list_url(result, question, column, most))


def _filled(words: str, row: Mapping[str, object]) -> str:
    return words.format(stage=row.get("stage"))


def _to(name: str, words: str) -> Action | None:
    try:
        return Action(words, reverse(name))
    except NoReverseMatch:
        return None
