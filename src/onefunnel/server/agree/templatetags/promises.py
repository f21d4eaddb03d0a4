"""What a promise says, in words."""

from __future__ import annotations

from django import template

from onefunnel.agreement import promised as said
from onefunnel.agreement.duties import Promise

register = template.Library()


@register.filter
def promised(promise: Promise) -> str:
    """The promise without who gives it and how often it shall be kept."""
    return said.promised(promise)
