"""The slips of the pen: misspelt sources, segments, countries, products and one stage."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.simulate.company.parameters import (
    COUNTRIES,
    MISSPELLED_STAGE_MOVES,
    PRODUCTS,
    SEGMENTS,
    SOURCES,
    SQL,
    STAGES,
)

MISSPELT_STAGE = "Sales qualifed"
#: Rows misspelt per word at 40,000 leads.
_LEADS_EACH, _ACCOUNTS_EACH = 24, 5

_SLIPS: dict[str, dict[str, str]] = {
    "source": {one.name: one.misspelt for one in SOURCES if one.misspelt},
    "segment": {one.name: one.misspelt for one in SEGMENTS},
    "country": {one.name: one.misspelt for one in COUNTRIES if one.misspelt},
    "product": {one.name: one.misspelt for one in PRODUCTS if one.misspelt},
}


def misspell(
    rng: np.random.Generator, tables: dict[str, pa.Table], leads: int
) -> dict[str, pa.Table]:
    """The tables with slips in leads, accounts, deals and moves, in proportion to the leads."""
    out = dict(tables)
    for table, each in (("leads", _LEADS_EACH), ("accounts", _ACCOUNTS_EACH), ("deals", 8)):
        for column, slips in _SLIPS.items():
            if column in out[table].column_names:
                few = max(1, round(each * leads / 40_000))
                out[table] = _slip(rng, out[table], column, slips, few)
    few = max(1, round(MISSPELLED_STAGE_MOVES * leads / 40_000))
    out["moves"] = _slip(rng, out["moves"], "stage", {STAGES[SQL].name: MISSPELT_STAGE}, few)
    return out


def _slip(
    rng: np.random.Generator, table: pa.Table, column: str, slips: dict[str, str], few: int
) -> pa.Table:
    """`few` rows of each right word written wrong."""
    values = table[column].combine_chunks()
    for right, wrong in slips.items():
        rows = np.flatnonzero(pc.equal(values, right).to_numpy(zero_copy_only=False))
        mask = np.zeros(len(values), dtype=np.bool_)
        mask[rng.permutation(rows)[:few]] = True
        values = pc.if_else(pa.array(mask), wrong, values)
    return table.set_column(table.column_names.index(column), column, values)
