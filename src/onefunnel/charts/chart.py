"""A drawing of one result: a Vega-Lite specification, its sentence and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from onefunnel.charts import render
from onefunnel.charts.theme import Theme, config

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

Spec = dict[str, object]


@dataclass(frozen=True)
class Chart:
    """What to draw, and all that must stand beside it.

    `body` is the Vega-Lite drawing without theme, title and width; it holds its own data and
    never a link. `sentence` is the reading; `legend` says what the marks mean; `basis` says as of
    when, of how many, under which definition; `description` tells a screen reader what is drawn.
    """

    name: str
    sentence: str
    legend: str
    basis: str
    description: str
    body: Mapping[str, Any] = field(repr=False)

    def spec(
        self,
        theme: Theme = "light",
        *,
        width: int | Literal["container"] = 720,
        titled: bool = True,
    ) -> Spec:
        """The complete Vega-Lite specification.

        A page prints the sentence itself and passes `titled=False`; width "container" fills the
        element the chart is put in.
        """
        spec: Spec = {
            "$schema": SCHEMA,
            "description": self.description,
            "width": width,
            "config": config(theme),
            **self.body,
            "layer": [_silent(layer) for layer in self.body.get("layer", [])],
        }
        if width != "container":
            spec["autosize"] = {"type": "fit-x", "contains": "padding"}
        if titled:
            room = width if isinstance(width, int) else 720
            spec["title"] = {
                "text": _lines(self.sentence, room // 9),
                "subtitle": [
                    line
                    for text in (self.legend, self.basis)
                    if text
                    for line in _lines(text, room // 7)
                ],
            }
        return spec

    def to_svg(self, theme: Theme = "light", *, width: int = 720) -> str:
        """The drawing as SVG text, with its sentence on top."""
        return render.to_svg(self.spec(theme, width=width))

    def to_png(self, theme: Theme = "light", *, width: int = 720, scale: float = 2.0) -> bytes:
        """The drawing as a PNG picture, with its sentence on top."""
        return render.to_png(self.spec(theme, width=width), scale=scale)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, object]:
        """How a notebook shows it: drawn by the notebook itself, else as a picture."""
        return {
            "application/vnd.vegalite.v6+json": self.spec(),
            "image/svg+xml": self.to_svg(),
            "text/plain": self.sentence,
        }


def _silent(layer: Mapping[str, Any]) -> dict[str, object]:
    """The layer without words of its own for screen readers: the whole drawing has one label."""
    return {**layer, "mark": {**layer["mark"], "aria": False}}


def _lines(text: str, width: int) -> list[str]:
    """The sentence cut between words, as a drawing cannot wrap it by itself."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
