"""A number as people type it, with a comma or a point: the one reader of this room."""

from __future__ import annotations

import re
from decimal import Decimal

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d{1,3}(\.\d{3}){2,}(,\d+)?|\d{1,3}\.\d{3},\d+")
_PLAIN = re.compile(r"\d+([.,]\d+)?")
_EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")
LONGEST = 40


class NotANumber(ValueError):
    """The text is no number, or could be two. It says which."""


def typed_number(text: str) -> Decimal:
    """The number that a text says; a per cent sign after it says nothing more.

    "1,200" is twelve hundred, as pages write it; "2,5" is two and a half; "1.200,50" is as it is
    written on the continent. "1.200" could be either and is refused.

    Raises:
        NotANumber: see above.
    """
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text.strip().removesuffix("%"))
    sign, plain = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    if _EITHER.fullmatch(plain):
        raise NotANumber(f"{plain} can be read in two ways: write {plain.replace('.', '')}, or "
                         f"{plain}0")  # fmt: skip
    if len(plain) > LONGEST or not (_GROUPED.fullmatch(plain) or _PLAIN.fullmatch(plain)):
        raise NotANumber("it is no number")
    last = max(plain.rfind("."), plain.rfind(","))
    is_grouping = last >= 0 and _GROUPED.fullmatch(plain) and len(set(plain) & set(".,")) == 1
    if last < 0 or is_grouping:
        return Decimal(sign + re.sub(r"[.,]", "", plain))
    whole = re.sub(r"[.,]", "", plain[:last])
    return Decimal(f"{sign}{whole}.{plain[last + 1 :]}")
