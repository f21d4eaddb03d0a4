"""What is personal data: the one place that decides it, and the one way to hide it.

A column is personal where a person said so, else where its whole column of values or its header
says so. Headers are read in the languages CRM exports come in (English, German, French, Spanish,
Italian, Dutch, Portuguese); names of persons are known by the header alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from onefunnel.facts.findings import Finding
from onefunnel.facts.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

Kind = Literal["e-mail", "phone", "person", ""]

#: What stands where a value is hidden.
MASK = "•••"
#: Such a share of e-mail addresses (of phone numbers) makes a column personal.
EMAIL_SHARE, PHONE_SHARE = 0.02, 0.5
#: Text this long on average is written freely: there one address is enough.
FREE_TEXT = 30
_AT_ONCE = 24
_PHONE_STARTS = ("+", "0", "(")

#: An e-mail address, for the engine, whose \w is of ASCII and whose time is in step with the text.
_EMAIL = r"[\w\pL\pN.+'-]+@[\w\pL\pN-]+(\.[\w\pL\pN-]+)+"
_PHONE = (
    r"^(\+[0-9][0-9 ()/.-]{6,20}[0-9]|[(]?0[0-9]*[ ()/-][0-9 ()/.-]{4,18}[0-9])"
    r"( *(ext|x|dw)[. ]*[0-9]+)?$"
)
#: The same for Python, which would begin at every letter before an @: the two sides of one @.
_AFTER_AT = re.compile(r"@[\w-]++(?:\.[\w-]++)++")
_BEFORE_AT = re.compile(r"[\w.+'-]++")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EMAIL_WORDS = _words("email mail courriel correo emailaddress")
_PHONE_WORDS = _words("""
    phone telephone telefon telefono tel mobile mobil handy cell cellphone cellular fax telefax
    whatsapp rufnummer durchwahl portable movil celular cellulare telefoon mobiel telemovel
    phonenumber mobilephone telefonnummer mobilnummer handynummer
""")
_PERSON_WORDS = _words("""
    birthday birthdate dob geburtstag geburtsdatum
    naissance nacimiento nascita nascimento geboortedatum iban ssn passport firstname lastname
    surname forename fullname middlename contactname contactperson vorname nachname familienname
    prenom apellido apellidos cognome voornaam achternaam sobrenome ansprechpartner
    ansprechpartnerin kontaktperson interlocuteur contactpersoon referente street strasse
    hausnummer anschrift rue calle straat morada
""")
#: Where somebody has a page of his own, unless one of the others says that it is about advertising.
_NETWORKS = _words("linkedin xing facebook instagram twitter skype tiktok")
_ADVERTISING = _words("""
    ad ads campaign campaigns kampagne campagne campana campagna source spend cost budget lead leads
    likes followers impressions form audience channel post posts
""")
#: Where somebody lives, unless one of the others says that it is an address of a machine.
_ADDRESS = _words("address adresse direccion indirizzo adres endereco")
_MACHINE = _words("ip mac web website domain") | _EMAIL_WORDS
_PERSON_PAIRS = (
    ("first", "name"), ("last", "name"), ("full", "name"), ("middle", "name"), ("nick", "name"),
    ("given", "name"), ("family", "name"), ("person", "name"), ("contact", "name"),
    ("contact", "person"), ("primary", "contact"), ("main", "contact"), ("birth", "date"),
    ("of", "birth"), ("kontakt", "name"), ("nom", "contact"), ("nome", "contatto"),
    ("nombre", "contacto"), ("persona", "contacto"), ("linked", "in"), ("bank", "account"),
)  # fmt: skip
_CONTACT = _words("contact kontakt contacto contatto contato")
#: A header of an e-mail, a phone or a contact with one of these is about what was done, not who it
#: was; no word of persons alone is taken back by them.
_NOT_WHO = _words("""
    opt optin optout consent count opened opens clicked clicks sent bounced calls visits type
    status verified valid campaign template subject domain ip web website mac
