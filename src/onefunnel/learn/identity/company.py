"""When are two company names, however typed, the same name?"""

from __future__ import annotations

import re
import unicodedata

#: Legal forms at the end of a name, as words after punctuation is gone.
_LEGAL_FORMS = frozenset(
    tuple(form.split())
    for form in """
        ab|ag|aktiengesellschaft|ans|aps|as|asa|a s|bv|b v|bvba|co|company|corp|corporation|cv|
        doo|d o o|dba|eg|eirl|ek|e k|esp|eurl|ev|e v|gbr|gesmbh|ges m b h|gmbh|g m b h|
        gmbh and co kg|gmbh co kg|gmbh and co|and co kg|and co|and company|ggmbh|
        hf|inc|incorporated|jsc|kft|kg|kgaa|kk|kommanditgesellschaft|lda|limitada|limited|llc|llp|
        lp|ltd|ltda|l l c|mbh|nv|n v|oao|ohg|ooo|ood|oy|oyj|plc|p l c|private limited|pte|pte ltd|
        pty|pty ltd|pvt|pvt ltd|sa|s a|sa de cv|sarl|s a r l|sas|s a s|se|sl|s l|slu|snc|
        sp z oo|sp z o o|spa|s p a|spol s ro|spol s r o|spzoo|srl|s r l|sro|s r o|ug|
        ug haftungsbeschränkt|unlimited|zao|zrt
    """.replace("\n", "").split("|")
)
_LONGEST_FORM = max(len(form) for form in _LEGAL_FORMS)
_DOTTED = re.compile(r"(?<=\b\w)\.(?=\w\b)")
_NOT_WORD = re.compile(r"[^\w]+|_")


def normalise_company(name: str | None) -> str:
    """A company name without case, punctuation and legal form, for comparing; "" where none.

    `Müller & Söhne GmbH` is `müller and söhne`. Accents stay (Müller is not Muller), and a name
    that is nothing but a legal form stays whole. Comparing only: keep showing the name as typed,
    since stripping eats parts of names too (The Bank Co. becomes `the bank`).
    """
    if not name:
        return ""
    text = unicodedata.normalize("NFKC", name).lower()
    text = text.replace("&", " and ").replace("+", " and ").replace("'", "").replace("’", "")
    words = _NOT_WORD.sub(" ", _DOTTED.sub("", text)).split()
    while len(words) > 1:
        most = min(_LONGEST_FORM, len(words) - 1)
        for count in range(most, 0, -1):
            if tuple(words[-count:]) in _LEGAL_FORMS:
                del words[-count:]
                break
        else:
            break
    return " ".join(words)
