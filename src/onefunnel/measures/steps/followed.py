"""Every lead of a question as arrays: when it reached each stage, how it left, what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.facts.store import Facts
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import cohort, grouped
from onefunnel.measures.steps.path import Path
from onefunnel.measures.steps.reached import with_reached
from onefunnel.measures.steps.run import batches

if TYPE_CHECKING:
    import ibis.expr.types as ir

Moments = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]
DAY = 86_400_000_000
#: No moment: what numpy and Arrow hold for a time that is not there.
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Attribute:
    """A column of words as numbers: `codes[i]` is the place of the lead's value in `names`."""

    names: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True)
class Followed:
    """The leads that entered the funnel, one place each in every array. Moments are microseconds.

    Attributes:
        gone: Whether it has left the success path; `ended` says when, where that is known.
        reached: By stage, when it was first in it or a later one; NEVER where undated or not.
        fell: By stage, when it first went back from it; NEVER where it did not, or undated.
    """

    as_of: int
    furthest: NDArray[np.int64]
    gone: Flags
    ended: Moments
    reached: tuple[Moments, ...]
    fell: tuple[Moments, ...]
    attributes: dict[str, Attribute]


@dataclass(frozen=True)
class Cohort:
    """The question's leads as a table and as arrays, with the columns to compare them by."""

    facts: Facts
    agreement: Agreement
    scope: Scope
    columns: tuple[str, ...]

    @cached_property
    def path(self) -> Path:
        return Path(self.agreement)

    @cached_property
    def table(self) -> ir.Table:
        """The journeys with `reached_k`, and `of_<column>` for each column."""
        leads = cohort(self.facts, self.agreement, plain(self.scope))
        leads = with_reached(leads.filter(leads["furthest"] >= 0), self.path)
        return self.described(leads)

    def described(self, leads: ir.Table) -> ir.Table:
        """Any table with `lead_id` with `of_<column>` for each column."""
        for name in self.columns:
            leads = grouped(leads, self.facts, name, self.scope).rename({f"of_{name}": "group"})
        return leads

    @cached_property
    def arrays(self) -> Followed:
        stages = range(self.path.length)
        table = self.table.select(
            "lead_id", "furthest", "outcome", "outcome_at",
            *(f"reached_{k}" for k in stages), *(f"fell_{k}" for k in stages),
            *(f"of_{name}" for name in self.columns),
        )  # fmt: skip
        found = fetched(table.drop("lead_id"))
        gone = pc.invert(pc.is_in(found["outcome"], pa.array(["open", "won"])))
        furthest = np.asarray(found["furthest"].to_numpy(), np.int64)
        return Followed(
            as_of=int(np.datetime64(self.as_of, "us").astype(np.int64)),
            furthest=furthest,
            gone=np.asarray(gone.to_numpy(), bool),
            ended=moments(found["outcome_at"]),
            reached=tuple(
                np.where(furthest >= k, moments(found[f"reached_{k}"]), NEVER) for k in stages
            ),
            fell=tuple(moments(found[f"fell_{k}"]) for k in stages),
            attributes={name: attribute(found[f"of_{name}"]) for name in self.columns},
        )

    @property
    def as_of(self) -> datetime:
        """The moment of looking; ValueError where the data hold no times at all."""
        if self.scope.as_of is None:
            raise ValueError("the data hold no times")
        return self.scope.as_of


def plain(scope: Scope) -> Scope:
    """The same leads without a split and a conversion window."""
    return Scope(where=scope.where, since=scope.since, until=scope.until, as_of=scope.as_of)


def fetched(table: ir.Table) -> pa.Table:
    """The rows of an expression in one Arrow table."""
    held = list(batches(table))
    schema = held[0].schema if held else table.schema().to_pyarrow()
    return pa.Table.from_batches(held, schema).combine_chunks()


def moments(column: pa.ChunkedArray) -> Moments:
    """Times as microseconds; NEVER where there is none."""
    times = column.cast(pa.timestamp("us")).to_numpy()
    return np.asarray(times, "datetime64[us]").astype(np.int64)


def attribute(column: pa.ChunkedArray) -> Attribute:
    """Words as numbers, in the order of the words."""
    words = column.combine_chunks().dictionary_encode()
    words = words.chunk(0) if isinstance(words, pa.ChunkedArray) else words
    names = np.asarray(words.dictionary.to_pylist(), object)
    order = np.argsort(names.astype(str), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    codes = np.asarray(words.indices.to_numpy(zero_copy_only=False), np.int64)
    return Attribute(tuple(names[order]), place[codes] if len(order) else codes)


def most_frequent(codes: Codes, most: int) -> Codes:
    """Codes numbered by how frequent they are, from 0; from the `most`-th on all are one."""
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.minimum(rank, most)[place]


def with_account(facts: Facts, leads: ir.Table) -> ir.Table:
    """Any table with `lead_id` with `account`: that of the lead, or the lead where it has none."""
    if "account_id" not in facts["leads"].columns:
        return leads.mutate(account=leads["lead_id"])
    of = facts["leads"].select(_of="lead_id", account="account_id")
    joined = leads.left_join(of, leads["lead_id"] == of["_of"]).drop("_of")
    return joined.mutate(account=joined["account"].nullif("").fill_null(joined["lead_id"]))
