"""Invented people and companies: names put together from syllables, domains under .example."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.simulate.company.parameters import COUNTRIES, SEGMENTS

Codes = npt.NDArray[np.int64]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Ada Alan Alma Amir Ana Anke Arlo Asha Astrid Bela Bram Bruno Cara Carlo Cleo Clara Dario Dora
    Edda Elia Elsa Emil Enzo Esme Ewan Fay Felix Fina Finn Flora Gemma Goran Greta Hana Hedda
    Hugo Ida Ines Ivo Jana Jonas Jutta Kaja Kian Lara Leo Lina Luca Mara Marek Mina Nadia Nils
    Nora Odile Olaf Olga Omar Orla Oskar Petra Pia Quinn Rafa Remy Rhea Rosa Ruben Sana Selma
    Silas Sofie Sven Tara Theo Tilda Uma Vera Viktor Wim Yara Zeno
    """
)
_SURNAME_HEAD = _words(
    """
    Ald Bark Bel Brand Cald Corv Dars Drey Eld Est Fenn Ferr Gald Garr Hald Harv Ilm Ived Jarl
    Karn Kelv Lanv Lorr Marv Morl Nard Nesk Oldr Orv Parv Prend Quar Rald Rosk Salv Strav Tarv
    Thorv Ulv Urd Vald Vesk Wald Werr Yarv Zell
    """
)
_SURNAME_TAIL = _words(
    """
    ane atti berg bourne by den dorf eaux ell enko er feld gate ham hurst i ini kin ley lund man
    mont nick o ova quist ridge ross sen ski son stad stone strom ton vale vik wick wood
    """
)
_FIRM_HEAD = _words(
    """
    Abb Aln Ard Bar Bex Bram Cal Cor Cren Dal Dor Dun Eck Elm Far Fen Gar Glen Grav Hal Hax Hol
    Ink Jor Kel Kin Lax Lor Lun Mar Mel Mor Nar Nor Oak Orm Pel Quo Ral Rav Ros Sal Sel Stav Tal
    Tor Ul Ven Wen Yor
    """
)
_FIRM_MIDDLE = _words(
    """
    a al an ar ba be da de do el en er fa fi ga go ho il in ka ke la le lo ma mi mo na ne no o
    or pa ra re ri ro sa se so ta te ti to va ve vi wa we
    """
)
_FIRM_TAIL = _words(
    """
    bec brook by cot dale den don fax field fold gate ham holt land ley low mead mere mont more
    ness nor ock pool ra rick ridge row sett shaw stead stow ta tex thorpe vale ver via wen wick
    """
)
TITLES = (
    "Plant manager",
    "Head of packaging",
    "Purchasing manager",
    "Maintenance lead",
    "Project engineer",
    "Managing director",
    "Quality manager",
)
SELLERS = (
    "Edda Harvlund",
    "Ewan Corvton",
    "Greta Valdstone",
    "Hugo Ferrmont",
    "Ines Quarini",
    "Jonas Brandfeld",
    "Lina Eldquist",
    "Luca Morlatti",
    "Marek Veskova",
    "Nora Caldham",
    "Orla Stravley",
    "Remy Lanveaux",
    "Theo Belridge",
    "Wim Jarldorf",
)
FREE_MAIL = "freepost.example"


def pick(values: tuple[str, ...] | list[str], codes: Codes) -> pa.Array:
    """The text of each code, as an Arrow array (made once per value, not once per row)."""
    return pa.array(list(values), pa.string()).take(pa.array(codes))


def glue(*parts: pa.Array | str) -> pa.Array:
    """Texts joined row by row without a separator."""
    return pc.binary_join_element_wise(*parts, "")


def numbered(prefix: str, count: int, width: int = 6) -> pa.Array:
    """Ids such as L000001, in order."""
    numbers = pa.array(np.arange(1, count + 1)).cast(pa.string())
    return glue(prefix, pc.utf8_lpad(numbers, width, "0"))


def people(rng: np.random.Generator, count: int) -> tuple[pa.Array, pa.Array]:
    """First and last names of `count` invented people."""
    first = pick(FIRST_NAMES, rng.integers(len(FIRST_NAMES), size=count))
    head = pick(_SURNAME_HEAD, rng.integers(len(_SURNAME_HEAD), size=count))
    tail = pick(_SURNAME_TAIL, rng.integers(len(_SURNAME_TAIL), size=count))
    return first, glue(head, tail)


def companies(
    rng: np.random.Generator, segment: Codes, country: Codes
) -> tuple[pa.Array, pa.Array]:
    """Names and domains of one invented company per row; no two share a domain."""
    count = len(segment)
    words = [word for one in SEGMENTS for word in one.words]
    stems = len(_FIRM_HEAD) * len(_FIRM_MIDDLE) * len(_FIRM_TAIL)
    # Every stem with every word of the segment before any is used twice.
    turns = -(-count // (4 * stems))
    number = np.concatenate([rng.permutation(4 * stems) for _ in range(turns)])[:count]
    stem = glue(
        pick(_FIRM_HEAD, number % len(_FIRM_HEAD)),
        pick(_FIRM_MIDDLE, number // len(_FIRM_HEAD) % len(_FIRM_MIDDLE)),
        pick(_FIRM_TAIL, number // (len(_FIRM_HEAD) * len(_FIRM_MIDDLE)) % len(_FIRM_TAIL)),
    )
    word = pick(words, segment * 4 + number // stems)
    legal = pick([one.legal for one in COUNTRIES], country)
    slug = pc.utf8_lower(glue(stem, "-", word))
    domain = unique(slug)
    return glue(stem, " ", word, " ", legal), glue(domain, ".example")


def unique(texts: pa.Array) -> pa.Array:
    """The texts with -2, -3, ... after the ones that came before."""
    seen: dict[str, int] = {}
    out = []
    for text in texts.to_pylist():
        seen[text] = seen.get(text, 0) + 1
        out.append(text if seen[text] == 1 else f"{text}-{seen[text]}")
    return pa.array(out, pa.string())
