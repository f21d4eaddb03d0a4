"""What is proposed for a stage that nobody has described: words and a team, never taken as said."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.proposal.first_words import first_meaning, usual_leaders
from onefunnel.agreement.stage import Stage
from onefunnel.facts.declaration import Type

COLUMNS: dict[str, Type] = {"stage": "text", "score": "number"}


def funnel(*names: str, won: str = "Gewonnen", detours: tuple[Stage, ...] = ()) -> Agreement:
    path = [Stage(name, when=f"stage = '{name}'") for name in names]
    end = Stage(won, kind="won", when=f"stage = '{won}'")
    return Agreement("Ours", stages=(*path, end, *detours))


def test_a_meaning_says_what_the_name_tells_and_the_condition() -> None:
    made = funnel("Neu eingegangen", "Zwischen", "Angebot gesendet")
    assert [first_meaning(made, stage, COLUMNS) for stage in made.stages] == [
        "It came in and nobody has worked on it yet. A lead enters it when the stage is "
        "Neu eingegangen.",
        "It follows Neu eingegangen and comes before Angebot gesendet. A lead enters it when the "
        "stage is Zwischen.",
        "They have an offer of ours. A lead enters it when the stage is Angebot gesendet.",
        "They have bought. A lead enters it when the stage is Gewonnen.",
    ]


def test_nothing_is_proposed_for_what_cannot_be_run() -> None:
    broken = Stage("Ripe", when="points > 3")
    assert first_meaning(Agreement("Ours", stages=(broken,)), broken, COLUMNS) == ""


def test_marketing_leads_up_to_the_last_contact_then_sales() -> None:
    off = (Stage("Verloren", kind="lost"), Stage("Spam", kind="disqualified"),
           Stage("Later", kind="recycled"))  # fmt: skip
    made = funnel("New", "Contacted", "Zwischen", "Proposal", detours=off)
    after = Stage("Onboarding", lane="after the sale")
    won, rest = made.stages[:5], made.stages[5:]
    assert usual_leaders(Agreement("Ours", stages=(*won, after, *rest))) == {
        "New": "marketing", "Contacted": "marketing", "Zwischen": "sales", "Proposal": "sales",
        "Gewonnen": "sales", "Onboarding": "accounts_and_service", "Verloren": "sales",
        "Spam": "marketing", "Later": "marketing",
    }  # fmt: skip


def test_names_that_tell_nothing_have_no_usual_leader() -> None:
    assert usual_leaders(funnel("Eins", "Zwei")) == {}
