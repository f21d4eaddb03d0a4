"""Why a lead is not taken: a short list, so that reasons can be counted."""

from __future__ import annotations

#: code -> words. The code is what the facts and the API hold.
REJECTIONS: dict[str, str] = {
    "not-our-market": "Not a company we can serve",
    "no-need": "No need for what we sell",
    "no-budget": "No budget",
    "not-now": "Not at this time",
    "wrong-person": "The wrong person to talk to",
    "in-contact": "We are in contact already",
    "duplicate": "The same lead a second time",
    "not-reachable": "Nobody can be reached",
    "wrong-data": "The data is wrong",
    "another-reason": "Another reason",
}
RETURNS: dict[str, str] = {
    "data-missing": "Data is missing",
    "wrong-data": "The data is wrong",
    "need-unclear": "What they need is not clear",
    "contact-unclear": "Whom to talk to is not clear",
    "another-reason": "Another reason",
}


def reason_in_words(code: str) -> str:
    """The words of a reason; the code itself where the list no longer has it."""
    return REJECTIONS.get(code) or RETURNS.get(code) or code
