from __future__ import annotations

from tests.trust.conftest import chart_script, workspace

__all__ = ["chart_script", "workspace"]
