"""What a header or a value says, whatever the language and the way of writing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from onefunnel.agreement.proposal.stage_words import kind_of
from onefunnel.connectors.propose.words import HEADERS, OPEN_VALUES, STAGE_VALUES

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: What exporting tools put before or behind a name.
_NOISE = frozenset({"property", "properties", "hs", "fields", "field", "cf", "custom", "c", "x",
                    "the", "of", "de", "du", "des", "la", "le", "da", "do", "der", "die", "das",
                    "del", "di", "am", "den", "w", "s"})  # fmt: skip
_SHARP = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "đ": "d"})


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name: `dateClôture` -> date, cloture."""
    apart = _CAMEL.sub(" ", text)
    plain = unicodedata.normalize("NFKD", apart.translate(_SHARP).casefold().translate(_SHARP))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W_]+", plain))


@lru_cache(maxsize=20_000)
def meaning_score(meaning: str, name: str) -> float:
    """How well a header's words say that meaning, 0..1."""
    words = tokens(name)
    core = tuple(word for word in words if word not in _NOISE) or words
    best = 0.0
    for place, phrase in enumerate(_PHRASES[meaning]):
        if phrase in (core, words):
            score = 1.0 - 0.002 * min(place, 20)
        elif set(phrase) <= set(core) or set(phrase) <= set(words):
            extra = len(core) - len(phrase)
            score = 0.85 - 0.12 * extra + 0.05 * (core[-len(phrase) :] == phrase)
        elif len(phrase) == 1 and len(phrase[0]) >= 4 and any(_joined(w, phrase[0]) for w in core):
            score = 0.55
        else:
            continue
        best = max(best, score)
    return max(best, 0.0)


def _joined(word: str, part: str) -> bool:
    """German and Dutch write words together: `auftragsdatum` ends with datum."""
    if len(word) <= len(part):
        return False
    return word.endswith(part) or (len(part) >= 7 and word.startswith(part))


_PHRASES: dict[str, tuple[tuple[str, ...], ...]] = {
    meaning: tuple(dict.fromkeys(tokens(phrase) for phrase in phrases))
    for meaning, phrases in HEADERS.items()
}


@lru_cache(maxsize=20_000)
def stage_kind(value: str) -> str:
    """won, lost, disqualified or recycled when the value's words say so; '' otherwise."""
    words = tokens(value)
    text = " ".join(words)
    for kind, patterns in _KINDS.items():
        for whole, start in patterns:
            if (whole and (text == whole or f" {whole} " in f" {text} ")) or (
                start and any(word.startswith(start) for word in words)
            ):
                if kind in ("won", "lost") and len(words) > 1 and whole in _WEAK:
                    continue
                return kind
    known = kind_of(value)  # the longer list of words that proposals of a funnel go by
    return known if known in ("lost", "disqualified") and len(words) > 1 else ""


#: Alone these mean an end; inside a longer name ("No contact yet", "Deal review") they do not.
_WEAK = frozenset({"no", "yes", "ja", "si", "sim", "tak", "oui", "deal", "customer", "client",
                   "kunde", "cliente", "klant", "klient", "dead", "win", "paid", "auftrag",
                   "commande", "signed", "converted", "order", "purchase", "bestellung",
                   "bestelling", "pedido", "ordine", "zamowienie"})  # fmt: skip
_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    kind: tuple(
        ("", " ".join(tokens(p[:-1]))) if p.endswith("*") else (" ".join(tokens(p)), "")
        for p in patterns
        if "[" not in p
    )
    for kind, patterns in STAGE_VALUES.items()
}


@lru_cache(maxsize=20_000)
def open_place(value: str) -> int | None:
    """Where an open stage of that name usually stands (0 is first); None when nobody knows."""
    text = " ".join(tokens(value))
    for place, names in enumerate(_OPEN):
        if text in names:
            return place
    for place, names in reversed(list(enumerate(_OPEN))):
        if any(f" {name} " in f" {text} " for name in names):
            return place
    return None


_OPEN: tuple[frozenset[str], ...] = tuple(
    frozenset(" ".join(tokens(name)) for name in names) for names in OPEN_VALUES
)
