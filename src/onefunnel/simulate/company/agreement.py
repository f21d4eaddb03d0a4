"""The agreement proposed for the simulated company."""

from __future__ import annotations

from importlib.resources import files

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.yaml_text import read_yaml


def proposed_agreement() -> Agreement:
    """Stages with owners, hand-overs and promises for the simulated company; not signed."""
    text = files("onefunnel.simulate.company").joinpath("agreement.yaml").read_text("utf-8")
    return read_yaml(text, "simulate/company/agreement.yaml")
