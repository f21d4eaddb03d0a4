"""Which encoding is a text in: decided from all of its bytes, never from a sample of the first.

UTF-16 and UTF-8 say so themselves. For one-byte encodings each candidate is scored by the
languages it would make of the words that hold non-ASCII bytes: letters of one language in one
script score, symbols inside words and scripts mixed within a word cost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

UTF8 = "utf-8"
_WORDS_KEPT = 4_000
_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MARKS = set("–—‘’‚“”„†‡•…‰‹›€£¥©®™°±²³µ·º§«»¿¡\xa0ªº´")

#: Letters beyond a-z that each language writes, by the one-byte encoding it is written in;
#: of other scripts the letters in order of their frequency.
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "cp1252": (
        "äöüß", "éèêëàâçîïôùûüœæÿ", "áéíóúñü", "áâãàçéêíóôõúü", "àèéìíòóù", "åäöé", "æøåé",
        "ëïéèöüáó", "áðéíóúýþæö", "àèéíïòóúüç·",
    ),
    "cp1250": (
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čšžćđ", "ăâîşţ",
    ),
    "cp1251": (
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оанівиертскдулмпзяьбгчйхжїєцшющґф",
        "аоиентсрвлкдпмзгябъучцжщшхюйфь", "аоиентсрвлкдпмзгјбучцжшхљњћђџф",
    ),
    "cp1253": ("αοιετσνηυρπκμλςίόάγέήδχθφβξώζψύϊϋΐΰ",),
    "cp1254": ("çğıöşüâî", "çğiöşü"),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöüõšž"),
    "cp850": ("äöüß", "éèêëàâçîïôùûü", "áéíóúñü", "áâãàçéêíóôõúü", "àèéìòù", "åäöæø"),
    "mac_roman": ("äöüß", "éèêëàâçîïôùûüœæ", "áéíóúñü", "áâãàçéêíóôõú", "àèéìòù", "åäöæø"),
}  # fmt: skip
#: Encodings whose letters stand in words of their own, never beside a-z.
_OTHER_SCRIPT = {"cp1251", "cp1253"}
#: Of DOS and of old Macs: seldom met today, so they must explain the words clearly better.
_OLD = ("cp850", "mac_roman")
#: Preferred where two encodings explain the words equally well (first wins).
_ORDER = {name: place for place, name in enumerate(_LANGUAGES)}
_WORLD = set("".join(_LANGUAGES["cp1252"]) + "".join(_LANGUAGES["cp1252"]).upper())


@dataclass(frozen=True)
class Encoding:
    """`name` as Python knows it; `is_mixed` where a UTF-8 text holds bytes of `name` as well."""

    name: str
    is_mixed: bool = False


def from_mark(head: bytes) -> Encoding | None:
    """The encoding that a byte order mark, or NUL bytes at every other place, gives away."""
    if head.startswith(b"\xef\xbb\xbf"):
        return Encoding("utf-8-sig")
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return Encoding("utf-32")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Encoding("utf-16")
    sample = head[: 4096 - len(head[:4096]) % 2]
    if len(sample) >= 4:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) // 2
        if odd > 0.4 * half and even < 0.1 * half:
            return Encoding("utf-16-le")
        if even > 0.4 * half and odd < 0.1 * half:
            return Encoding("utf-16-be")
    return None


def decide(blocks: Iterable[bytes]) -> Encoding:
    """The encoding of a text that is not (only) UTF-8, from every line that holds a high byte.

    `blocks` are pieces of the file cut at line ends. Where some lines are UTF-8 and others are
    not, the encoding is mixed: bytes that are no UTF-8 are read as the one-byte encoding.
    """
    words: Counter[bytes] = Counter()
    good = bad = 0
    for block in blocks:
        if block.isascii():
            continue
        try:
            block.decode(UTF8)
        except UnicodeDecodeError:
            pass
        else:
            good += block.count(b"\n") + 1
            continue
        for line in block.splitlines():
            if line.isascii():
                continue
            try:
                line.decode(UTF8)
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if len(words) < _WORDS_KEPT:
                    words.update(_WORD.findall(line))
    if not bad:
        return Encoding(UTF8)
    scores = {name: _score(name, words) for name in _LANGUAGES}
    for old in _OLD:
        scores[old] = min(scores[old], scores[old] * 0.8)
    best = max(_LANGUAGES, key=lambda name: (scores[name], -_ORDER[name]))
    return Encoding(best, is_mixed=good > 0)


def _score(encoding: str, words: Counter[bytes]) -> float:
    """How well the words read in that encoding: in its one best language, or each in its own."""
    decoded = [
        (word.decode(encoding, errors="replace"), min(count, 50)) for word, count in words.items()
    ]
    weights = [_weights(letters, encoding) for letters in _LANGUAGES[encoding]]
    by_word = [[_word(text, known, encoding) * n for known in weights] for text, n in decoded]
    one_language = max(sum(scores) for scores in zip(*by_word, strict=True)) if by_word else 0.0
    many = sum(min(0.9 * score, score) for score in map(max, by_word))
    return max(one_language, many)


@cache
def _weights(letters: str, encoding: str) -> dict[str, float]:
    """What each letter of one language scores; capitals the same."""
    spread = 0.8 if encoding in _OTHER_SCRIPT else 0.0
    found = {}
    for rank, letter in enumerate(letters):
        weight = 1.1 - spread * rank / len(letters) if spread else 1.0
        found[letter] = weight
        if len(letter.upper()) == 1:
            found[letter.upper()] = weight
    return found


def _word(text: str, known: dict[str, float], encoding: str) -> float:
    score, latin = 0.0, 0
    before = ""
    for place, char in enumerate(text):
        if char.isascii():
            latin += 1
        elif char in known:
            score += known[char] if len(text) > 1 else 0.2
            if char == "þ" and before.isalpha():
                score -= 1.0  # Icelandic begins words with it; inside, it is Turkish misread
        elif char in _MARKS:
            inside = 0 < place < len(text) - 1 and char not in "’‘–—·\xa0"
            score += -0.5 if inside else 0.6
        elif char in _WORLD and encoding == "cp1252":
            score += 0.3
        elif char == "\ufffd" or not char.isprintable():
            score -= 2.0
        else:
            score -= 0.5 if char.isalpha() else 1.5
        if before.islower() and char.isupper() and not char.isascii():
            score -= 1.0  # a capital accent behind a small letter
        before = char
    high = len(text) - latin
    if encoding in _OTHER_SCRIPT:
        # A Cyrillic or Greek letter between a-z is a Western accent misread.
        if latin and any(c.isalpha() and not c.isascii() for c in text):
            score -= 2.0 * high
    elif high >= 4 and latin * 2 < high:
        score -= 1.5 * high  # no Latin language writes words of accents only
    return score
