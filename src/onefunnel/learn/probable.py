"""Which leads are probably the same person? A probability and the reasons, for a person to decide.

Uses splink (the optional extra `duplicates`): the model of Fellegi and Sunter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.learn.duplicates import PAIRS
from onefunnel.learn.identity.company import normalise_company
from onefunnel.learn.identity.domain import company_domain
from onefunnel.learn.identity.email import is_shared_mailbox, normalise_email
from onefunnel.learn.identity.person import name_words

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What is compared: column -> (words for people, Jaro-Winkler thresholds, share of true pairs in
#: each level, share of other pairs in each level). The first share pair is exact agreement, the
#: last is disagreement. The shares of true pairs are set, not fitted: with few fields fitting
#: over-merges. The shares of other pairs are measured where there are enough leads to measure.
_FIELDS: Mapping[str, tuple[str, tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "first": ("first name", (0.92,), (0.86, 0.08, 0.06), (0.012, 0.004, 0.984)),
    "last": ("last name", (0.92,), (0.84, 0.12, 0.04), (0.0015, 0.0015, 0.997)),
    "firm": ("company", (0.92,), (0.84, 0.08, 0.08), (0.0006, 0.0008, 0.9986)),
    "mailbox": ("name in the e-mail address", (), (0.65, 0.35), (0.0005, 0.9995)),
    "digits": ("telephone number", (), (0.70, 0.30), (0.0002, 0.9998)),
}
#: Pairs are looked at when they share all columns of one of these.
_BLOCKS = (("first", "firm"), ("last", "firm"), ("digits",), ("mailbox", "last"))
_ENOUGH_TO_MEASURE = 500
_EXPECTED_AGAIN_SHARE = 0.02


class SplinkMissingError(ImportError):
    """The optional library that finds probable duplicates is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "probable duplicates need the extra 'duplicates': pip install 'onefunnel[duplicates]'"
        )


def probable_duplicates(
    leads: ir.Table, *, known: pa.Table | None = None, at_least: float = 0.5
) -> pa.Table:
    """Pairs of leads that are probably the same person, most probable first, all for review.

    Args:
        leads: the standard table; uses name, company, email and phone where they exist.
        known: pairs already found (see find_duplicates); they are left out.
        at_least: the smallest probability worth showing.

    Returns:
        The columns of find_duplicates; `zone` is always "review", `probability` 0..1, `why` says
        which fields are the same, nearly the same or different. The probability rests on what is
        compared being independent, which it never quite is: it ranks, it does not decide.

    Raises:
        SplinkMissingError: the extra is not installed.
    """
    try:
        import splink
        import splink.comparison_library as compare
        from splink.backends.duckdb import DuckDBAPI
    except ImportError:
        raise SplinkMissingError from None

    records = _records(leads)
    fields = [name for name in _FIELDS if pc.count(records[name]).as_py() > 1]
    blocks = [block for block in _BLOCKS if set(block) <= set(fields)]
    if len(fields) < 2 or not blocks:
        return PAIRS.empty_table()
    count = records.num_rows
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=min(0.5, 2 * _EXPECTED_AGAIN_SHARE / count),
        comparisons=[_comparison(compare, name) for name in fields],
        blocking_rules_to_generate_predictions=[splink.block_on(*block) for block in blocks],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )
    linker = splink.Linker(DuckDBAPI().register(records), settings, log_level="ERROR")
    if count >= _ENOUGH_TO_MEASURE:
        linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    scored: Any = linker.inference.predict(
        threshold_match_probability=at_least, warning_mode="never"
    )
    return _as_pairs(scored.as_pyarrow_table(), records, fields, known)


def _comparison(compare: Any, name: str) -> Any:
    _, thresholds, same, other = _FIELDS[name]
    made = (
        compare.JaroWinklerAtThresholds(name, list(thresholds))
        if thresholds
        else compare.ExactMatch(name)
    )
    return made.configure(m_probabilities=list(same), u_probabilities=list(other))


def _records(leads: ir.Table) -> pa.Table:
    """What is compared, one row per lead that has a name: texts made ready, empty as null."""
    wanted = ("lead_id", "created_at", "name", "company", "email", "phone")
    arrow = leads.select(*(name for name in wanted if name in leads.columns)).to_pyarrow()
    count = arrow.num_rows

    def texts(name: str) -> Sequence[str | None]:
        if name not in arrow.column_names:
            return [None] * count
        return arrow[name].cast(pa.string()).to_pylist()  # type: ignore[no-any-return]

    rows = []
    created = (
        arrow["created_at"].to_pylist() if "created_at" in arrow.column_names else [None] * count
    )
    for lead, at, name, firm, email, phone in zip(
        texts("lead_id"), created, texts("name"), texts("company"), texts("email"),
        texts("phone"), strict=True,
    ):  # fmt: skip
        words = name_words(name)
        if not words:
            continue
        first, last = words[0], words[-1] if len(words) > 1 else ""
        address = normalise_email(email)
        digits = "".join(letter for letter in phone or "" if letter.isdigit())
        rows.append(
            {
                "unique_id": lead,
                "created_at": at,
                "first": first if len(first) > 1 else None,
                "last": last if len(last) > 1 else None,
                "firm": normalise_company(firm) or company_domain(address) or None,
                "mailbox": _own_mailbox(address, first, last),
                "digits": digits[-9:] if len(digits) > 6 else None,
            }
        )
    texts_of = ("unique_id", "first", "last", "firm", "mailbox", "digits")
    schema = pa.schema(
        [*((name, pa.string()) for name in texts_of), ("created_at", pa.timestamp("us"))]
    )
    return pa.Table.from_pylist(rows, schema)


def _own_mailbox(address: str | None, first: str, last: str) -> str | None:
    """The part before the @ where it tells something the person's name does not."""
    if not address or is_shared_mailbox(address):
        return None
    local = address.partition("@")[0]
    return None if (last or first) in local else local


def _as_pairs(
    scored: pa.Table, records: pa.Table, fields: Iterable[str], known: pa.Table | None
) -> pa.Table:
    found = set()
    if known is not None:
        ids = zip(known["kept_id"].to_pylist(), known["lead_id"].to_pylist(), strict=True)
        found = {frozenset(pair) for pair in ids}
    age = {
        lead: (at is None, at, lead)
        for lead, at in zip(
            records["unique_id"].to_pylist(), records["created_at"].to_pylist(), strict=True
        )
    }
    rows = []
    for row in scored.to_pylist():
        pair = (row["unique_id_l"], row["unique_id_r"])
        if frozenset(pair) in found:
            continue
        kept, other = sorted(pair, key=lambda lead: age[lead])
        rows.append(
            {
                "kept_id": kept,
                "lead_id": other,
                "zone": "review",
                "probability": round(float(row["match_probability"]), 4),
                "why": _reasons(row, fields),
            }
        )
    rows.sort(key=lambda row: (-row["probability"], row["kept_id"], row["lead_id"]))
    return pa.Table.from_pylist(rows, PAIRS)


def _reasons(row: Mapping[str, Any], fields: Iterable[str]) -> str:
    """same first name; nearly the same company; other telephone number."""
    words = []
    for name in fields:
        level = row[f"gamma_{name}"]
        most = len(_FIELDS[name][1]) + 1
        if level == most:
            words.append(f"same {_FIELDS[name][0]}")
        elif level > 0:
            words.append(f"nearly the same {_FIELDS[name][0]}")
        elif level == 0:
            words.append(f"other {_FIELDS[name][0]}")
    return "; ".join(words)
