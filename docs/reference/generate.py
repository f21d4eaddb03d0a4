"""Write the reference pages from the code they describe: `make docs`."""

from __future__ import annotations

from pathlib import Path

from onefunnel.facts.tables import TABLES
from onefunnel.measures.catalogue import MEASURES

HERE = Path(__file__).parent
_MADE = "<!-- made by `make docs`; change the code instead -->\n"


def facts_page() -> str:
    """Every standard table: what a row is, its key, its columns."""
    lines = [
        "# The standard tables",
        _MADE,
        "Times are UTC. Money is exact and has an ISO code beside it. Tables marked open may carry "
        "further columns, which can be split by and used in definitions.\n",
    ]
    for table in TABLES.values():
        is_open = " Open." if table.is_open else ""
        key = ", ".join(f"`{name}`" for name in table.key) or "none: equal rows are two facts"
        lines += [
            f"## {table.name}",
            f"{table.meaning}. One row is {table.grain}. Key: {key}.{is_open}\n",
            "| column | type | meaning | unit |",
            "|---|---|---|---|",
        ]
        for column in table.columns:
            needed = " (required)" if column.required else ""
            refers = f"; refers to {column.refers_to}" if column.refers_to else ""
            personal = "; personal" if column.personal else ""
            lines.append(
                f"| `{column.name}` | {column.type} | {column.meaning}{refers}{personal}{needed} "
                f"| {column.unit} |"
            )
        lines.append("")
    return "\n".join(lines)


def measures_page() -> str:
    """Every measure: its question, unit, grain, formula, what it needs."""
    lines = [
        "# The measures",
        _MADE,
        "The same list serves the pages, the API, the command line and Python. Every result says "
        "under which version of the agreement it was computed, how fresh its data are, how many "
        "it rests on, and its 95 % interval; every figure opens its list.\n",
        "- **cohort** (the default): of the leads that entered the funnel in the period, what "
        "became of them. Open leads are censored, not lost; won and lost compete "
        "(Aalen-Johansen).\n"
        "- **flow**: what moved in the period, whenever it entered.\n"
        "- **snapshot**: what stands where at the moment asked.\n"
        "- Fewer than 20 leads at risk, or an interval wider than 50 points, are "
        '"too few to tell".\n',
    ]
    for measure in MEASURES.values():
        lines += [
            f"## {measure.name}",
            f"*{measure.question}*\n",
            f"- unit: {measure.unit}",
            f"- grain: {measure.grain}",
            f"- formula: {measure.formula}",
            f"- term: {measure.term}",
            f"- needs: {', '.join(measure.needs)}\n",
        ]
    return "\n".join(lines)


PAGES = {"facts.md": facts_page, "measures.md": measures_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"written: docs/reference/{name}")
