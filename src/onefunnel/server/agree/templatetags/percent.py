"""A share as pages write it."""

from __future__ import annotations

from django import template

from onefunnel.measures.words import percent as in_percent

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """0.4471 as 44.7%; an en dash where there is none."""
    return "–" if share is None else in_percent(share, 1)
