"""Words that link to what they mean."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onefunnel.agreement.glossary import slug_of
from onefunnel.agreement.glossary import term as term_of

register = template.Library()


@register.simple_tag
def term(name: str, words: str = "") -> SafeString:
    """A word as a link to its entry: `{% term "step conversion" %}`, `{% term "n" "Of" %}`.

    Stages and other words of the agreement have their entries on the same page.
    """
    found = term_of(str(name))
    slug = found.slug if found else slug_of(str(name))
    return format_html(
        '<a class="term" href="{}#term-{}"{}>{}</a>',
        reverse("agree:glossary"),
        slug,
        format_html(' title="{}"', found.meaning) if found else "",
        words or name,
    )
