"""When are two e-mail addresses the same mailbox, and is it one person's?"""

from __future__ import annotations

import re
import unicodedata

#: Providers that ignore dots, and the name the mailbox is filed under.
_IGNORES_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}

#: First words of mailboxes that several people read (or nobody).
_ROLES = frozenset(
    """
    abuse accounting accounts admin administration anfrage billing bestellung bookings buero
    bureau buchhaltung careers commercial compras contact contacto contatti contabilidad customer
    customercare customerservice direction einkauf empfang engineering enquiries enquiry factory
    finance hello help helpdesk hostmaster hr info information inquiries inquiry invoice invoices
    it jobs kontakt mail mailbox maintenance marketing news newsletter noreply office operations
    order orders planning plant post postmaster press procurement production purchase purchasing
    qa quality reception recepcion redaktion research root sales sekretariat service
    servicedesk shop staff support team technik trade vendas ventas verkauf vertrieb warehouse
    web webmaster welcome zentrale
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)
#: What people type when a form insists on an address.
_PLACEHOLDERS = frozenset(
    ["test", "none", "na", "nomail", "noemail", "unknown", "anonymous", "nobody", "xxx", "asdf"]
)
_ANGLED = re.compile(r"<([^<>]*)>\s*$")
_NUMBERED = re.compile(r"[0-9]+$")

#: Letters of other scripts that look like Latin ones (after lower-casing).
_LOOKS_LIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝгпкмнтвьзɡıℓοναικρτυχβεζγωϲⅼ0",
    "aeopcyxijsdhqwrnkmhtbb3gilovaikptuxbezywclo",
)


def normalise_email(text: str | None) -> str | None:
    """The mailbox an address as typed belongs to; None where it is not an address.

    Blanks around it, capitals, `Name <address>`, `mailto:`, a +tag and a trailing dot of the
    domain are left out; dots before the @ only where the provider ignores them (gmail.com,
    googlemail.com, filed under gmail.com). International domains become punycode. The name
    before the @ is lower-cased although the standard lets a server tell case apart: none does.
    """
    if not text:
        return None
    address = text.strip().lower()
    if not address.isascii():
        address = unicodedata.normalize("NFC", address)
    if address.endswith(">"):
        angled = _ANGLED.search(address)
        address = angled.group(1).strip() if angled else ""
    address = address.removeprefix("mailto:")
    local, at, domain = address.rpartition("@")
    domain = domain.rstrip(".")
    if not at or "." not in domain or " " in address or "@" in local:
        return None
    plus = local.find("+")
    if plus > 0:
        local = local[:plus]
    filed = _IGNORES_DOTS.get(domain)
    if filed:
        local, domain = local.replace(".", ""), filed
    if not domain.isascii():
        domain = punycode(domain)
    if not local or local[0] == "+" or ".." in domain or domain[0] == ".":
        return None
    return f"{local}@{domain}"


def punycode(domain: str) -> str:
    """A domain name in ASCII: each label with other letters as xn--..."""
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in unicodedata.normalize("NFC", domain.lower()).split(".")
    )


def is_shared_mailbox(address: str) -> bool:
    """Whether a normalised address names a role (info@, sales.uk@) or a placeholder, no person."""
    local = address.partition("@")[0]
    if local in _ROLES or local in _PLACEHOLDERS:
        return True
    words = [_NUMBERED.sub("", word) for word in re.split(r"[._-]", local)]
    if "".join(words) in {"noreply", "donotreply"}:
        return True
    first, rest = words[0], words[1:]
    return first in _ROLES and all(word in _ROLES or len(word) <= 2 for word in rest)


def likeness(address: str) -> str:
    """A key that addresses share which look the same or differ by dots, - or _ only.

    Two different mailboxes can share it: something to show a person, never to act on.
    """
    local, _, domain = address.partition("@")
    if "xn--" in domain:
        domain = ".".join(_readable(label) for label in domain.split("."))
    bare = local.replace(".", "").replace("-", "").replace("_", "") or local
    key = f"{bare}@{domain}"
    if key.isascii():
        return key.replace("0", "o")
    return unicodedata.normalize("NFKC", key).translate(_LOOKS_LIKE)


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
