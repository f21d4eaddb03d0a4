"""Read an agreement, say its stages as sentences, and ask why one record is where it is.

python examples/agreements/read_an_agreement.py
"""

from __future__ import annotations

from pathlib import Path

from onefunnel.agreement.completeness import check
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.yaml_text import read_yaml

file = Path(__file__).with_name("small.yaml")
agreement = read_yaml(file.read_text(encoding="utf-8"), file.name)
print(f"{agreement.title} ({agreement.status}), digest {agreement.digest[:12]}")
for stage in agreement.stages:
    print(f"  {stage.name}: {parse(stage.when, PREDICATE_COLUMNS).sentence()}")
print("gaps:", check(agreement, PREDICATE_COLUMNS) or "none but the signatures")

move = {"stage": "Qualified", "company": None}
for clause, truth in parse(agreement.stage("Qualified").when, PREDICATE_COLUMNS).explain(move):
    print(f"  {truth}: {clause}")
