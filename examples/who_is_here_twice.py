"""Leads that are one person: sure ones by key, doubtful ones with a reason.

Run it: python examples/who_is_here_twice.py
"""

from datetime import UTC, datetime

from onefunnel.learn.duplicates import find_duplicates
from onefunnel.learn.probable import SplinkMissingError, probable_duplicates
from onefunnel.simulate.company.company import simulate_company

# %% any facts with a table of leads will do
facts = simulate_company(seed=7, until=datetime(2026, 11, 21, 12, tzinfo=UTC), leads=10_000)

# %% by normalised e-mail address and telephone number
pairs = find_duplicates(facts["leads"])
for row in pairs.slice(0, 5).to_pylist():
    print(f"{row['zone']:<10} {row['kept_id']} = {row['lead_id']}: {row['why']}")

# %% by name, company and number, with a probability (needs the extra `duplicates`)
try:
    for row in probable_duplicates(facts["leads"], known=pairs).slice(0, 5).to_pylist():
        print(f"{row['probability']:.0%} {row['kept_id']} = {row['lead_id']}: {row['why']}")
except SplinkMissingError as missing:
    print(missing)
