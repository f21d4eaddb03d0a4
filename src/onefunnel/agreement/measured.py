"""What stages and success are measured by, in the words of the glossary."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.glossary import term

#: The measures a form offers, in the order people meet them; each is a word of the glossary.
MEASURES = (
    "step conversion", "overall conversion", "share lost", "share disqualified",
    "share woken later", "win rate", "median days", "time in stage", "speed to lead",
    "sales velocity", "average deal", "margin", "value", "cost per lead", "cost per stage",
    "cost per won", "return on spend", "awareness", "retention", "repeat rate",
)  # fmt: skip
#: Those that are a share of leads, 0 to 1: what is to be reached of them is said in per cent.
SHARES = frozenset({
    "step conversion", "overall conversion", "share lost", "share disqualified",
    "share woken later", "win rate", "repeat rate",
})  # fmt: skip
#: The groups of the glossary whose words are counted or measured.
_GROUPS = frozenset({
    "Stages measured", "Speed measured", "Channels and money", "Before and after the sale",
})  # fmt: skip


def is_share(measure: str) -> bool:
    """Whether the word is a share, by the product's own words."""
    return measure.strip().casefold() in SHARES


def is_known(measure: str, agreement: Agreement) -> bool:
    """Whether the word is defined: in the product's glossary, or among the agreement's words."""
    own = {one.name.strip().casefold() for one in agreement.glossary if one.meaning.strip()}
    if measure.strip().casefold() in own:
        return True
    found = term(measure)
    return found is not None and found.group in _GROUPS
