"""Ready-made agreements to start from."""

from __future__ import annotations

from functools import cache
from importlib import resources

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.templates.fitting import Fitted, fit
from onefunnel.agreement.yaml_text import read_yaml

__all__ = ["Fitted", "fit", "load", "names"]

_FOLDER = resources.files("onefunnel.agreement.templates")


def names() -> tuple[str, ...]:
    """The templates there are, in alphabetical order."""
    found = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


@cache
def load(name: str) -> Agreement:
    """The template of that name: complete but for signatures.

    Raises:
        KeyError: there is no template of that name.
    """
    if name not in names():
        raise KeyError(f"there is no template {name!r}; there are {', '.join(names())}")
    return read_yaml((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")
