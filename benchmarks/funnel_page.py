"""How long does the funnel page take, and the lists, at 100,000 and at 1,000,000 leads?

Whole requests through Django: sign-in, permission, measure, intervals, chart, table. Cold pages ask
a question nobody has asked, warm ones one that was asked before. The peer is the plain SQL most
tools compute a funnel with, on the same files: it counts, and has neither intervals nor open leads.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

SIZES = (100_000, 1_000_000)
LIMITS = {100_000: 0.3, 1_000_000: 1.0}
LIST_LIMIT = 0.1
SEARCH_LIMITS = {100_000: 0.1, 1_000_000: 1.0}  # what nobody is called is looked for everywhere


def run(sizes: tuple[int, ...] = SIZES) -> list[dict[str, object]]:
    """p95 of each page at each size."""
    return [row for leads in sizes for row in _rows(leads)]


def _rows(leads: int) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.funnel_page_process", folder, str(leads)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    took = json.loads(said.strip().splitlines()[-1])
    if took["leads"] != leads:
        raise AssertionError(f"the page counts {took['leads']:,} of {leads:,} leads")
    pages = (
        ("funnel page, asked for the first time", "cold", LIMITS[leads]),
        ("funnel page, asked before", "warm", LIMITS[leads]),
        ("list of leads, any page or search", "list", LIST_LIMIT),
        ("board of leads, asked for the first time", "board", LIMITS[leads]),
        ("search palette", "search", SEARCH_LIMITS[leads]),
        ("page of one lead", "lead", LIMITS[leads]),
    )
    return [
        {
            "claim": f"{name}, {leads:,} leads, p95",
            "ours": round(took[key][0], 3),
            "peer": round(took["textbook"], 3),
            "unit": "s",
            "ratio": round(took[key][0] / took["textbook"], 2),
            "target": f"<= {limit} s",
            "met": took[key][0] <= limit,
            "note": f"{took[key][1]:.3f} CPU-s",
        }
        for name, key, limit in pages
    ]