""")


@lru_cache(maxsize=4096)
def named(header: str) -> Kind:
    """What a header says its column holds of a person; empty where it says nothing of the kind."""
    plain = unicodedata.normalize("NFKD", header.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).replace("e-mail", "email")
    plain = plain.replace("E-Mail", "email").replace("E-mail", "email")
    words = re.findall(r"[a-z]+", plain.casefold())
    have = set(words)
    if have & _PERSON_WORDS or (have & _ADDRESS and not have & _MACHINE):
        return "person"
    if have & _NOT_WHO or (have & _NETWORKS and have & _ADVERTISING):
        return ""
    if have & _NETWORKS:
        return "person"
    if have & _EMAIL_WORDS or ("e", "mail") in pairwise(words):
        return "e-mail"
    if have & _PHONE_WORDS:
        return "phone"
    is_pair = any(set(pair) <= have for pair in _PERSON_PAIRS)
    is_contact = bool(have) and have <= _CONTACT
    return "person" if is_pair or is_contact else ""


def decide(tables: Mapping[str, ir.Table], said: Mapping[str, bool]) -> dict[str, bool]:
    """Which columns ("leads.mobile") are personal, from what was said, all values, the header.

    Gives every column about which there is something to say: those that are personal, and those
    that are not although a person, the declaration or the header would have it. Keys that name a
    row of another table are decided where that row stands.
    """
    found: dict[str, bool] = {}
    follow: dict[str, str] = {}
    for name, table in tables.items():
        asked = []
        declared = {c.name: c for c in TABLES[name].columns} if name in TABLES else {}
        for column in (c for c in table.columns if not c.startswith("_")):
            key = f"{name}.{column}"
            refers = declared[column].refers_to if column in declared else ""
            if key in said:
                found[key] = said[key]
            elif column in declared and declared[column].personal:
                found[key] = True
            elif refers and refers.split(".")[0] in tables and refers != key:
                follow[key] = refers
            else:
                asked.append(column)
        found |= {f"{name}.{c}": is_so for c, is_so in _by_values(name, table, asked).items()}
    found |= {key: True for key, refers in follow.items() if found.get(refers)}
    return found


def _by_values(name: str, table: ir.Table, columns: Iterable[str]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    texts = []
    for column in columns:
        kind = "" if _is_declared(name, column) else named(column)
        type_ = table[column].type()
        if type_.is_string():
            texts.append((column, kind))
        elif (kind == "person" and not type_.is_boolean()) or (
            kind == "phone" and type_.is_integer()
        ):
            found[column] = True
    for start in range(0, len(texts), _AT_ONCE):
        block = texts[start : start + _AT_ONCE]
        for (column, kind), seen in zip(block, _seen(table, [c for c, _ in block]), strict=True):
            is_so = _is_personal(kind, *seen)
            if is_so or kind:
                found[column] = is_so
    return found


def _seen(table: ir.Table, columns: Sequence[str]) -> list[tuple[int, int, int, bool]]:
    """Of each text column: values, those with an e-mail address, those that are a phone number
    (where they may be enough), and whether it is free text.

    Patterns are looked for only where one character says that they may be there: they take ten
    times as long as all the rest.
    """
    import ibis

    asked: dict[str, ir.Value] = {}
    for place, column in enumerate(columns):
        cell = table[column]
        asked[f"n{place}"] = cell.count()
        asked[f"m{place}"] = cell.contains("@").sum()
        asked[f"p{place}"] = cell.substr(0, 1).isin(_PHONE_STARTS).sum()
        asked[f"l{place}"] = cell.length().mean()
    row = _only_row(table.aggregate(**asked))
    matched: dict[str, ir.Value] = {}
    for place, column in enumerate(columns):
        cell = table[column]
        if row[f"m{place}"]:
            is_mail = ibis.cases((cell.contains("@"), cell.re_search(_EMAIL)), else_=False)
            matched[f"m{place}"] = is_mail.sum()
        if row[f"p{place}"] and row[f"p{place}"] >= PHONE_SHARE * row[f"n{place}"]:
            starts = cell.substr(0, 1).isin(_PHONE_STARTS)
            is_phone = ibis.cases((starts, cell.re_search(_PHONE)), else_=False)
            matched[f"p{place}"] = is_phone.sum()
    patterns = _only_row(table.aggregate(**matched)) if matched else {}
    return [
        (
            int(row[f"n{place}"] or 0),
            int(patterns.get(f"m{place}") or 0),
            int(patterns.get(f"p{place}") or 0),
            float(row[f"l{place}"] or 0) > FREE_TEXT,
        )
        for place in range(len(columns))
    ]


def _only_row(table: ir.Table) -> dict[str, Any]:
    row: dict[str, Any] = table.to_pyarrow().to_pylist()[0]
    return row


def _is_personal(kind: Kind, n: int, mails: int, phones: int, is_free: bool) -> bool:
    if mails and (is_free or mails >= EMAIL_SHARE * n):
        return True
    if phones and phones >= PHONE_SHARE * n:
        return True
    return kind in ("person", "phone") or (kind == "e-mail" and n == 0)


def _is_declared(table: str, column: str) -> bool:
    return table in TABLES and column in TABLES[table].column_names


def personal_columns(
    columns: Mapping[str, Iterable[str]], decided: Mapping[str, bool]
) -> frozenset[str]:
    """The personal columns of these tables ("leads.mobile"): as decided, else by their names.

    A key that names a row of another table is as personal as it is there.
    """
    found = set()
    for name, own in columns.items():
        for column in own:
            key = f"{name}.{column}"
            if key in decided:
                is_so = decided[key]
            elif _is_declared(name, column):
                declared = TABLES[name].column(column)
                is_so = declared.personal or decided.get(declared.refers_to, False)
            else:
                is_so = bool(named(column))
            if is_so:
                found.add(key)
    return frozenset(found)


def scrubbed(text: str) -> str:
    """The text with every e-mail address in it hidden; each character is looked at a few times."""
    if "@" not in text:
        return text
    kept: list[str] = []
    done = looked = 0
    for after in _AFTER_AT.finditer(text):
        at = after.start()
        before = _BEFORE_AT.match(text[looked:at][::-1])
        looked = at + 1
        if before is None:
            continue
        start = at - before.end()
        if start >= done:
            kept += (text[done:start], MASK)
        done = after.end()
    return "".join((*kept, text[done:]))


def scrubbed_finding(finding: Finding, personal: frozenset[str]) -> Finding:
    """The finding without what it quotes of a personal column, and without addresses."""
    columns = [part.strip() for part in finding.column.split(",")] or [""]
    keys = TABLES[finding.table].key if finding.table in TABLES else ()
    quotes = any(f"{finding.table}.{c}" in personal for c in (*columns, *keys))
    what, fix, example = finding.what, finding.fix, finding.example
    if quotes and example:
        what, fix = what.replace(example, MASK), fix.replace(example, MASK)
        example = MASK
    return replace(finding, what=scrubbed(what), fix=scrubbed(fix), example=scrubbed(example))
