"""Logs name pages by their pattern: no address, no e-mail, no local variables (T35)."""

from __future__ import annotations

import logging
import subprocess
import sys
from types import SimpleNamespace

from onefunnel.server.site.logs import RouteOnly


def test_a_fault_is_logged_by_its_pattern() -> None:
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        "",
        0,
        "%s: %s",
        ("Internal Server Error", "/run/leads/ana@example.com/"),
        None,
    )
    record.request = SimpleNamespace(
        resolver_match=SimpleNamespace(route="run/leads/<path:lead_id>/")
    )
    assert RouteOnly().filter(record)
    assert record.getMessage() == "Internal Server Error: /run/leads/<path:lead_id>/"


def test_tracebacks_hold_no_local_variables() -> None:
    for as_json in (True, False):
        code = (
            "from onefunnel.server.site.logs import logging_config\n"
            f"logging_config(json={as_json})\n"
            "import logging\n"
            "def inner():\n"
            "    who = 'ana' + '@' + 'example.com'\n"
            "    raise RuntimeError('no')\n"
            "try: inner()\n"
            "except RuntimeError: logging.getLogger('django.request').exception('broke')\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "RuntimeError" in done.stderr
        assert "ana@example.com" not in done.stderr
