"""One funnel from first inquiry to repeat order, of a company made up from a seed.

Run it: python examples/funnel_of_a_simulated_company.py
"""

from datetime import UTC, datetime

from onefunnel.measures.catalogue import compute_measure
from onefunnel.simulate.company.agreement import proposed_agreement
from onefunnel.simulate.company.company import simulate_company

# %% 18 months of a maker of packaging machines, up to a moment you choose
facts = simulate_company(seed=7, until=datetime(2026, 11, 21, 12, tzinfo=UTC))
print(facts.origin)

# %% the funnel its teams propose: stages, who leads them, when a lead is in one
agreement = proposed_agreement()
result = compute_measure("stages", facts, agreement)
for row in result.rows:
    share = row["overall_share"]
    shown = "too few to tell" if share is None else f"{share:.1%}"
    print(f"{row['stage']:<20} {row['reached']:>7,} reached   {shown} of all leads")

# %% what to know before believing it
for note in result.notes:
    print("-", note)
