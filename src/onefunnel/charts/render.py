"""A Vega-Lite specification as a picture, made on this machine without a browser."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import lru_cache


def to_svg(spec: Mapping[str, object]) -> str:
    """The drawing as SVG text. Data named by address is refused, whatever the specification."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(dict(spec), allowed_base_urls=[]))


def to_png(spec: Mapping[str, object], *, scale: float = 2.0) -> bytes:
    """The drawing as a PNG picture; `scale` 2 is sharp on paper and on dense screens."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(dict(spec), scale=scale, allowed_base_urls=[]))


@lru_cache(maxsize=1)
def browser_script() -> str:
    """The script that draws charts in a browser: Vega, Vega-Lite and vega-embed in one text.

    Made from the installed package (about two seconds, so keep it), not fetched. It is wrapped in
    a function because its one-letter names would collide with those of other scripts; it leaves
    `window.drawChart(element, spec)`, which resolves when the chart is drawn. Expressions are
    interpreted, never evaluated, so a page may forbid `unsafe-eval`.
    """
    import vl_convert

    bundle = vl_convert.javascript_bundle(
        "window.drawChart = (element, spec) => vegaEmbed(element, spec, {"
        " ast: true, actions: false, logLevel: 1, renderer: 'svg', defaultStyle: false,"
        " tooltip: {disableDefaultStyle: true}, loader: {load: () => {"
        " throw new Error('charts hold their own data'); }}});"
    )
    return f"(() => {{\n{bundle}\n}})();\n"


def main(kind: str) -> None:
    """Draw one specification from standard input to standard output: svg, png or script.

    `python -m onefunnel.charts.render png < spec.json > chart.png`. The drawing engine takes some
    260 MB that a long-running process would never give back, so a server draws in this process.
    """
    if kind == "script":
        made = browser_script().encode()
    else:
        spec = json.load(sys.stdin)
        made = to_png(spec) if kind == "png" else to_svg(spec).encode()
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main(sys.argv[1])
