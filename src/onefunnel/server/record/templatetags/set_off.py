"""Texts that name a key, a command or a value between backticks: on a page it is set as code."""

from __future__ import annotations

import re

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_CODE = re.compile(r"`([^`]{1,200})`")


@register.filter
def set_off(text: object) -> SafeString:
    """The text, escaped, with what stands between backticks as `<code>` and without them."""
    parts = _CODE.split(str(text))
    made = [
        format_html("<code>{}</code>", part) if place % 2 else conditional_escape(part)
        for place, part in enumerate(parts)
    ]
    return mark_safe("".join(made))  # noqa: S308 (each part is escaped above)
