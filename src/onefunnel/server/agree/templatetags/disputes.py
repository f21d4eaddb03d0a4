"""The open disputes beside what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

register = template.Library()


@register.filter
def about(disputed: object, name: str) -> Sequence[Any]:
    """Those of one name: `{% for one in disputed.stage|about:stage.name %}`; none elsewhere."""
    return disputed.get(name, ()) if isinstance(disputed, Mapping) else ()
