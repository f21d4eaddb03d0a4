"""Mails with words of the lead in them: a small safe set, never a language of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping

from onefunnel.facts.typed_text import one_line

#: What may stand in braces, and what it says.
WORDS: Mapping[str, str] = {
    "name": "the name",
    "first_name": "the first word of the name",
    "company": "the company",
    "country": "the country",
    "segment": "the segment",
    "owner": "who looks after the lead",
}
_BRACES = re.compile(r"\{([^{}]*)\}")
_LONGEST = 120


class BadWording(ValueError):
    """The text asks for a word that there is not, or has a brace too much."""


class WordMissing(LookupError):
    """The lead lacks a word that the text asks for. `word` names it."""

    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(f"The text asks for {WORDS[word]}, which is not known of this lead.")


def check_wording(text: str) -> None:
    """Say nothing of a text whose words in braces can all be put in. Raises BadWording."""
    for found in _BRACES.findall(text):
        word = found.partition("|")[0].strip()
        if word not in WORDS:
            raise BadWording(
                f"“{{{found[:40]}}}” is no word that can be put in. Use one of: "
                + ", ".join(f"{{{one}}}" for one in WORDS)
                + "; {name|there} says “there” where the name is not known."
            )
    rest = _BRACES.sub("", text)
    if "{" in rest or "}" in rest:
        raise BadWording("A brace stands alone. Write words as {name}, or leave the brace out.")


def worded(text: str, lead: Mapping[str, object]) -> str:
    """The text with the lead's words in it. Raises WordMissing."""

    def put(found: re.Match[str]) -> str:
        word, bar, otherwise = (part.strip() for part in found[1].partition("|"))
        said = _said(word, lead)
        if not said and not bar:
            raise WordMissing(word)
        return said or otherwise

    return _BRACES.sub(put, text)


def _said(word: str, lead: Mapping[str, object]) -> str:
    value = lead.get("name" if word == "first_name" else word)
    text = one_line(str(value))[:_LONGEST] if value is not None else ""
    return text.split(" ")[0] if word == "first_name" else text
