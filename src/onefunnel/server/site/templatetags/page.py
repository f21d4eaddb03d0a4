"""Small tags every page may use. Registered as built-in: no `{% load %}` needed."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def url_with(context: template.Context, **changes: Any) -> str:
    """This page's URL with some query values changed: `{% url_with period="2026-q3" %}`.

    None or an empty value drops the key; `page` is dropped unless given, since a new filter
    starts at the first page.
    """
    request = context["request"]
    query = request.GET.copy()
    query.pop("page", None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    text = query.urlencode()
    return f"{request.path}?{text}" if text else request.path


@register.filter
def share(value: float | None, places: int = 1) -> str:
    """A share of 0..1 as a per cent figure: 0.156 -> 15.6 %; nothing -> an en dash."""
    return "–" if value is None else f"{value * 100:.{int(places)}f}%"


@register.filter
def undo_url(message: Any) -> str:
    """Where a message's Undo button posts to: `messages.success(..., extra_tags="undo:/path/")`."""
    for tag in (message.extra_tags or "").split():
        if tag.startswith("undo:/") and not tag.startswith("undo://"):
            return str(tag.removeprefix("undo:"))
    return ""
