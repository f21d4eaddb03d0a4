"""Which leads are the same person? Sure ones by exact key, the others for a person to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.learn.identity.company import normalise_company
from onefunnel.learn.identity.email import is_shared_mailbox, likeness, normalise_email
from onefunnel.learn.identity.person import name_words, names_agree
from onefunnel.learn.identity.phone import normalise_phone

if TYPE_CHECKING:
    import ibis.expr.types as ir

Zone = Literal["automatic", "review"]
Codes = npt.NDArray[np.int64]

#: More leads than this behind one key are for a person to decide.
MOST_IN_GROUP = 10

PAIRS = pa.schema(
    [
        ("kept_id", pa.string()),
        ("lead_id", pa.string()),
        ("zone", pa.string()),
        ("probability", pa.float64()),
        ("why", pa.string()),
    ]
)
_COLUMNS = ("lead_id", "created_at", "email", "phone", "country", "name", "company", "account_id")


@dataclass(frozen=True)
class _Leads:
    """The columns that identify people, one entry per lead; missing columns are all empty."""

    ids: list[str]
    order: Codes
    name: pa.Array
    company: pa.Array
    account: pa.Array
    external: pa.Array
    email: pa.Array
    phone: pa.Array
    country: pa.Array


def find_duplicates(
    leads: ir.Table, *, external_id: str = "", country: str | None = None
) -> pa.Table:
    """Pairs of leads that are, or may be, the same person.

    Args:
        leads: the standard table; uses email, phone, name, company, account_id, country and
            created_at where they exist.
        external_id: a column that names the person in the source (two different ones in a group
            are never merged by themselves).
        country: the country of telephone numbers on leads that have none.

    Returns:
        One row per pair: `kept_id` (the lead that came first), `lead_id` (the one that would be
        merged into it), `zone`, `probability` (empty: decided by key), `why` (for people).

    Zone "automatic": the same personal mailbox (see normalise_email), or the same telephone
    number with the same full name and no other mailbox; and nothing speaks against it. Zone
    "review": the same key but more than ten leads, two names, two firms, two external ids, or a
    number without names; and addresses that only look the same. Shared mailboxes (info@) and
    placeholders never count. A lead is in at most one automatic group; nothing is changed here.
    """
    table = _gather(leads, external_id)
    pairs: list[tuple[int, int, Zone, str]] = []
    links: list[tuple[Codes, str]] = []
    address, addresses = _addresses(table.email)
    shared = np.asarray([is_shared_mailbox(one) for one in addresses], dtype=np.bool_)
    personal = np.where((address >= 0) & ~shared[address], address, -1) if len(shared) else address
    for members in _groups(personal):
        text = addresses[personal[members[0]]]
        against = _against(table, members)
        if against:
            pairs += _star(table, members, "review", f"same e-mail {text}, but {against}")
        else:
            links.append((members, _written(table, members, text)))
    for members, number in _phone_groups(table, country):
        against = _against(table, members) or _weak_phone(table, members, address)
        if against:
            pairs += _star(table, members, "review", f"same telephone {number}, but {against}")
        else:
            links.append((members, f"same telephone {number} and name"))
    pairs += _joined(table, links)
    pairs += _lookalikes(table, personal, addresses)
    return _as_table(table, pairs)


def _gather(leads: ir.Table, external_id: str) -> _Leads:
    wanted = [name for name in (*_COLUMNS, external_id) if name and name in leads.columns]
    arrow = leads.select(*dict.fromkeys(wanted)).to_pyarrow()
    empty = pa.nulls(arrow.num_rows, pa.string())

    def column(name: str) -> pa.Array:
        if name not in arrow.column_names or not name:
            return empty
        return pc.cast(arrow[name], pa.string()).combine_chunks()

    ids = column("lead_id").to_pylist()
    created = arrow["created_at"] if "created_at" in arrow.column_names else empty
    by_age = pa.table({"created": created, "id": arrow["lead_id"]})
    sorted_rows = pc.sort_indices(by_age, [("created", "ascending"), ("id", "ascending")])
    order = np.empty(len(ids), dtype=np.int64)
    order[sorted_rows.to_numpy()] = np.arange(len(ids))
    return _Leads(
        ids=ids,
        order=order,
        name=column("name"),
        company=column("company"),
        account=column("account_id"),
        external=column(external_id),
        email=column("email"),
        phone=column("phone"),
        country=column("country"),
    )


def _addresses(email: pa.Array) -> tuple[Codes, list[str]]:
    """The normalised address of each lead as a code (-1: none), and the addresses."""
    return _coded(email, normalise_email)


def _coded(values: pa.Array, normalise: Callable[[str], str | None]) -> tuple[Codes, list[str]]:
    """Codes of the normalised values, each distinct value normalised once."""
    encoded = values.dictionary_encode()
    known: dict[str, int] = {}
    codes = np.full(len(encoded.dictionary) + 1, -1, dtype=np.int64)
    for place, value in enumerate(encoded.dictionary.to_pylist()):
        normal = normalise(value)
        if normal:
            codes[place] = known.setdefault(normal, len(known))
    places = pc.fill_null(encoded.indices, len(codes) - 1).to_numpy(zero_copy_only=False)
    return codes[places], list(known)


def _groups(codes: Codes) -> Iterable[Codes]:
    """The rows of each code that at least two rows share (-1 is no code)."""
    rows = np.flatnonzero(codes >= 0)
    rows = rows[np.argsort(codes[rows], kind="stable")]
    if not len(rows):
        return []
    starts = np.r_[0, np.flatnonzero(np.diff(codes[rows])) + 1, len(rows)]
    sizes = np.diff(starts)
    return [rows[starts[one] : starts[one + 1]] for one in np.flatnonzero(sizes > 1)]


def _phone_groups(table: _Leads, country: str | None) -> Iterable[tuple[Codes, str]]:
    """Leads that share a telephone number.

    Reading a number properly is slow, so only numbers whose last seven digits occur on another
    lead are read: two forms of one number always share them.
    """
    digits = pc.replace_substring_regex(table.phone, r"(?i)\s*(ext|x|durchwahl|#).*$", "")
    digits = pc.replace_substring_regex(digits, r"\D", "")
    digits = pc.if_else(pc.greater(pc.utf8_length(digits), 6), digits, pa.scalar(None, pa.string()))
    ends, _ = _coded(pc.utf8_slice_codeunits(digits, -7), str)
    counts = np.bincount(ends[ends >= 0], minlength=1)
    likely = np.flatnonzero((ends >= 0) & (counts[ends.clip(0)] > 1))
    chosen = pa.array(likely)
    known: dict[str, int] = {}
    codes = np.full(len(table.ids), -1, dtype=np.int64)
    read: dict[tuple[str, str | None], str | None] = {}
    values = zip(
        likely.tolist(),
        table.phone.take(chosen).to_pylist(),
        table.country.take(chosen).to_pylist(),
        strict=True,
    )
    for row, text, where in values:
        key = (text, where)
        if key not in read:
            read[key] = normalise_phone(text, where) or normalise_phone(text, country)
        number = read[key]
        if number:
            codes[row] = known.setdefault(number, len(known))
    numbers = list(known)
    return [(members, numbers[codes[members[0]]]) for members in _groups(codes)]


def _texts(values: pa.Array, rows: Codes) -> list[str]:
    """The values of some rows that are not empty."""
    return [text for text in values.take(pa.array(rows)).to_pylist() if text and text.strip()]


def _against(table: _Leads, members: Codes) -> str:
    """What speaks against the leads being one person; "" when nothing does."""
    if len(members) > MOST_IN_GROUP:
        return f"{len(members)} leads have it"
    if len(set(_texts(table.external, members))) > 1:
        return "the source knows them as different people"
    names = list(dict.fromkeys(_texts(table.name, members)))
    clash = _first_clash([name_words(name) for name in names])
    if clash:
        return f"the names differ: {names[clash[0]]} / {names[clash[1]]}"
    if len(set(_texts(table.account, members))) > 1:
        return "the accounts differ"
    firms = {normalise_company(firm): firm for firm in _texts(table.company, members)}
    if len(firms) > 1:
        first, second = list(firms.values())[:2]
        return f"the companies differ: {first} / {second}"
    return ""


def _first_clash(names: Sequence[tuple[str, ...]]) -> tuple[int, int] | None:
    for place, one in enumerate(names):
        for beside in range(place + 1, len(names)):
            if not names_agree(one, names[beside]):
                return place, beside
    return None


def _weak_phone(table: _Leads, members: Codes, address: Codes) -> str:
    """Why a shared number alone is not enough here: a switchboard or family may have it."""
    names = [name_words(name) for name in table.name.take(pa.array(members)).to_pylist()]
    if any(len(words) < 2 for words in names):
        return "not every lead has a full name"
    known = address[members]
    if len(set(known[known >= 0].tolist())) > 1:
        return "the e-mail addresses differ"
    return ""


def _written(table: _Leads, members: Codes, address: str) -> str:
    ways = len(set(_texts(table.email, members)))
    return f"same e-mail {address}" + (f", written {ways} ways" if ways > 1 else "")


def _star(table: _Leads, members: Codes, zone: Zone, why: str) -> list[tuple[int, int, Zone, str]]:
    """The first lead of the group paired with each of the others."""
    ordered = members[np.argsort(table.order[members])].tolist()
    return [(ordered[0], other, zone, why) for other in ordered[1:]]


def _joined(table: _Leads, links: Sequence[tuple[Codes, str]]) -> list[tuple[int, int, Zone, str]]:
    """Groups that share leads become one group, looked at again as a whole."""
    if not links:
        return []
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows = np.concatenate([members for members, _ in links])
    group = np.repeat(np.arange(len(links)), [len(members) for members, _ in links])
    leads, place = np.unique(rows, return_inverse=True)
    size = len(leads) + len(links)
    graph = coo_matrix((np.ones(len(rows)), (place, group + len(leads))), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    reasons: dict[int, list[str]] = {}
    for one, (_, why) in enumerate(links):
        reasons.setdefault(int(label[len(leads) + one]), []).append(why)
    pairs: list[tuple[int, int, Zone, str]] = []
    for place_of in _groups(label[: len(leads)].astype(np.int64)):
        members, whys = leads[place_of], reasons[int(label[place_of[0]])]
        why = "; ".join(dict.fromkeys(whys))
        against = _against(table, members) if len(whys) > 1 else ""
        if against:
            pairs += _star(table, members, "review", f"{why}, but {against}")
        else:
            pairs += _star(table, members, "automatic", why)
    return pairs


def _lookalikes(
    table: _Leads, address: Codes, addresses: list[str]
) -> list[tuple[int, int, Zone, str]]:
    """First leads of mailboxes that only look the same: other dots, letters of other scripts."""
    used = np.unique(address[address >= 0])
    alike: dict[str, list[int]] = {}
    for code in used.tolist():
        alike.setdefault(likeness(addresses[code]), []).append(code)
    several = {code for codes in alike.values() if len(codes) > 1 for code in codes}
    if not several:
        return []
    first: dict[int, int] = {}
    for row in np.flatnonzero(np.isin(address, list(several))).tolist():
        code = int(address[row])
        if code not in first or table.order[row] < table.order[first[code]]:
            first[code] = row
    pairs: list[tuple[int, int, Zone, str]] = []
    for codes in alike.values():
        if 1 < len(codes) <= MOST_IN_GROUP:
            texts = " / ".join(addresses[code] for code in codes[:3])
            rows = np.asarray([first[code] for code in codes])
            pairs += _star(table, rows, "review", f"the e-mail addresses look alike: {texts}")
    return pairs


def _as_table(table: _Leads, pairs: Sequence[tuple[int, int, Zone, str]]) -> pa.Table:
    """The pairs as a table, automatic ones first; a pair is listed once, by its surest reason."""
    seen: dict[tuple[int, int], tuple[Zone, str]] = {}
    for kept, other, zone, why in sorted(pairs, key=lambda pair: pair[2]):
        seen.setdefault((kept, other), (zone, why))
    rows = [
        {
            "kept_id": table.ids[kept],
            "lead_id": table.ids[other],
            "zone": zone,
            "probability": None,
            "why": why,
        }
        for (kept, other), (zone, why) in seen.items()
    ]
    return pa.Table.from_pylist(rows, PAIRS)
