"""Words to begin with for a stage that nobody has described yet: what it may mean, who may lead it.

Nothing here is taken over by itself: people keep it, change it or leave it.
"""

from __future__ import annotations

from typing import Literal

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.proposal.stage_words import depth_of
from onefunnel.agreement.rules.gap import Columns
from onefunnel.agreement.stage import Kind, Stage

#: Teams that usually lead a stage, as the product calls them.
UsualTeam = Literal["marketing", "sales", "accounts_and_service"]

#: What a stage of that depth means in most funnels, for names whose words tell the depth.
_MEANINGS = (
    "It has shown interest; more is not known yet.",
    "It came in and nobody has worked on it yet.",
    "Somebody is in contact with it, or has looked at it.",
    "The team it was handed to has taken it on.",
    "Its need was checked: it fits what we sell.",
    "There is a project of theirs that we may sell to.",
    "They have an offer of ours.",
    "Terms are being talked over.",
    "They have said yes; the papers are being made.",
    "They have bought.",
    "A customer, after the sale.",
)
_OF_KIND: dict[Kind, str] = {
    "won": "They have bought.",
    "lost": "No sale came of it.",
    "disqualified": "It could never become a customer.",
    "recycled": "Not now: it comes back later.",
}
_DETOURS_LED: dict[Kind, UsualTeam] = {
    "lost": "sales", "disqualified": "marketing", "recycled": "marketing",
}  # fmt: skip
#: Marketing usually leads up to this depth of a stage's name.
_LAST_OF_MARKETING = 2


def first_meaning(agreement: Agreement, stage: Stage, columns: Columns) -> str:
    """What the stage may mean: by the words of its name, else by its place, and by its condition.

    Empty where its condition cannot be read: nothing is proposed for what nobody can run.
    """
    try:
        sentence = parse(stage.when, columns).sentence()
    except PredicateError:
        return ""
    return f"{_by_name(stage) or _by_place(agreement, stage)} A lead enters it when {sentence}."


def usual_leaders(agreement: Agreement) -> dict[str, UsualTeam]:
    """The team that usually leads each stage, by name; none where the names tell nothing.

    Marketing up to the last stage whose name tells of contact or before, sales from there to the
    sale, accounts & service after it; what was lost is with sales, what was never a customer or
    comes back later with marketing.
    """
    path = agreement.success_path
    won = next((place for place, stage in enumerate(path) if stage.kind == "won"), len(path))
    depths = [depth_of(stage.name) for stage in path[:won]]
    early = [i for i, depth in enumerate(depths) if depth is not None and
             depth <= _LAST_OF_MARKETING]  # fmt: skip
    late = [i for i, depth in enumerate(depths) if depth is not None and depth > _LAST_OF_MARKETING]
    if not early and not late:
        return {}
    first_of_sales = early[-1] + 1 if early else late[0]
    led: dict[str, UsualTeam] = {
        stage.name: "accounts_and_service" if place > won
        else "marketing" if place < first_of_sales else "sales"
        for place, stage in enumerate(path)
    }  # fmt: skip
    return led | {stage.name: _DETOURS_LED[stage.kind] for stage in agreement.detours}


def _by_name(stage: Stage) -> str:
    if stage.kind != "open":
        return _OF_KIND[stage.kind]
    depth = depth_of(stage.name)
    return "" if depth is None else _MEANINGS[int(depth)]


def _by_place(agreement: Agreement, stage: Stage) -> str:
    names = [one.name for one in agreement.success_path]
    place = names.index(stage.name)
    if place == 0:
        return "The first stage of the funnel."
    if place == len(names) - 1:
        return f"It follows {names[place - 1]}."
    return f"It follows {names[place - 1]} and comes before {names[place + 1]}."
