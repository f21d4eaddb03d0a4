"""The chart library for browsers: made once per workspace from the wheel, never downloaded."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

BUNDLE = Path("vega") / "vega.js"


def chart_script(workspace: Path) -> Path:
    """Return the file served as /static/vega/vega.js; make it if missing or of another version.

    Making it takes about two seconds and 260 MiB, so it happens in a process of its own, before
    the web server starts. The first line of the file says what it was made from.
    """
    file = workspace / "assets" / BUNDLE
    mark = f"// made from vl-convert {version('vl-convert-python')}, {_drawing_rules()}"
    if file.exists():
        with file.open(encoding="utf-8") as text:
            if text.readline().rstrip() == mark:
                return file
    made = subprocess.run(  # our own module, no outside input
        [sys.executable, "-m", "onefunnel.charts.render", "script"],
        check=True,
        capture_output=True,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_bytes(f"{mark}\n".encode() + made.stdout)
    draft.replace(file)
    return file


def _drawing_rules() -> str:
    """Changes whenever our own part of the script does."""
    spec = find_spec("onefunnel.charts.render")
    source = Path(spec.origin).read_bytes() if spec and spec.origin else b""
    return f"rules {hashlib.sha256(source).hexdigest()[:12]}"
