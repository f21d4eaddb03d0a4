from __future__ import annotations

from tests.trust.conftest import chart_script

__all__ = ["chart_script"]
