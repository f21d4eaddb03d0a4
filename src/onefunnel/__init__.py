"""One funnel that marketing and sales agree, plan, run, share, listen to and measure together.

The names below are the ones promised to notebooks and scripts:

    import onefunnel as of

    facts = of.Facts.read("exports/")
    of.stages(facts, by="source").to_pandas()
    of.stages(facts).chart()

They are fetched on first use, so that `import onefunnel` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_PROMISED = {
    "Agreement": "onefunnel.agreement.document",
    "Answer": "onefunnel.notebook",
    "Facts": "onefunnel.notebook",
    "Finding": "onefunnel.facts.findings",
    "awareness": "onefunnel.notebook",
    "channels": "onefunnel.notebook",
    "measure": "onefunnel.notebook",
    "stages": "onefunnel.notebook",
    "value": "onefunnel.notebook",
    "velocity": "onefunnel.notebook",
}
__all__ = [
    "Agreement",
    "Answer",
    "Facts",
    "Finding",
    "__version__",
    "awareness",
    "channels",
    "measure",
    "stages",
    "value",
    "velocity",
]

if TYPE_CHECKING:
    from onefunnel.agreement.document import Agreement
    from onefunnel.facts.findings import Finding
    from onefunnel.notebook import (
        Answer,
        Facts,
        awareness,
        channels,
        measure,
        stages,
        value,
        velocity,
    )


def __getattr__(name: str) -> object:
    try:
        module = import_module(_PROMISED[name])
    except KeyError:
        raise AttributeError(f"module 'onefunnel' has no attribute {name!r}") from None
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
