"""Currencies: the code of an amount from its symbol, and codes from words."""

from __future__ import annotations

import re

from onefunnel.facts.sql_text import literal

#: What people write -> ISO 4217. `$` is read as US dollars unless the mapping says otherwise.
SYMBOLS: dict[str, str] = {
    "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB",
    "₺": "TRY", "₩": "KRW", "₴": "UAH", "₪": "ILS", "zł": "PLN", "kč": "CZK", "ft": "HUF",
    "r$": "BRL", "a$": "AUD", "c$": "CAD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "fr.": "CHF",
    "sfr.": "CHF", "fr": "CHF", "kr": "SEK", "kr.": "DKK", "lei": "RON", "лв": "BGN", "₫": "VND",
    "฿": "THB", "₱": "PHP",
}  # fmt: skip
WORDS: dict[str, str] = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "us dollar": "USD",
    "pound": "GBP", "pounds": "GBP", "pound sterling": "GBP", "franken": "CHF",
    "swiss franc": "CHF", "yen": "JPY", "zloty": "PLN", "złoty": "PLN",
}  # fmt: skip
#: ISO 4217 codes in use.
CODES = frozenset(
    re.findall(
        "[A-Z]{3}",
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
        "BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR "
        "FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD "
        "JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
        "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
        "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS "
        "TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR "
        "ZMW ZWL",
    )
)
#: An amount may carry a symbol or a code of three letters; `Mio` and `Tsd` are sizes, not codes.
CURRENCY_PATTERN = (
    r"(?:" + "|".join(sorted(CODES)) + r"|(?i:nz|us|hk|[acrs])?\$|[€£¥₹₽₺₩₴₪₫฿₱]"
    r"|(?i:zł|kč|ft|s?fr\.?|kr\.?|lei|лв))"
)  # fmt: skip


def currency_sql(text: str) -> str:
    """The ISO code of a currency's name, code or symbol; NULL for what is none."""
    known = {**SYMBOLS, **WORDS}
    table = ", ".join(f"{literal(word)}: {literal(code)}" for word, code in known.items())
    codes = ", ".join(literal(code) for code in sorted(CODES))
    return (
        f"CASE WHEN upper({text}) IN ({codes}) THEN upper({text}) "
        f"ELSE MAP {{{table}}}[lower({text})] END"
    )


def currency_of_amount_sql(text: str) -> str:
    """The ISO code written in an amount (`1.200 €`, `USD 5`); NULL where none is."""
    mark = f"trim(regexp_replace({text}, '[0-9.,()+\\s\\x{{00a0}}−-]', '', 'g'))"
    found = f"regexp_extract({mark}, {literal(CURRENCY_PATTERN)}, 0)"
    # Most amounts have no mark, or one of these in front: that is seen without a pattern.
    bare = "'^[0-9.,()+ -]*$'"
    signs = " ".join(
        f"WHEN regexp_matches({text}, {literal(f'^[{sign}][0-9., ]*$')}) "
        f"THEN {literal(SYMBOLS[sign])}"
        for sign in ("$", "€", "£")
    )
    others = currency_sql(f"nullif({found}, '')")
    return f"CASE WHEN regexp_matches({text}, {bare}) THEN NULL {signs} ELSE {others} END"


#: Codes that are also words of headers (`All`, `Top`): only in brackets are they currencies.
_ALSO_WORDS = frozenset({"ALL", "CUP", "SOS", "TOP"})
_IN_BRACKETS = re.compile(r"[(\[{<]([^)\]}>]*)[)\]}>]")
_HEADER_SIGN = re.compile(r"(?:\b(?:NZ|US|HK|[ACRS]))?\$|[€£¥₹₽₺₩₴₪₫฿₱]")
_HEADER_WORD = re.compile(r"[A-ZÀ-Þ]+(?![a-zà-þ])|[A-ZÀ-Þ]?[a-zà-þł]+")


def currency_of_header(name: str) -> str:
    """The ISO code that a column's name gives its amounts: `Betrag (€)`, `value_gbp`; else ''.

    A name that says two currencies (`EUR/USD`) says none.
    """
    found = {SYMBOLS[sign.lower()] for sign in _HEADER_SIGN.findall(name)}
    inside = " ".join(_IN_BRACKETS.findall(name))
    for part, is_bracketed in ((_IN_BRACKETS.sub(" ", name), False), (inside, True)):
        for word in re.split(r"[\W_\d]+", part):
            for piece in {word, *_HEADER_WORD.findall(word)}:
                code = piece.upper()
                if code in CODES and (is_bracketed or code not in _ALSO_WORDS):
                    found.add(code)
                elif piece.lower() in WORDS:
                    found.add(WORDS[piece.lower()])
                elif is_bracketed and piece.lower() in ("zł", "kč", "lei", "лв"):
                    found.add(SYMBOLS[piece.lower()])
    return found.pop() if len(found) == 1 else ""
