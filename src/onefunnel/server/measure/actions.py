"""The one next thing a page offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from onefunnel.measures.result import Result
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.figures import list_url
from onefunnel.server.measure.pages import PageKind, Section
from onefunnel.server.run.basis import Basis


@dataclass(frozen=True)
class Action:
    words: str
    url: str


def next_action(
    page: PageKind, sections: Sequence[Section], basis: Basis, question: Asked
) -> Action | None:
    """What to do about what the page says; None where nothing sensible is left to offer."""
    result = next((section.result for section in sections if section.result), None)
    if result is None:
        return None
    if page.key == "funnel" and not basis.agreement.is_agreed:
        return _to("agree:home", "Agree on these stages")
    if page.key == "speed":
        return _list(result, question, "open_over_p80", "See the leads waiting longest in {stage}")
    if page.key == "channels" and "spend" not in basis.facts:
        return _to("data:home", "Add what was spent, to see the cost of a lead")
    return _list(result, question, "open", "See the open leads in {stage}")


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
