"""Who the leads are: names, addresses and telephone numbers, some of them typed in twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.simulate.company import names
from onefunnel.simulate.company.accounts import Accounts
from onefunnel.simulate.company.leads import Leads
from onefunnel.simulate.company.parameters import FREE_MAIL_SHARE

#: Numbers kept free for fiction by the regulators: (country code in COUNTRIES, national part
#: before the running number, digits of the running number).
_PHONE_RANGES = ((0, "01632 ", 6), (1, "069 90009", 3), (2, "01 99 00 ", 4), (5, "020 91", 5))
_PHONE_SHARE = 0.6
_SHARED_MAILBOX_SHARE = 0.012


def contact_columns(
    rng: np.random.Generator, leads: Leads, accounts: Accounts
) -> dict[str, pa.Array]:
    """name, email, phone, company and title of each lead.

    A lead whose person was seen before has the same person's data, typed differently: capitals,
    a plus-tag, blanks, an initial, a private address, or no address and a slip in the name; the
    number with its country code. A few leads only give a mailbox that the whole firm reads.
    """
    count = len(leads)
    person = np.where(leads.same_as >= 0, leads.same_as, np.arange(count))
    first, last = names.people(rng, count)
    first, last = first.take(pa.array(person)), last.take(pa.array(person))
    free = (rng.random(count) < FREE_MAIL_SHARE)[person]
    domain = accounts.domain.take(pa.array(leads.account))
    number = pa.array(person).cast(pa.string())
    local = names.glue(pc.utf8_lower(first), ".", pc.utf8_lower(last))
    email = pc.if_else(
        pa.array(free),
        names.glue(local, number, "@", names.FREE_MAIL),
        names.glue(local, "@", domain),
    )
    email = _one_mailbox_each(email, person)
    shared = (rng.random(count) < _SHARED_MAILBOX_SHARE) & (leads.same_as < 0)
    shared &= ~np.isin(np.arange(count), leads.same_as)
    email = _where(shared, names.glue("info@", domain), email)
    phone, abroad = _phones(rng, leads, accounts, person)
    again = leads.same_as >= 0
    how = rng.integers(6, size=count)
    email = _where(again & (how == 0), pc.utf8_upper(email), email)
    email = _where(again & (how == 1), pc.replace_substring(email, "@", "+brantovex@"), email)
    email = _where(again & (how == 2), names.glue(" ", email, "  "), email)
    private = names.glue(local, number, "@", names.FREE_MAIL)
    email = _where(again & (how == 4), private, email)
    nothing = pa.scalar(None, pa.string())
    email = pc.if_else(pa.array(again & (how == 5)), nothing, email)
    name = names.glue(first, " ", last)
    initial = names.glue(first, " ", pc.utf8_slice_codeunits(last, 0, 1), ".")
    name = _where(again & (how == 3), initial, name)
    doubled = pc.replace_substring_regex(name, r"(l|n|r|s|t)([^lnrst]*)$", r"\1\1\2")
    name = _where(again & (how == 5), doubled, name)
    return {
        "name": name,
        "email": email,
        "phone": _where(again, abroad, phone),
        "company": accounts.name.take(pa.array(leads.account)),
        "title": names.pick(names.TITLES, rng.integers(len(names.TITLES), size=count)[person]),
    }


def _one_mailbox_each(email: pa.Array, person: npt.NDArray[np.int64]) -> pa.Array:
    """The addresses, with the person's number in those that two people would share."""
    codes = email.dictionary_encode().indices.to_numpy()
    people_of = np.unique(np.column_stack([codes, person]), axis=0)[:, 0]
    clash = np.bincount(people_of, minlength=codes.max() + 1)[codes] > 1
    own = pc.binary_join_element_wise(pa.array(person).cast(pa.string()), "@", "")
    parts = pc.split_pattern(email, "@")
    apart = names.glue(pc.list_element(parts, 0), ".", own, pc.list_element(parts, 1))
    return _where(clash, apart, email)


def _where(chosen: npt.NDArray[np.bool_], yes: pa.Array, no: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(chosen), yes, no)


def _phones(
    rng: np.random.Generator, leads: Leads, accounts: Accounts, person: npt.NDArray[np.int64]
) -> tuple[pa.Array, pa.Array]:
    """The person's number as written at home and as written from abroad; no two share one."""
    count = len(leads)
    has = rng.random(count) < _PHONE_SHARE
    home = np.full(count, None, dtype=object)
    abroad = np.full(count, None, dtype=object)
    prefix = {0: "+44 (0)", 1: "0049 ", 2: "+33 ", 5: "+353 "}
    country = accounts.country[leads.account]
    for code, area, digits in _PHONE_RANGES:
        rows = np.flatnonzero(has & (country == code) & (leads.same_as < 0))[: 10**digits]
        running = rng.permutation(10**digits)[: len(rows)]
        texts = [f"{area}{one:0{digits}d}" for one in running.tolist()]
        home[rows] = texts
        abroad[rows] = [prefix[code] + text[1:] for text in texts]
    return (
        pa.array(home, pa.string()).take(pa.array(person)),
        pa.array(abroad, pa.string()).take(pa.array(person)),
    )
