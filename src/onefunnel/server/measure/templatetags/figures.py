"""The one way a number gets onto a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onefunnel.server.measure.figures import Figure, Piece
from onefunnel.server.record.templatetags.set_off import set_off

register = template.Library()


@register.simple_tag
def figure(shown: Figure | None, words: str = "") -> SafeString | str:
    """A figure as a dotted link to its list: `{% figure cell %}`; nothing prints an en dash.

    What a test of all pages reads: `data-value` (exact), `data-kind`, and `data-list`, what the
    list's count (or sum, for money) has to be.
    """
    if shown is None:
        return "–"
    text = words or shown.text
    if shown.value is None:
        return _note(shown)
    if not shown.url:
        return format_html('<span class="figure-none">{}</span>', text)
    said = f" ({shown.plainly})" if shown.plainly else ""
    return format_html(
        '<a class="figure" href="{}" data-value="{}" data-kind="{}" data-list="{}"'
        ' title="Open the list{}">{}</a>',
        shown.url,
        shown.exact,
        shown.kind,
        shown.list_total,
        said,
        text,
    )


@register.simple_tag
def sentence(parts: list[Piece]) -> SafeString:
    """A sentence whose numbers open their lists."""
    html = SafeString("")
    for part in parts:
        if part.figure:
            html += figure(part.figure, part.words)
        elif part.is_aside:
            html += format_html("<span data-name>{}</span>", part.words)
        else:
            html += set_off(part.words)
    return html


def _note(shown: Figure) -> SafeString:
    """ "too few to tell (n=7)" in grey, opening the seven."""
    if not shown.url:
        return format_html('<span class="too-few">{}</span>', shown.note)
    return format_html(
        '<a class="figure too-few" href="{}" data-value="{}" data-kind="count" data-list="{}">'
        "{}</a>",
        shown.url,
        shown.list_total,
        shown.list_total,
        shown.note,
    )


@register.filter
def item(holder: Any, key: str) -> Any:
    """`row|item:"stage"`: the value under a key."""
    return holder.get(key)
